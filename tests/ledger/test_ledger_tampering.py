"""Whatever someone does to the ledger with all the powers there are, verify finds it.

Each act is done twice: to the table, by a superuser who has disabled triggers and constraints,
and to the lines of an export, by someone with an editor.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest

from sharewell.ledger.entries import GENESIS
from sharewell.ledger.errors import LedgerError
from sharewell.ledger.exports import ONLY_ITSELF, verify_export
from sharewell.ledger.files import FileStore
from sharewell.ledger.store import Ledger
from sharewell.ledger.verification import Verification

Tamper = Callable[..., None]

REHASH = "hash = encode(sha256(convert_to(entry, 'UTF8')), 'hex')"


def first(outcome: Verification) -> tuple[str, int | None]:
    assert not outcome.ok
    return outcome.problems[0].kind, outcome.problems[0].seq


def rewrite(seq: int, old: str, new: str) -> str:
    return f"UPDATE ledger.entry SET entry = replace(entry, '{old}', '{new}') WHERE seq = {seq}"


def forged_at(seq: int, *, linked: bool) -> list[str]:
    """Statements that make room at ``seq`` and put a forged entry there."""
    text = "replace(entry, '\"n\":', '\"n\":7')" if linked else "replace(entry, 'Ada', 'Eve')"
    kept = "encode(sha256(convert_to(e, 'UTF8')), 'hex')" if linked else "hash"
    return [
        f"CREATE TABLE forged AS SELECT seq, {text} AS e, hash FROM ledger.entry WHERE seq = {seq}",
        f"UPDATE ledger.entry SET seq = seq + 1000 WHERE seq >= {seq}",
        "UPDATE ledger.entry SET seq = seq - 999 WHERE seq > 1000",
        f"INSERT INTO ledger.entry (seq, entry, hash) SELECT seq, e, {kept} FROM forged",
    ]


SWAP = [
    "UPDATE ledger.entry SET seq = 1000 WHERE seq = 4",
    "UPDATE ledger.entry SET seq = 4 WHERE seq = 5",
    "UPDATE ledger.entry SET seq = 5 WHERE seq = 1000",
]

ACTS: dict[str, tuple[list[str], tuple[str, int]]] = {
    "the body is changed": ([rewrite(5, "file-5", "file-6")], ("changed", 5)),
    "the actor is changed": ([rewrite(5, "Ada", "Eve")], ("changed", 5)),
    "the time is changed": ([rewrite(5, '"at":"2', '"at":"1')], ("changed", 5)),
    "the kind is changed": ([rewrite(5, "publish", "refusal")], ("changed", 5)),
    "a file's digest is changed": ([rewrite(4, '"sha256":"', '"sha256":"f')], ("changed", 4)),
    "the text is no longer an entry": ([rewrite(5, '"kind"', '"sort"')], ("changed", 5)),
    "the hash is changed": (
        ["UPDATE ledger.entry SET hash = repeat('0', 64) WHERE seq = 5"],
        ("changed", 5),
    ),
    "an entry is changed and rehashed": (
        [rewrite(5, "Ada", "Eve"), f"UPDATE ledger.entry SET {REHASH} WHERE seq = 5"],
        ("changed", 5),
    ),
    "the last entry is changed and rehashed": (
        [rewrite(10, "Ada", "Eve"), f"UPDATE ledger.entry SET {REHASH} WHERE seq = 10"],
        ("changed", 10),
    ),
    "an entry is removed": (["DELETE FROM ledger.entry WHERE seq = 5"], ("removed", 5)),
    "an entry is removed and the rest renumbered": (
        [
            "DELETE FROM ledger.entry WHERE seq = 5",
            "UPDATE ledger.entry SET seq = seq + 1000 WHERE seq > 5",
            "UPDATE ledger.entry SET seq = seq - 1001 WHERE seq > 1000",
        ],
        ("removed", 5),
    ),
    "the first entry is removed": (["DELETE FROM ledger.entry WHERE seq = 1"], ("removed", 1)),
    "the tail is removed": (["DELETE FROM ledger.entry WHERE seq > 7"], ("truncated", 8)),
    "everything is removed": (["TRUNCATE ledger.entry"], ("truncated", 1)),
    "two entries are swapped": (SWAP, ("reordered", 4)),
    "an entry is inserted": (forged_at(5, linked=False), ("inserted", 5)),
    "an entry is inserted and rehashed": (forged_at(5, linked=True), ("inserted", 5)),
}


@pytest.mark.parametrize("act", ACTS)
def test_tampering_with_the_table_is_found_and_the_first_entry_named(
    ten: Ledger, tamper: Tamper, act: str
) -> None:
    statements, expected = ACTS[act]
    tamper(*statements)
    outcome = ten.verify()
    assert first(outcome) == expected
    assert len(outcome.problems) == 1


def rehash_from(superuser: str, seq: int) -> None:
    """Recompute every later hash, as a forger with the documentation would."""
    with psycopg.connect(superuser) as connection:
        previous = GENESIS
        for at, text in connection.execute(
            "SELECT seq, entry FROM ledger.entry ORDER BY seq"
        ).fetchall():
            entry = json.loads(text) | {"previous": previous}
            form = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            previous = sha256(form.encode()).hexdigest()
            connection.execute("ALTER TABLE ledger.entry DISABLE TRIGGER ALL")
            if at >= seq:
                connection.execute(
                    "UPDATE ledger.entry SET entry = %s, hash = %s WHERE seq = %s",
                    [form, previous, at],
                )


def test_a_change_with_every_later_hash_computed_afresh_is_caught_by_the_anchor(
    ten: Ledger, tamper: Tamper, superuser: str, home: Path
) -> None:
    printed = [entry.head for entry in ten.entries()]
    tamper(rewrite(5, "Ada", "Eve"))
    rehash_from(superuser, 5)
    outcome = ten.verify()
    assert first(outcome) == ("changed", 5)
    assert "computed afresh" in outcome.problems[0].words

    (home / "ledger" / "hashes").unlink()  # with the head alone, it is somewhere up to there
    assert first(ten.verify()) == ("changed", 1)
    assert first(ten.verify(expected_head=[printed[2]])) == ("changed", 4)

    (home / "ledger" / "head.json").unlink()  # with nothing, nothing shows but in print
    assert ten.verify().ok
    assert first(ten.verify(expected_head=[printed[2], printed[6]])) == ("changed", 4)
    assert ten.verify(expected_head=[printed[2]]).ok


def test_a_cut_tail_shows_though_the_anchors_head_was_put_back_too(
    ten: Ledger, tamper: Tamper, home: Path
) -> None:
    seventh = list(ten.entries())[6]
    tamper("DELETE FROM ledger.entry WHERE seq > 7")
    (home / "ledger" / "head.json").write_text(f'{{"hash":"{seventh.hash}","seq":7}}\n')
    assert first(ten.verify()) == ("truncated", 8)


def test_a_cut_tail_shows_in_print(
    ten: Ledger, tamper: Tamper, tmp_path: Path, database: str
) -> None:
    printed = ten.head()
    tamper("DELETE FROM ledger.entry WHERE seq > 7")
    with Ledger.open(database, tmp_path / "new-home") as elsewhere:
        assert elsewhere.verify().ok
        assert first(elsewhere.verify(expected_head=[printed])) == ("truncated", 8)


def test_a_broken_chain_does_not_hide_a_cut_tail(ten: Ledger, tamper: Tamper) -> None:
    tamper(rewrite(3, "Ada", "Eve"), "DELETE FROM ledger.entry WHERE seq > 7")
    kinds = [(one.kind, one.seq) for one in ten.verify().problems]
    assert kinds == [("changed", 3), ("truncated", 8)]


def test_a_searchable_copy_that_says_something_else_is_found(ten: Ledger, tamper: Tamper) -> None:
    tamper(
        "ALTER TABLE ledger.entry ALTER content DROP EXPRESSION",
        "UPDATE ledger.entry SET content = jsonb_set(content, '{body,n}', '99') WHERE seq = 5",
    )
    outcome = ten.verify()
    assert first(outcome) == ("changed", 5)
    assert "searchable copy" in outcome.problems[0].words


def test_text_that_is_not_json_at_all_is_found(ten: Ledger, tamper: Tamper) -> None:
    tamper(
        "ALTER TABLE ledger.entry ALTER content DROP EXPRESSION",
        "UPDATE ledger.entry SET entry = 'nonsense' WHERE seq = 5",
    )
    assert first(ten.verify()) == ("changed", 5)


def test_reading_an_entry_that_was_changed_is_refused(ten: Ledger, tamper: Tamper) -> None:
    tamper(rewrite(5, "Ada", "Eve"))
    with pytest.raises(LedgerError, match="Entry 5 of the ledger no longer matches its hash"):
        list(ten.entries())
    assert len(list(ten.entries(after=5))) == 5


def test_a_schema_that_was_dropped_shows_as_truncated(
    ten: Ledger, superuser: str, database: str, home: Path
) -> None:
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("DROP SCHEMA ledger CASCADE")
    with Ledger.open(database, home) as again:
        assert first(again.verify()) == ("truncated", 1)


def test_files_that_were_edited_or_deleted_are_found(ten: Ledger, files: FileStore) -> None:
    assert ten.verify(files).ok
    entries = {entry.seq: entry for entry in ten.entries()}
    edited = files.path(entries[4].files[0].sha256)
    edited.chmod(0o600)
    edited.write_bytes(b"cell,9\n")
    files.path(entries[8].files[0].sha256).unlink()
    outcome = ten.verify(files)
    assert [(one.kind, one.seq) for one in outcome.problems] == [
        ("file changed", 4),
        ("file missing", 8),
    ]
    assert "table-4.csv" in outcome.problems[0].words
    assert ten.verify().ok  # the entries themselves are as they were


def independent_check(path: Path) -> tuple[int, str]:
    """The whole of what the documentation says of an export, with nothing of Sharewell's."""
    lines = path.read_text("utf-8").split("\n")[:-1]
    previous, seq = sha256(b"sharewell ledger").hexdigest(), 0
    for line in lines[:-1]:
        held = json.loads(line)
        entry = held["entry"]
        form = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        seq += 1
        assert entry["seq"] == seq
        assert entry["previous"] == previous
        previous = sha256(form.encode("utf-8")).hexdigest()
        assert held["hash"] == previous
    assert json.loads(lines[-1]) == {"head": {"seq": seq, "hash": previous}}
    return seq, previous


def test_an_export_verifies_with_and_without_us(
    ten: Ledger, files: FileStore, tmp_path: Path
) -> None:
    ten.append("note", actor={"name": "Éowyn \u2028 \U0001f600"}, body={"\u00e9": ["\u0301", None]})
    path = tmp_path / "out" / "ledger.jsonl"
    head = ten.export(path)
    assert independent_check(path) == head == ten.head()
    outcome = verify_export(path, files, expected_head=[head])
    assert (outcome.ok, outcome.checked, outcome.head, outcome.cautions) == (True, 11, head, ())
    assert verify_export(path).cautions == (ONLY_ITSELF,)


def test_an_empty_ledger_exports(ledger: Ledger, tmp_path: Path) -> None:
    ledger.export(tmp_path / "ledger.jsonl")
    assert verify_export(tmp_path / "ledger.jsonl").ok
    assert independent_check(tmp_path / "ledger.jsonl") == ledger.head()


Edit = Callable[[list[str]], list[str]]


def _replace(at: int, old: str, new: str) -> Edit:
    def edit(lines: list[str]) -> list[str]:
        assert old in lines[at - 1]
        return [*lines[: at - 1], lines[at - 1].replace(old, new, 1), *lines[at:]]

    return edit


def _rehash(at: int) -> Edit:
    def edit(lines: list[str]) -> list[str]:
        entry = json.loads(lines[at - 1])["entry"] | {"kind": "forged"}
        form = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        made = json.dumps({"entry": entry, "hash": sha256(form.encode()).hexdigest()})
        return [*lines[: at - 1], made, *lines[at:]]

    return edit


def _insert(at: int) -> Edit:
    return lambda lines: [*lines[: at - 1], _rehash(at)(lines)[at - 1], *lines[at - 1 :]]


EDITS: dict[str, tuple[Edit, tuple[str, int]]] = {
    "the body is changed": (_replace(5, "file-5", "file-6"), ("changed", 5)),
    "the actor is changed": (_replace(5, "Ada", "Eve"), ("changed", 5)),
    "the time is changed": (_replace(5, '"at":"2', '"at":"1'), ("changed", 5)),
    "the kind is changed": (_replace(5, "publish", "refusal"), ("changed", 5)),
    "a key is given twice": (_replace(5, '"kind":', '"kind":"x","kind":'), ("changed", 5)),
    "a field is added": (_replace(5, '{"entry":', '{"note":1,"entry":'), ("changed", 5)),
    "a line is no longer JSON": (_replace(5, "{", ""), ("changed", 5)),
    "a number is no longer whole": (_replace(5, '"n":5', '"n":5.0'), ("changed", 5)),
    "an entry is changed and rehashed": (_rehash(5), ("changed", 5)),
    "the last entry is changed and rehashed": (_rehash(10), ("changed", 1)),
    "an entry is removed": (lambda lines: lines[:4] + lines[5:], ("removed", 5)),
    "the tail is removed": (lambda lines: lines[:7], ("truncated", 8)),
    "the tail is removed but for the last line": (
        lambda lines: [*lines[:7], lines[-1]],
        ("truncated", 8),
    ),
    "everything is removed": (lambda lines: [], ("truncated", 1)),
    "two entries are swapped": (
        lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]],
        ("reordered", 4),
    ),
    "an entry is inserted": (_insert(5), ("inserted", 5)),
    "an entry is copied to the end": (
        lambda lines: [*lines[:-1], lines[4], lines[-1]],
        ("inserted", 11),
    ),
}


@pytest.mark.parametrize("act", EDITS)
def test_tampering_with_an_export_is_found_and_the_first_entry_named(
    ten: Ledger, tmp_path: Path, act: str
) -> None:
    edit, expected = EDITS[act]
    path = tmp_path / "ledger.jsonl"
    ten.export(path)
    path.write_text("".join(f"{line}\n" for line in edit(path.read_text().splitlines())))
    outcome = verify_export(path)
    assert first(outcome) == expected
    assert len(outcome.problems) == 1


def test_an_export_lengthened_beyond_its_head_is_found(ten: Ledger, tmp_path: Path) -> None:
    longer, shorter = tmp_path / "longer.jsonl", tmp_path / "shorter.jsonl"
    ten.export(shorter)
    ten.append("note", actor={}, body={})
    ten.export(longer)
    lines = [*longer.read_text().splitlines()[:-1], shorter.read_text().splitlines()[-1]]
    longer.write_text("\n".join(lines))
    assert first(verify_export(longer)) == ("inserted", 11)


def test_an_export_with_its_end_rewritten_shows_against_a_head_noted_elsewhere(
    ten: Ledger, tmp_path: Path
) -> None:
    path = tmp_path / "ledger.jsonl"
    head = ten.export(path)
    lines = path.read_text().splitlines()[:7]
    kept = json.loads(lines[-1])["hash"]
    path.write_text("\n".join([*lines, f'{{"head":{{"hash":"{kept}","seq":7}}}}']))
    assert verify_export(path).ok
    assert first(verify_export(path, expected_head=[head])) == ("truncated", 8)


def test_an_export_that_is_not_there_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"nothing\.jsonl cannot be read"):
        verify_export(tmp_path / "nothing.jsonl")


def test_bytes_that_are_not_text_are_found(ten: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    ten.export(path)
    path.write_bytes(path.read_bytes().replace(b"file-5", b"file\xff5"))
    assert first(verify_export(path)) == ("changed", 5)


def test_the_check_printed_in_the_documentation_works(ten: Ledger, tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "ledger.md"
    program = page.read_text("utf-8").split("```python\n")[1].split("```")[0]

    def check() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", program, str(path)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    path = tmp_path / "ledger.jsonl"
    ten.append("note", actor={"name": "Éowyn \u2028 \x1f"}, body={})
    head = ten.export(path)
    assert check().stdout == f"{head.seq} {head.hash}\n"
    text = path.read_text("utf-8")
    path.write_text(text.replace("file-5", "file-6"), "utf-8")
    assert "Entry 5 is not what was recorded" in check().stderr
    lines = text.split("\n")
    path.write_text("\n".join(lines[:3] + lines[4:]), "utf-8")
    assert "Entry 4 does not follow" in check().stderr
    path.write_text("\n".join(lines[:-2]), "utf-8")
    assert "The end is missing" in check().stderr
