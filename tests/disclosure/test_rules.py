"""The declared rules, rules by parameter, and the reference page made from them."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest
from derived_examples import MEANS, PERCENTAGES, RATES
from hypothesis import given
from hypothesis import strategies as st

from sharewell.disclosure import RULES, WELSH_AREAS, Rule, rule, rule_by_parameters

PAGE = Path(__file__).parents[2] / "docs/reference/disclosure-rules.md"


@given(st.integers(8, 10**9))
def test_integers_from_8_go_to_the_nearest_5_and_never_tie(count: int) -> None:
    hes = rule("hes-2018")
    # The formula of the HES guide as ../shared/facts/hes.md gives it, and the meaning of nearest.
    assert hes.rounded(count) == 5 * ((count + 2) // 5)
    assert abs(hes.rounded(count) - count) <= 2
    assert hes.rounded(count) % 5 == 0


@given(st.integers(0, 10**6), st.integers(1, 100))
def test_rounding_is_to_a_nearest_multiple(count: int, base: int) -> None:
    rounded = rule_by_parameters(high=100, base=base).rounded(count)
    assert rounded % base == 0
    assert 2 * abs(rounded - count) <= base


def test_an_unknown_rule_names_the_known_ones_and_the_way_out() -> None:
    with pytest.raises(KeyError, match=r"hes-2019.*hes-2018, .*wales-strict.*rule_by_parameters"):
        rule("hes-2019")


def test_a_rule_and_the_list_of_rules_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        rule("hes-2018").high = 3  # type: ignore[misc]
    with pytest.raises(TypeError):
        RULES["mine"] = rule("hes-2018")  # type: ignore[index]


def test_every_rule_names_its_source_and_itself() -> None:
    for name, declared in RULES.items():
        assert declared.id == name
        assert declared.source


def printed(declared: Rule, count: int) -> str:
    """One count under a rule, from the rule's own words."""
    stars = declared.low <= count <= declared.high
    return "*" if stars else str(declared.rounded(count))


# What the facts say of each rule (hes.md 1.5; monitoring.md on NDTMS ViewIt).
@pytest.mark.parametrize(
    ("name", "counts", "shown"),
    [
        ("hes-2018", (0, 1, 7, 8, 12, 13), ("0", "*", "*", "10", "10", "15")),
        ("hes-before-2018", (0, 1, 5, 6, 7, 23), ("0", "*", "*", "6", "7", "23")),
        ("ndtms", (0, 1, 2, 3, 4, 5, 7, 8), ("0", "0", "0", "5", "5", "5", "5", "10")),
        ("under-5", (0, 1, 4, 5, 6), ("0", "*", "*", "5", "6")),
        ("under-10", (0, 1, 9, 10, 11), ("0", "*", "*", "10", "11")),
        ("wales-strict", (0, 1, 7, 8), ("0", "*", "*", "10")),
    ],
)
def test_each_rule_prints_what_its_source_says(
    name: str, counts: tuple[int, ...], shown: tuple[str, ...]
) -> None:
    assert tuple(printed(rule(name), count) for count in counts) == shown


def test_the_rules_for_hes_follow_each_other_without_a_gap() -> None:
    before, since = rule("hes-before-2018"), rule("hes-2018")
    assert before.until is not None
    assert since.since is not None
    assert (since.since - before.until).days == 1
    assert before.secondary
    assert not since.secondary


@pytest.mark.parametrize("name", ["hes-before-2018", "ndtms", "under-5", "under-10"])
def test_only_the_rule_that_says_so_exempts_the_nation(name: str) -> None:
    assert not rule(name).national_exempt


def test_fingertips_hides_rates_on_fewer_than_10() -> None:
    assert rule("under-10").rate_from == 10
    assert rule("hes-2018").rate_from == 0
    with pytest.raises(ValueError, match="rate_from is -1"):
        dataclasses.replace(rule("under-10"), rate_from=-1)


def test_the_default_for_wales_has_no_national_exemption() -> None:
    (welsh,) = WELSH_AREAS.values()
    hes = rule("hes-2018")
    assert (welsh.low, welsh.high, welsh.base) == (hes.low, hes.high, hes.base)
    assert hes.national_exempt
    assert not welsh.national_exempt


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"high": -1}, "high is -1"),
        ({"high": 7, "base": 0}, "base 0"),
        ({"high": 1, "base": 10}, "hide nothing"),
        ({"high": 0, "zero_shown": False}, "hide nothing"),
        ({"high": 3, "base": 10}, "4 would be rounded to 0 .* high of at least 4"),
    ],
)
def test_a_rule_that_cannot_protect_is_refused(parameters: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rule_by_parameters(**parameters)  # type: ignore[arg-type]


def test_rules_by_parameter_say_their_parameters() -> None:
    assert rule_by_parameters(high=4).id == "star-1-4-nearest-1"
    assert rule_by_parameters(high=9, base=5, zero_shown=False).id == "star-0-9-nearest-5"
    assert rule_by_parameters(high=0, base=5, national_exempt=True).id == (
        "star-none-nearest-5-national-exact"
    )
    assert not rule_by_parameters(high=0, base=5).zero_shown, "a printed 0 may be 1 or 2"


def test_the_words_for_readers() -> None:
    assert rule("hes-2018").words() == (
        "National figures are shown as they are.",
        "Below national level, a count of 0 is shown as 0.",
        "Below national level, counts of 1 to 7 appear as *.",
        "Below national level, counts of 8 and over are rounded to the nearest 5.",
        "Totals are rounded from the true total, so they may not add up.",
    )
    assert rule("wales-strict").words()[0] == "A count of 0 is shown as 0."
    assert rule("ndtms").words()[0] == "All counts are rounded to the nearest 5."
    assert rule("under-10").words()[-1] == "A rate on a count of fewer than 10 is hidden."
    assert "Further counts are hidden" in rule("hes-before-2018").words()[-1]


def _symbol(text: str) -> str:
    return text.replace("*", "\\*")


def _derived() -> list[str]:
    """The part of the page on derived figures; `test_derived` holds the examples."""
    return [
        "## Derived figures",
        "",
        "The functions are in `sharewell.disclosure.derived`. They work from what is printed, so",
        "that beside the printed counts they say nothing new.",
        "",
        "**Percentages** are hidden where the numerator or the denominator is. They are whole,",
        "with one decimal only where the printed denominator is 4,000 or more. A half goes up.",
        "The guide calls the decimals a way of presenting, and no part of the protection.",
        "Examples under `hes-2018`, below national level:",
        "",
        "| true numerator | of | printed numerator | of | per cent |",
        "|---:|---:|---:|---:|---:|",
        *(
            f"| {above} | {below} | {_symbol(top)} | {_symbol(bottom)} | {_symbol(shown)} |"
            for above, below, top, bottom, shown in PERCENTAGES
        ),
        "",
        "**Means and medians** of 1 to 7 people are hidden below national level; others are shown",
        "as they are.",
        "",
        "| people | printed | mean | printed mean |",
        "|---:|---:|---:|---:|",
        *(
            f"| {people} | {_symbol(top)} | {'' if mean is None else mean} | {_symbol(shown)} |"
            for people, top, mean, shown in MEANS
        ),
        "",
        "**Crude rates** are worked out from the printed count: a rate from the true count, on a",
        "public population, gives the count away. They are hidden where the count is, and where a",
        "rule asks for more.",
        "",
        "| rule | true count | printed | population | per 100,000 |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| `{name}` | {count} | {_symbol(top)} | {people} | {_symbol(shown)} |"
            for name, count, top, people, shown in RATES
        ),
        "",
        "`[z]` stands where there is nothing to divide by.",
        "",
        "**Exempt:** standardised rates, confidence intervals and estimates from regressions. The",
        "guide asks for no control of them, and no function here treats them.",
        "",
        "**What they tell.** Where the counts are not printed, a percentage or a rate still tells",
        "something of them. `percentage_reading`, `rate_reading` and `mean_reading` give the least",
        "and the greatest count that each figure allows, for the attacker.",
        "",
    ]


def _page() -> str:
    lines = [
        "# Disclosure rules",
        "",
        "Which counts may be printed. The rules are declared in `sharewell.disclosure.rules`;",
        "this page is made from the declarations by a test.",
    ]
    for declared in RULES.values():
        since = [f"since {declared.since:%-d %B %Y}"] if declared.since else []
        until = [f"until {declared.until:%-d %B %Y}"] if declared.until else []
        dates = " ".join(["in force", *since, *until] if since or until else ["without dates"])
        below = " below national level" if declared.national_exempt else ""
        areas = ", ".join(f"`{area}`" for area in declared.national_areas)
        lines += [
            "",
            f"## `{declared.id}`: {declared.title}",
            "",
            *(f"- {sentence.replace(' *.', ' `*`.')}" for sentence in declared.words()),
            *(
                [f"- National: a total over every geography in use, or one of {areas}."]
                if declared.national_exempt
                else ["- No figure is exempt for being national."]
            ),
            "",
            f"Source: {declared.source} ({dates}).",
            "",
            declared.note,
            "",
            f"| true count | printed{below} | what a reader knows |",
            "|---:|---:|---|",
        ]
        for count in (0, 1, 4, 5, 7, 8, 9, 12, 13, 17, 18, 3998, 4000):
            if declared.low <= count <= declared.high:
                printed, low, high = "\\*", declared.low, declared.high
            elif count == 0 and declared.zero_shown:
                printed, low, high = "0", 0, 0
            else:
                value = declared.rounded(count)
                printed = str(value)
                low = max(declared.first_rounded, value - declared.base // 2)
                high = value - declared.base // 2 + declared.base - 1
            known = f"{low}" if low == high else f"{low} to {high}"
            lines.append(f"| {count} | {printed} | {known} |")
    lines += [
        "",
        "## Areas with a rule of their own",
        "",
        *(f"- `{area}`: `{each.id}`" for area, each in WELSH_AREAS.items()),
        "",
        "A key is an area code, or the beginning of one and `*`; the longest match counts.",
        "Give `protect` other `overrides` to change it.",
        "",
        "## A rule of your own",
        "",
        "`rule_by_parameters(high=4)` stars counts under 5; `high=9` under 10;",
        "`rule_by_parameters(high=0, base=5)` rounds every count to the nearest 5 and stars none.",
        "`zero_shown=False` stars zeros as well.",
        "",
        *_derived(),
    ]
    return "\n".join(lines)


def test_the_reference_page_is_what_the_declarations_say() -> None:
    page = _page()
    if os.environ.get("SHAREWELL_UPDATE_DOCS"):
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(page, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page, (
        "docs/reference/disclosure-rules.md is stale: run SHAREWELL_UPDATE_DOCS=1 pytest "
        "tests/disclosure/test_rules.py"
    )
