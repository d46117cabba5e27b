"""Areas against every public lookup of districts, partnerships, forces and regions."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharewell.catalogue import areas

GEOGRAPHY = (Path(__file__).resolve().parents[2] / "../shared/data/geography").resolve()
needs_lookups = pytest.mark.skipif(
    not GEOGRAPHY.is_dir(), reason="public geography lookups are not beside the repository"
)
CSP_TO_FORCE = "ons_Local_Authority_District_to_Community_Safety_Partnerships_to_Police_Force_Areas"
CODES = st.sampled_from(sorted(areas.districts()))
YEARS = st.integers(2011, areas.TODAY)


def lookup(name: str) -> list[dict[str, str]]:
    with (GEOGRAPHY / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def is_ours(code: str) -> bool:
    return code.startswith(("E0", "W0"))


# --- against the lookups -------------------------------------------------------------------


@needs_lookups
@pytest.mark.parametrize(
    ("name", "year", "districts"),
    [
        (f"{CSP_TO_FORCE}_January_2017_Lookup_in_England_and_Wales_Version_2.csv", 17, 348),
        (f"{CSP_TO_FORCE}_December_2018_Lookup_in_England_and_Wales.csv", 18, 348),
        (f"{CSP_TO_FORCE}_December_2019_Lookup_in_England_and_Wales.csv", 19, 339),
    ],
)
def test_forces_and_partnerships_of_each_year(name: str, year: int, districts: int) -> None:
    partnerships = defaultdict(set)
    for row in lookup(name):
        code = row[f"LAD{year}CD"]
        partnerships[code].add(row[f"CSP{year}CD"])
        assert areas.police_force_of(code) == row[f"PFA{year}CD"]
        assert areas.find(row[f"PFA{year}NM"]) == row[f"PFA{year}CD"]
        assert areas.find(row[f"LAD{year}NM"], "local_authority") in (code, areas.rebase(code))
    assert set(partnerships) == set(areas.valid_in(2000 + year))
    assert len(partnerships) == districts
    for code, expected in partnerships.items():
        assert set(areas.community_safety_partnerships_of(code)) == expected
    assert len(set().union(*partnerships.values())) == 314


@needs_lookups
@pytest.mark.parametrize(
    "name", ["lookup_ltla24_csp24_pfa24.csv", "lad24_csp24_pfa24_region24.csv"]
)
def test_forces_and_partnerships_of_2024(name: str) -> None:
    partnerships = defaultdict(set)
    for row in lookup(name):
        code = row.get("ltla24_code") or row["lad24_code"]
        partnerships[code].add(row["csp24_code"])
        assert areas.police_force_of(code) == row["pfa24_code"]
        assert areas.find(row["pfa24_name"]) == row["pfa24_code"]
        if "region_code" in row:
            assert areas.region_of(code) == row["region_code"]
            assert areas.labels("region")[row["region_code"]] == row["region_name"]
    assert set(partnerships) == set(areas.valid_in(2024))
    several = {c: p for c, p in partnerships.items() if len(p) > 1}
    assert len(several) == 7
    for code, expected in partnerships.items():
        assert set(areas.community_safety_partnerships_of(code)) == expected


@needs_lookups
@pytest.mark.parametrize(
    ("name", "code", "region", "year", "count"),
    [
        *(
            (
                f"ons_Local_Authority_District_to_Region_December_20{y}_Lookup_in_England.csv",
                f"LAD{y}CD",
                f"RGN{y}CD",
                2000 + y,
                326,
            )
            for y in (15, 16, 17, 18)
        ),
        ("lookup_ltla19_region19.csv", "ltla19_code", "region19_code", 2019, 317),
        ("lookup_ltla20_region20.csv", "ltla20_code", "region20_code", 2020, 314),
        ("lookup_ltla21_region21.csv", "ltla21_code", "region21_code", 2021, 309),
        ("lookup_ltla24_region24.csv", "ltla24_code", "region24_code", 2024, 296),
    ],
)
def test_regions_of_each_year(name: str, code: str, region: str, year: int, count: int) -> None:
    rows = lookup(name)
    assert {row[code] for row in rows} == {c for c in areas.valid_in(year) if c[0] == "E"}
    assert len(rows) == count
    for row in rows:
        assert areas.region_of(row[code]) == row[region]


@needs_lookups
def test_rebasing_follows_the_official_chain_of_codes_2016_to_2024() -> None:
    for row in lookup("lookup_ltla_ltla.csv"):
        for earlier in range(16, 25):
            code = row[f"ltla{earlier}_code"]
            if not is_ours(code):
                continue
            assert code in areas.valid_in(2000 + earlier)
            for later in range(earlier, 25):
                assert areas.rebase(code, 2000 + later) == row[f"ltla{later}_code"]


@needs_lookups
def test_every_listed_change_is_known() -> None:
    for row in lookup("lad_changes_2011_2025.csv"):
        old, new = row["old_code"], row["new_code"]
        if old == new:  # renamed: both names find it
            assert {areas.find(row["old_name"], "local_authority")} == {old}
            assert {areas.find(row["new_name"], "local_authority")} == {old}
            continue
        district = areas.districts()[old]
        assert district.successor == new
        assert areas.districts()[new].uncertain == (
            "?" in row["effective"] or row["effective"] == "2012-2013"
        )
        first = areas.districts()[new].first_year
        assert str(first) in row["effective"]
        assert district.last_year == first - 1


@needs_lookups
def test_districts_of_2010_are_known() -> None:
    codes = {row["LAD10CD"] for row in lookup("old_la_code_lookup.csv") if row["LAD10CD"]}
    ours = {code for code in codes if is_ours(code)}
    assert ours
    assert {c for c in areas.valid_in(2011) if c[0] == "E"} <= ours
    for code in ours:
        areas.police_force_of(code)


@needs_lookups
def test_every_authority_of_the_mysociety_list_is_found_by_name_and_region() -> None:
    found = 0
    for row in lookup("mysociety_uk_local_authorities_future.csv"):
        code = row["gss-code"]
        if row["nation"] not in ("England", "Wales") or not is_ours(code):
            continue
        found += 1
        named = areas.find(row["nice-name"], "local_authority")
        assert areas.rebase(named) == areas.rebase(code)
        expected = row["region"].replace("Yorkshire and the Humber", "Yorkshire and The Humber")
        if expected:  # the list leaves it out for some abolished districts
            assert areas.labels("region")[areas.region_of(code)] == expected
        for former in filter(None, row["former-gss-codes"].split(",")):
            assert areas.rebase(former) == areas.rebase(code)
    assert found >= 350


@needs_lookups
def test_police_forces_and_partnerships_by_name() -> None:
    forces = {
        row["PFA19CD"]: row["PFA19NM"]
        for row in lookup(
            "ons_Police_Force_Areas_December_2019_Names_and_Codes_in_the_United_Kingdom.csv"
        )
        if row["PFA19CD"].startswith(("E23", "W15"))
    }
    assert {code: areas.labels("police_force")[code] for code in areas.police_forces()} == forces
    partnerships = {
        row["CSP19CD"]
        for row in lookup(
            "ons_Community_Safety_Partnerships_December_2019_Names_and_Codes_in_England_and_Wales.csv"
        )
    }
    ours = {p for d in areas.districts().values() for p in d.partnerships}
    assert ours == partnerships


@needs_lookups
def test_populations_sum_to_those_of_2020() -> None:
    """Oracle: district estimates by single age, added up independently here."""
    expected: Counter[str] = Counter()
    forces: Counter[str] = Counter()
    for row in lookup("la_population_1997_2020.csv"):
        if row["year"] == "2020" and is_ours(row["code"]):
            persons = sum(int(float(v)) for k, v in row.items() if k.startswith("Age"))
            expected[areas.rebase(row["code"])] += persons
            forces[areas.police_force_of(row["code"])] += persons
    assert areas.populations() == expected
    published = {
        row["pfa_code"]: int(row["all"])
        for row in lookup("pfa24_population_2010_2020.csv")
        if row["year"] == "2020"
    }
    assert forces == published


# --- rules that need no file ---------------------------------------------------------------


def test_counts_of_areas() -> None:
    assert len(areas.valid_in(areas.TODAY)) == 318
    assert sum(code[0] == "W" for code in areas.valid_in(areas.TODAY)) == 22
    assert {len(areas.valid_in(year)) for year in (2011, 2016, 2017, 2018)} == {348}
    assert len(areas.police_forces()) == 43
    assert sum(code.startswith("E12") for code in areas.labels("region")) == 9


@given(CODES, YEARS)
def test_rebasing_goes_by_summing_and_never_crosses_a_force_or_region(code: str, year: int) -> None:
    later_merger = (areas.districts()[code].first_year or 2011) > year and code[:3] != "E08"
    year = areas.TODAY if later_merger else year
    there = areas.rebase(code, year)
    assert there in areas.valid_in(year)
    assert areas.rebase(there, year) == there
    assert areas.police_force_of(there) == areas.police_force_of(code)
    assert areas.region_of(there) == areas.region_of(code)
    assert set(areas.community_safety_partnerships_of(code)) <= set(
        areas.community_safety_partnerships_of(areas.rebase(code))
    )


@given(YEARS, st.data())
def test_rebased_counts_keep_their_sums(year: int, data: st.DataObject) -> None:
    codes = st.sampled_from(areas.valid_in(year))
    counts = data.draw(st.dictionaries(codes, st.integers(0, 10_000), max_size=40))
    today: Counter[str] = Counter()
    for code, count in counts.items():
        today[areas.rebase(code)] += count
    assert today.total() == sum(counts.values())
    for force in areas.police_forces():
        assert sum(n for c, n in counts.items() if areas.police_force_of(c) == force) == sum(
            n for c, n in today.items() if areas.police_force_of(c) == force
        )


@given(CODES, YEARS, YEARS)
def test_rebasing_by_stages_is_rebasing_at_once(code: str, one: int, other: int) -> None:
    first = areas.districts()[code].first_year or 2011
    middle, last = sorted((max(one, first), max(other, first)))
    assert areas.rebase(areas.rebase(code, middle), last) == areas.rebase(code, last)


def test_a_district_made_by_merger_is_not_split() -> None:
    with pytest.raises(ValueError, match=r"Somerset.*made in 2023 out of 4 districts"):
        areas.rebase("E06000066", 2020)
    assert areas.rebase("E08000038", 2020) == "E08000016"  # recoded, so one for one


@pytest.mark.parametrize("function", [areas.rebase, areas.police_force_of, areas.nation_of])
def test_an_unknown_code_is_refused_with_the_remedy(function) -> None:
    with pytest.raises(ValueError, match=r"'00AA' is not a district code.*find\(\)"):
        function("00AA")


def test_the_lookup_table_holds_every_code_once_and_every_value_has_a_name() -> None:
    table = areas.lookup_table()
    assert table.column_names == ["code", "local_authority", "police_force", "region", "nation"]
    codes = table["code"].to_pylist()
    assert len(codes) == len(set(codes))
    assert set(codes) == {*areas.districts(), *areas.PSEUDO_CODES, "unknown"}
    assert not any(column.null_count for column in table.columns)
    for level in areas.LEVELS:
        assert {*table[level].to_pylist(), "unknown"} == set(areas.labels(level))
    assert set(table["nation"].to_pylist()) == {"E", "W", "S", "N", "other", "unknown"}


def test_pseudo_codes_keep_themselves_but_wales_has_its_region() -> None:
    rows = {row["code"]: row for row in areas.lookup_table().to_pylist()}
    assert rows["U"] == {
        "code": "U",
        "local_authority": "U",
        "police_force": "U",
        "region": "U",
        "nation": "unknown",
    }
    assert rows["W99999999"]["region"] == "W92000004"
    assert rows["W99999999"]["police_force"] == "W99999999"
    assert rows["E99999999"]["nation"] == "E"


def test_labels_go_england_wales_then_what_is_not_a_place() -> None:
    for level in areas.LEVELS:
        codes = list(areas.labels(level))
        assert codes[-1] == "unknown"
        places = [code for code in codes if code not in areas.PSEUDO_CODES][:-1]
        assert places == sorted(places)
        assert codes[: len(places)] == places
    with pytest.raises(KeyError, match="region, police_force, local_authority"):
        areas.labels("ward")


@pytest.mark.parametrize(
    ("name", "level", "code"),
    [
        ("Devon & Cornwall", "police_force", "E23000035"),
        ("Devon and Cornwall", "police_force", "E23000035"),
        ("Avon & Somerset", "police_force", "E23000036"),
        ("London, City of", "police_force", "E23000034"),
        ("City of London Police", "police_force", "E23000034"),
        ("METROPOLITAN POLICE", "police_force", "E23000001"),
        ("Metropolitan", "police_force", "E23000001"),
        ("Dyfed Powys", "police_force", "W15000004"),
        ("Yorkshire and the Humber", "region", "E12000003"),
        ("London", "region", "E12000007"),
        ("Bristol", "local_authority", "E06000023"),
        ("Bristol, City of", "local_authority", "E06000023"),
        ("City of Bristol", "local_authority", "E06000023"),
        ("Herefordshire, County of", "local_authority", "E06000019"),
        ("Kingston upon Hull, City of", "local_authority", "E06000010"),
        ("Kingston-upon-Hull", "local_authority", "E06000010"),
        ("Saint Helens", "local_authority", "E08000013"),
        ("St. Helens", "local_authority", "E08000013"),
        ("Anglesey", "local_authority", "W06000001"),
        ("Vale of Glamorgan", "local_authority", "W06000014"),
        ("Barnsley", "local_authority", "E08000038"),
        ("Shepway", "local_authority", "E07000112"),
        ("Taunton Deane", "local_authority", "E07000190"),
    ],
)
def test_names_are_found_however_they_are_styled(name: str, level: str, code: str) -> None:
    assert areas.find(name, level) == code


def test_london_is_not_the_city_of_london() -> None:
    with pytest.raises(ValueError, match="No area at level 'police_force' is called 'London'"):
        areas.find("London", "police_force")


@given(st.sampled_from(areas.LEVELS), st.data())
def test_every_name_finds_its_code(level: str, data: st.DataObject) -> None:
    code, name = data.draw(st.sampled_from(list(areas.labels(level).items())))
    if code not in areas.PSEUDO_CODES:
        assert areas.find(name, level) == code


def test_normalising_a_name_twice_changes_nothing() -> None:
    for level in areas.LEVELS:
        for name in areas.labels(level).values():
            key = areas.normalise_name(name)
            assert areas.normalise_name(key) == key
