"""What is wrong with a file is said with its line, its clause and a remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from agreement_examples import DRUGS, NAMES, PRODUCTS, VIOLENCE, example, example_path
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sharewell.agreements import AgreementError, load_agreement, load_agreements
from sharewell.agreements.loader import LARGEST_FILE

TEXTS = {name: example_path(name).read_text("utf-8") for name in NAMES}

# old text, new text, what the message and the remedy say, the clause that is named
BROKEN = {
    "duplicate key": (DRUGS, "title: Home Office Drugs Indicators\n",
                      "title: One\ntitle: Two\n", "'title' is given twice. Keep one", ""),
    "unknown key": (DRUGS, "    unsuppressed: true\n    words: >-\n      The level",
                    "    unsupressed: true\n    words: >-\n      The level",
                    "'unsupressed' is not a field of this clause. Remove it", "supply"),
    "missing": (DRUGS, "    act: supply\n", "", "'act' is missing. Add 'act'.", "supply"),
    "wrong type": (DRUGS, "    list_kept: false\n    words", "    list_kept: perhaps\n    words",
                   "'list_kept': Input should be a valid boolean", "access-home-office"),
    "unknown word": (DRUGS, "    act: supply\n", "    act: send\n",
                     "'act' cannot be 'send'. Use one of: 'supply'", "supply"),
    "version unquoted": (PRODUCTS, 'version: "0.10"', "version: 0.10",
                         "'version' must be text, and YAML reads it as something else. "
                         "Put it in quotes as it stands", ""),
    "reference": (DRUGS, "reference: DARS-NIC-698171-K4M0B", "reference: DARS-698171",
                  "'DARS-698171' does not have the form of a reference. It must match", ""),
    "date": (DRUGS, "  first: 2024-03-28", "  first: 2024-13-28",
             "'2024-13-28' cannot be read: month must be in 1..12. Correct the value.", ""),
    "unknown choice": (DRUGS, "since: { choice: extracts-from }\n    purposes: [county",
                       "since: { choice: extracts }\n    purposes: [county",
                       "There is no choice called 'extracts'. Use one of: data-from",
                       "extract-lse"),
    "unused choice": (VIOLENCE, "    cadence: { choice: file-c-cadence }", "    cadence: monthly",
                      "No clause uses this choice. Use it, or remove it.", ""),
    "unknown reading": (DRUGS, "chosen: calendar-2017", "chosen: 2018",
                        "'2018' is not one of its readings. Use one of: calendar-2017", ""),
    "unknown party": (DRUGS, "    by: NHS England", "    by: NHS Digital",
                      "There is no party called 'NHS Digital'. Use one of: AWS", "supply"),
    "party named twice": (DRUGS, "    short: RAND", "    short: lse",
                          "Another party is called 'lse'", "rand"),
    "unknown cloud": (DRUGS, "    cloud: [AWS]", "    cloud: [Google]",
                      "There is no party called 'Google'.", "storage-lse"),
    "unknown table": (VIOLENCE, "    to: [Hull]\n    tables: [sharp-object-biannual",
                      "    to: [Hull]\n    tables: [sharp-object-yearly",
                      "There is no table called 'sharp-object-yearly'. Use one of: assault",
                      "extract-hull"),
    "unknown cohort": (VIOLENCE, "    cohort: cohort-assault", "    cohort: cohort-c",
                       "There is no cohort called 'cohort-c'.", "assault-monthly"),
    "unknown code list": (DRUGS, "    code_list: assault-firearm", "    code_list: assault-knife",
                          "The cohort cohort does not hold 'assault-knife'. Use one of: assault-f",
                          "firearm"),
    "unknown dataset": (VIOLENCE, "    dataset: hes_apc\n    cohort: cohort-assault",
                        "    dataset: hes_ae\n    cohort: cohort-assault",
                        "There is no dataset called 'hes_ae'. Use one of: hes_apc.",
                        "assault-monthly"),
    "unknown purpose": (DRUGS, "    purposes: [yamata]", "    purposes: [adder]",
                        "There is no purpose called 'adder'.", "extract-rand"),
    "unknown audience": (DRUGS, "    to: [public]", "    to: [everyone]",
                         "There is no audience called 'everyone'. Use one of: government",
                         "publish"),
    "unknown document": (DRUGS, "source: audit / Findings", "source: letter / Page 1",
                         "There is no document called 'letter'.", "certificate-of-destruction"),
    "nothing to withhold": (DRUGS, "      id: extract-lse-withheld\n      breakdowns: [ethnicity,",
                            "      id: extract-lse-withheld\n      breakdowns: [region,",
                            "There is no breakdown of its tables called 'region'.",
                            "extract-lse-withheld"),
    "wrong combination": (VIOLENCE, "    keys: [police_force, month]", "    keys: [region, month]",
                          "is nowhere split by age_under_25 x month x region.", "wales"),
    "two clauses of one id": (DRUGS, "  - id: yamata\n", "  - id: county-lines\n",
                              "Two clauses are called 'county-lines'. Rename one", "county-lines"),
    "term backwards": (DRUGS, "  last: 2027-03-27", "  last: 2023-03-27",
                       "It ends (2023-03-27) before it starts (2024-03-28). Correct", "term"),
    "table before its data": (VIOLENCE, "    first: 2012-04-01\n    cadence: monthly",
                              "    first: 2011-04-01\n    cadence: monthly",
                              "It starts before the data that the agreement covers (2012-04-01).",
                              "sharp-object-monthly"),
    "records without columns": (DRUGS, "    level: aggregated", "    level: record",
                                "Columns go with records", "hes-apc"),
    "alias": (DRUGS, "    to: [LSE]", "    to: *names", "It uses a YAML alias (*name). Write", ""),
    "indentation": (DRUGS, "    act: supply\n", "   act: supply\n", "It is not well formed:", ""),
    "tag": (DRUGS, "framework_contract: CON", "framework_contract: !!python/name:os.system CON",
            "cannot be read", ""),
    "key that is a list": (DRUGS, "framework_contract:", "? [a, b]\n: c\nframework_contract:",
                           "A key must be a plain name.", ""),
}  # fmt: skip


def broken_file(directory: Path, case: str) -> tuple[Path, int]:
    """The good file with one thing wrong, and the line where the change begins."""
    name, old, new, _, _ = BROKEN[case]
    text = TEXTS[name]
    assert text.count(old) >= 1, old
    path = directory / "agreement.yaml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path, text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize("case", BROKEN)
def test_says_what_is_wrong_and_where(case: str, tmp_path: Path) -> None:
    path, start = broken_file(tmp_path, case)
    _, _, new, said, clause = BROKEN[case]
    with pytest.raises(AgreementError) as caught:
        load_agreement(path)
    problem = next(p for p in caught.value.problems if said in f"{p.message} {p.remedy}")
    assert problem.file == "agreement.yaml"
    assert problem.clause == clause
    assert problem.remedy.endswith(".")
    if case == "unused choice":
        assert TEXTS[VIOLENCE].split("\n")[problem.line - 1].strip() == "question: >-"
    else:  # a missing key is said at its clause, some lines above
        assert start - 15 <= problem.line <= start + new.count("\n") + 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "It is empty. Start with 'reference: ...'."),
        (b"# only a comment\n", "It is empty."),
        (b"- a\n- b\n", "This is not an agreement."),
        (b"just words", "This is not an agreement."),
        (b"reference: \xff\xfe", "It is not UTF-8 text. Save it as UTF-8."),
        (b"PK\x03\x04" + bytes(range(256)), "It is not UTF-8 text."),
        (b"\x00\x01\x02", "It is not YAML"),
        (b"a: 1\n---\nb: 2\n", "It is not well formed"),
        (b"[", "It is not well formed"),
        (b"[" * 100_000, "It is nested too deeply."),
        (b"a: " + b"b" * LARGEST_FILE, "It is too large to be an agreement."),
        (b"choices: {a: {readings: {b: 1, c: 2}, chosen: [d]}}", "is not one of its readings"),
        (b"a: " + b"9" * 5000, "cannot be read"),
    ],
)
def test_says_what_a_file_is_that_is_no_agreement(
    content: bytes, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "odd.yaml"
    path.write_bytes(content)
    with pytest.raises(AgreementError, match=r"odd\.yaml") as caught:
        load_agreement(path)
    assert said in str(caught.value)


def test_a_file_that_is_not_there_or_is_a_directory(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(AgreementError, match="It cannot be read"):
            load_agreement(path)


def test_all_problems_of_all_files_are_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        TEXTS[DRUGS].replace(" by: Home Office", " by: Nobody"), "utf-8"
    )
    (tmp_path / "b.yaml").write_text("", "utf-8")
    with pytest.raises(AgreementError) as caught:
        load_agreements(tmp_path)
    assert [problem.file for problem in caught.value.problems] == ["a.yaml"] * 4 + ["b.yaml"]


def test_one_version_is_in_one_file(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(TEXTS[DRUGS], "utf-8")
    with pytest.raises(AgreementError, match="More than one file holds"):
        load_agreements(tmp_path)


def test_a_reading_can_be_chosen_from_outside() -> None:
    path = example_path(DRUGS)
    assert load_agreement(path) == example(DRUGS)
    narrower = load_agreement(path, {"data-from": "calendar-2010"})
    assert narrower.datasets[0].first.year == 2010
    with pytest.raises(AgreementError, match="It has no choice called 'colour'"):
        load_agreement(path, {"colour": "red"})
    with pytest.raises(AgreementError, match="'2011' is not one of its readings"):
        load_agreement(path, {"data-from": "2011"})


@st.composite
def mutations(draw: st.DrawFn) -> Callable[[str], str]:
    """Some small damage: a line lost, doubled, moved or replaced, or characters put in."""
    kind = draw(st.sampled_from(["drop", "double", "swap", "replace", "insert", "cut"]))
    where = draw(st.floats(0, 0.999))
    other = draw(st.floats(0, 0.999))
    odd = draw(
        st.sampled_from(["null", "[]", "{}", "~", "!!binary x", "? a", "- - -", "2024-02-30", "&a",
                         "<<: {a: 1}", "\t", "'", '"', ": :", "1e999", "{choice: data-from}", "|"])
        | st.text(max_size=8)
    )  # fmt: skip

    def mutate(text: str) -> str:
        lines = text.split("\n")
        i, j = int(where * len(lines)), int(other * len(lines))
        match kind:
            case "drop":
                del lines[i]
            case "double":
                lines.insert(i, lines[i])
            case "swap":
                lines[i], lines[j] = lines[j], lines[i]
            case "replace":
                lines[i] = lines[i].split(":")[0] + ": " + odd
            case "insert":
                lines[i] = lines[i][: j % (len(lines[i]) + 1)] + odd
            case "cut":
                lines = lines[:i]
        return "\n".join(lines)

    return mutate


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(NAMES), st.lists(mutations(), min_size=1, max_size=3))
def test_damaged_files_raise_nothing_but_agreement_errors(
    tmp_path: Path, name: str, damage: list[Callable[[str], str]]
) -> None:
    text = TEXTS[name]
    for mutate in damage:
        text = mutate(text)
    path = tmp_path / "damaged.yaml"
    path.write_text(text, "utf-8", errors="replace")
    try:
        load_agreement(path)
    except AgreementError as error:
        for problem in error.problems:
            assert problem.file == "damaged.yaml"
            assert problem.message.endswith(".")
            assert problem.remedy.endswith(".")
