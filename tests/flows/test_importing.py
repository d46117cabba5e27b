"""Import: whole or not at all, later extracts supersede, and the ledger says so."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sharewell.flows.errors import FlowError, NotPermitted
from sharewell.flows.home import Home, current_imports, open_home
from sharewell.flows.importing import import_file
from sharewell.flows.vault import holding


def last_year(invented: Path, which: str) -> Path:
    """The file of 2025-26 in a directory of the invented nation."""
    (path,) = (invented / which).glob("*2025-26*")
    return path


def test_a_later_extract_supersedes_the_earlier(empty: Home, invented: Path) -> None:
    person = empty.directory.person("s.supplier")
    earlier = import_file(empty, person, last_year(invented, "earlier"))
    later = import_file(empty, person, last_year(invented, "now"))
    assert earlier.superseded is None
    assert later.superseded == earlier.entry.seq
    assert later.in_use
    (year,) = (empty.vault / "hes_apc").iterdir()
    (shown,) = year.iterdir()
    assert f"entry={later.entry.seq}" in shown.name
    assert holding(empty, "hes_apc").entries == (later.entry.seq,)


def test_an_earlier_extract_that_comes_late_is_kept_and_not_used(
    empty: Home, invented: Path
) -> None:
    person = empty.directory.person("s.supplier")
    later = import_file(empty, person, last_year(invented, "now"))
    earlier = import_file(empty, person, last_year(invented, "earlier"))
    assert not earlier.in_use
    assert earlier.superseded is None
    assert holding(empty, "hes_apc").entries == (later.entry.seq,)


def test_the_same_file_twice_changes_nothing(empty: Home, invented: Path) -> None:
    person = empty.directory.person("s.supplier")
    first = import_file(empty, person, last_year(invented, "now"))
    again = import_file(empty, person, last_year(invented, "now"))
    assert again.already_there
    assert again.entry == first.entry
    assert empty.ledger.head().seq == first.entry.seq


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 100, b"A,B\n1,2\n"])
def test_what_cannot_be_imported_changes_nothing(
    empty: Home, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "wrong.csv"
    path.write_bytes(content)
    with pytest.raises(FlowError, match=r"wrong\.csv"):
        import_file(empty, empty.directory.person("s.supplier"), path)
    assert empty.ledger.head().seq == 0
    assert not empty.vault.exists()
    assert not list((empty.path / "staging").iterdir())


def test_a_missing_file_is_named(empty: Home, tmp_path: Path) -> None:
    with pytest.raises(FlowError, match=r"nowhere\.csv"):
        import_file(empty, empty.directory.person("s.supplier"), tmp_path / "nowhere.csv")


def test_an_analyst_may_not_import(empty: Home, invented: Path) -> None:
    with pytest.raises(NotPermitted, match="data supplier"):
        import_file(empty, empty.directory.person("v.violence"), last_year(invented, "now"))
    assert empty.ledger.head().seq == 0


def test_dropped_rows_are_counted(empty: Home, invented: Path) -> None:
    imported = import_file(empty, empty.directory.person("s.supplier"), last_year(invented, "now"))
    body = imported.entry.body
    assert body["rows_kept"] + sum(body["rows_dropped"].values()) == body["rows_in"]
    assert body["rows_dropped"]
    assert body["synthetic"] is True


def test_lost_views_come_back(nation_path: Path) -> None:
    with open_home(nation_path) as home:
        seen = sorted(str(path.relative_to(home.vault)) for path in home.vault.rglob("*"))
    shutil.rmtree(nation_path / "vault")
    with open_home(nation_path) as home:
        assert sorted(str(p.relative_to(home.vault)) for p in home.vault.rglob("*")) == seen
        assert current_imports(home.ledger)


def test_leftovers_of_dead_processes_go_and_those_of_living_ones_stay(nation_path: Path) -> None:
    import os

    dead = nation_path / "staging" / "999999999-abcd"
    living = nation_path / "staging" / f"{os.getpid()}-abcd"
    for folder in (dead, living):
        folder.mkdir(parents=True, exist_ok=True)
    with open_home(nation_path):
        assert not dead.exists()
        assert living.exists()


def test_nobody_else_can_look_into_the_home(nation_path: Path) -> None:
    with open_home(nation_path) as home, home.staging() as staging:
        for directory in (staging, home.path / "staging", home.vault, home.vault / "hes_apc"):
            assert directory.stat().st_mode & 0o077 == 0, directory


def test_the_other_nations_records_are_refused(empty: Home, invented: Path) -> None:
    person = empty.directory.person("s.supplier")
    with pytest.raises(FlowError, match="live in Wales"):
        import_file(empty, person, last_year(invented, "now"), "pedw")
    with pytest.raises(FlowError, match="live in Wales"):
        import_file(empty, person, last_year(invented, "wales"), "hes_apc")
    assert empty.ledger.head().seq == 0


def test_invented_records_stay_invented_under_another_name(
    empty: Home, invented: Path, tmp_path: Path
) -> None:
    renamed = tmp_path / "apc.parquet"
    shutil.copy(last_year(invented, "now"), renamed)
    imported = import_file(empty, empty.directory.person("s.supplier"), renamed)
    assert imported.entry.body["synthetic"] is True
