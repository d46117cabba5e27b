"""A proof is made, kept, opened and checked; a false one is found out."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharewell.disclosure import checker
from sharewell.disclosure.checker import check_proof
from sharewell.disclosure.margins import add_margins
from sharewell.disclosure.proof import (
    Proof,
    ProofError,
    digest,
    fits,
    prove,
    read_proof,
    seal,
    unseal,
    write_proof,
)
from sharewell.disclosure.rules import RULES
from sharewell.disclosure.safeguard import Safeguarded, protect_file
from sharewell.disclosure.tablefile import TableFile
from sharewell.disclosure.tablereading import make_table, read_table_file
from sharewell.disclosure.tablewriting import write_table_file

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "disclosure"
HES = RULES["hes-2018"]


@pytest.fixture(scope="module")
def done() -> Safeguarded:
    table = add_margins(
        read_table_file(EXAMPLES / "counts.csv"), ["police_force", "age_band", "sex"]
    )
    return protect_file(table, HES)


@pytest.fixture
def published(done: Safeguarded, tmp_path: Path) -> Path:
    return write_table_file(done.table, tmp_path / "counts.csv")[0]


def test_the_example_leaks_before_and_not_after(done: Safeguarded) -> None:
    assert done.before.exact > 0
    assert done.withheld.any()
    assert done.safe
    assert (done.after.exact, done.after.min_width) == (0, 3)


def test_the_proof_holds(done: Safeguarded, published: Path) -> None:
    checked = check_proof([published], write_proof(done.proof))
    assert checked.problems == ()
    assert checked.cells == len(done.table)
    assert checked.protected == len(done.proof.cells)


def test_a_proof_is_kept_byte_for_byte(done: Safeguarded) -> None:
    data = write_proof(done.proof)
    again = read_proof(data)
    assert write_proof(again) == data
    assert np.array_equal(again.tables, done.proof.tables)
    assert np.array_equal(again.low, done.proof.low)
    assert np.array_equal(again.high, done.proof.high)
    table = add_margins(
        read_table_file(EXAMPLES / "counts.csv"), ["police_force", "age_band", "sex"]
    )
    assert digest(write_proof(protect_file(table, HES).proof)) == digest(data)


def test_only_the_recipient_opens_it(done: Safeguarded) -> None:
    data = write_proof(done.proof)
    mine, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    sealed = seal(data, [str(mine.to_public())])
    assert unseal(sealed, str(mine)) == data
    with pytest.raises(ProofError, match="does not open"):
        unseal(sealed, str(other))
    with pytest.raises(ProofError, match="no age secret key"):
        unseal(sealed, "secret")
    with pytest.raises(ProofError, match="no age public key"):
        seal(data, ["age1"])
    with pytest.raises(ProofError, match="public key") as error:
        seal(data, [str(mine)])
    assert str(mine) not in str(error.value)
    with pytest.raises(ProofError, match="Nobody"):
        seal(data, [])


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"{}" * 100])
def test_a_damaged_proof_is_refused(data: bytes, published: Path) -> None:
    with pytest.raises(ProofError, match="no proof"):
        read_proof(data)
    assert check_proof([published], data).problems


def altered(proof: Proof, **changes: object) -> bytes:
    return write_proof(replace(proof, **changes))  # type: ignore[arg-type]


def test_every_kind_of_false_proof_is_found(done: Safeguarded, published: Path) -> None:
    proof = done.proof

    def problem(data: bytes) -> str:
        found = check_proof([published], data).problems
        assert found
        return " ".join(found)

    def with_tables(change: object) -> bytes:
        tables = proof.tables.copy()
        change(tables)  # type: ignore[operator]
        return altered(proof, tables=tables)

    leaf = int(proof.cells[0])
    assert "allows" in problem(with_tables(lambda t: t.__setitem__((0, leaf), 9)))
    assert "is not the sum" in problem(
        with_tables(lambda t: t.__setitem__((0, leaf), t[0, leaf] + 1))
    )
    assert "negative" in problem(with_tables(lambda t: t.__setitem__((0, leaf), -1)))
    assert "too near" in problem(altered(proof, at_high=proof.at_low))
    assert "no witnesses" in problem(
        altered(proof, cells=proof.cells[1:], at_low=proof.at_low[1:], at_high=proof.at_high[1:])
    )
    names = proof.names
    short = replace(names, codes=names.codes[:-1])
    assert problem(altered(proof, names=short, tables=proof.tables[:, :-1]))
    twice = names.codes.copy()
    twice[1] = twice[0]
    assert "twice" in problem(altered(proof, names=replace(names, codes=twice)))


def test_the_checker_reads_what_was_printed_and_not_the_proof(
    done: Safeguarded, published: Path
) -> None:
    data = write_proof(done.proof)
    text = published.read_text("utf-8")
    published.write_text(text.replace(",8 to 22", ",10", 1), "utf-8")
    assert check_proof([published], data).problems
    published.write_text(text.replace(",8 to 22", ",many", 1), "utf-8")
    assert "many" in " ".join(check_proof([published], data).problems)


def test_the_checker_needs_nothing_of_sharewell(published: Path, done: Safeguarded) -> None:
    """It runs as a file of its own, with NumPy and a YAML reader only."""
    proof = published.with_name("proof.npz")
    proof.write_bytes(write_proof(done.proof))
    script = (
        "import sys, pathlib, runpy\n"
        "sys.modules['sharewell'] = None\n"
        f"found = runpy.run_path({checker.__file__!r}, run_name='checker')\n"
        f"data = pathlib.Path({str(proof)!r}).read_bytes()\n"
        f"print(found['check_proof']([pathlib.Path({str(published)!r})], data).problems)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "()"


def test_a_witness_that_does_not_fit_is_refused(done: Safeguarded) -> None:
    system, truth = done.after.linked.system, done.proof.tables[0]
    with pytest.raises(ProofError, match="does not fit"):
        prove(system, done.after.bounds, truth + 1, truth[None, :], names=done.proof.names)
    assert all(fits(system, table) for table in done.proof.tables)


@st.composite
def counted(draw: st.DrawFn) -> TableFile:
    """Small tables of small counts: 3 x 3 or 3 x 2 x 2, without margins."""
    shape = draw(st.sampled_from([(3, 3), (3, 2, 2), (4,)]))
    index = np.indices(shape).reshape(len(shape), -1)
    data = {f"d{at}": [f"c{i}" for i in row] for at, row in enumerate(index)}
    size = index.shape[1]
    data["count"] = draw(st.lists(st.integers(0, 12), min_size=size, max_size=size))
    table = make_table(pa.table(data), name="t.csv")
    return add_margins(table, [column.name for column in table.columns])


@settings(max_examples=25)
@given(table=counted(), rule=st.sampled_from(["hes-2018", "under-5", "hes-before-2018"]))
def test_what_is_protected_is_proved(
    tmp_path_factory: pytest.TempPathFactory, table: TableFile, rule: str
) -> None:
    """Whatever the counts: repaired tables are safe, and the checker agrees."""
    found = protect_file(table, RULES[rule])
    assert found.safe
    path, _ = write_table_file(found.table, tmp_path_factory.mktemp("proof") / "t.csv")
    assert check_proof([path], write_proof(found.proof)).problems == ()


def test_an_earlier_release_is_kept_safe_too(tmp_path: Path) -> None:
    """Four ages are out, the total is not: printed, it would narrow three stars to 1 or 2, for
    all ages are at most 12, one is at least 8, and each star at least 1."""
    parts = {"age": {"all": ["a", "b", "c", "d"]}}
    ages = ["a", "b", "c", "d", "all"]
    earlier = make_table(
        pa.table({"age": ages, "count": ["*", "*", "*", "10", "[c]"]}),
        name="earlier.csv",
        totals={"age": "all"},
        parts=parts,
        rule=HES,
    )
    new = make_table(
        pa.table({"age": ages, "count": [1, 1, 1, 8, 11]}),
        name="new.csv",
        totals={"age": "all"},
        parts=parts,
    )
    alone = protect_file(new, HES)
    assert alone.before.bounds.high[alone.before.narrow].tolist() == [2, 2, 2]
    found = protect_file(new, HES, known=[earlier])
    assert found.safe
    assert found.table.printed == ["*", "*", "*", "10", "8 to 22"]
    whole = protect_file(new, HES, known=[earlier], widen=False)
    assert whole.safe
    assert whole.table.printed == ["*", "*", "*", "10", "[c]"]
    paths = [
        write_table_file(file, tmp_path / file.name)[0]
        for file in found.after.linked.placed_files()
    ]
    assert check_proof(paths, write_proof(found.proof)).problems == ()


def test_what_is_released_already_cannot_be_taken_back() -> None:
    leak = read_table_file(EXAMPLES / "leak.csv")
    ages = ["18-24", "0-17", "25-34", "35-44", "45+"]
    new = make_table(pa.table({"age_band": ages, "count": [8, 1, 1, 1, 1]}), name="new.csv")
    found = protect_file(new, HES, known=[leak])
    assert not found.safe
    assert found.after.exact == 4
    # Any one of the two that the stars follow from would do.
    (withdraw,) = found.to_withdraw()
    assert withdraw.tables == ("leak.csv",)
    assert withdraw.cell["age_band"] in ("total", "18-24")
    assert withdraw.printed == "10"


def test_the_tutorial_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """Every block of the tutorial, one after another."""
    tutorial = EXAMPLES.parents[1] / "docs" / "tutorial" / "disclosure-control.md"
    blocks = re.findall(r"```python\n(.*?)```", tutorial.read_text("utf-8"), flags=re.DOTALL)
    assert len(blocks) > 5
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, tutorial.name, "exec"), names)
    assert "at most 12" in capsys.readouterr().out
