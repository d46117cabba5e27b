"""How clients are kept: sealed, found without being opened, with all that they ever were."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from monitoring_rows import a_client, a_record, a_service, at, client_row, needle_row

from sharewell.linkage import Attributor
from sharewell.monitoring import data_set
from sharewell.service.monitoring import clients, records, versions
from sharewell.service.monitoring.errors import Conflict, MonitoringFault
from sharewell.service.monitoring.finding import likely
from sharewell.service.monitoring.keys import KeyGone, KeyStore, KeyTroubleError, key_store
from sharewell.service.monitoring.models import Identity, Record, Trace
from sharewell.service.monitoring.postcodes import INVENTED, LookupFault, Place, load, place_of
from sharewell.service.monitoring.reach import answers, identities
from sharewell.service.monitoring.sealing import EXACT, sought, traces

JS = Attributor("J", "S", date(1980, 2, 1), "M")


def test_nothing_in_the_database_says_who_a_client_is() -> None:
    service = a_service()
    client = a_client(service, client_id="hatch-4711", postcode="ZX1 1AA")
    record = a_record(service, client)
    with at(service):
        clients.change(client, 1, client_row(last_initial="T"), "Typed wrongly")
        found = []
        for table in ("client", "identity", "trace", "version", "record", "consent"):
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT t::text FROM monitoring_{table} t")
                found += [row[0] for row in cursor.fetchall()]
        everything = " ".join(found)
        for raw in Identity.objects.values_list("sealed", flat=True):
            everything += bytes(raw).decode("latin1")
    assert str(record.pk) in everything
    for secret in ("1980-02-01", "hatch-4711", "ZX1 1AA", "ZX11AA"):
        assert secret not in everything
        assert secret.encode().hex() not in everything


def test_a_row_comes_back_as_it_went_in() -> None:
    service = a_service()
    row = client_row(client_id="P1", postcode="ZX9 9ZZ", ethnicity="A", nationality="GBR")
    client = a_client(service, **row)
    record = a_record(service, client)
    with at(service):
        back = clients.row_of(client)
        assert {name: back[name] for name in row} == row
        assert {n: records.row_of(record)[n] for n in needle_row()} == needle_row()
    assert (client.birth_year, client.sex, client.district) == (1980, "M", "ZX9")


def test_the_database_knows_that_a_record_is_of_a_client_of_its_own_service() -> None:
    service, other = a_service(), a_service()
    theirs, mine = a_client(other), a_record(service, a_client(service))

    def hand_to(client: UUID | None) -> None:
        with at(service), transaction.atomic():
            Record.objects.filter(pk=mine.pk).update(client_id=client)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    for client in (theirs.pk, uuid4()):
        with pytest.raises(IntegrityError, match="of_a_client_of_its_service"):
            hand_to(client)
    hand_to(None)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (JS, EXACT),
        (Attributor("J", "S", date(1980, 2, 1), "U"), "sex differs"),
        (Attributor("A", "S", date(1980, 2, 1), "M"), "first initial differs"),
        (Attributor("J", "T", date(1980, 2, 1), "M"), "last initial differs"),
        (Attributor("S", "J", date(1980, 2, 1), "M"), "initials swapped"),
        (Attributor("J", "S", date(1980, 1, 2), "M"), "day and month of birth swapped"),
        (Attributor("J", "S", date(1980, 2, 11), "M"), "day of birth differs"),
        (Attributor("J", "S", date(1980, 3, 1), "M"), "month of birth differs"),
        (Attributor("J", "S", date(1981, 2, 1), "M"), "year of birth differs"),
        (Attributor("A", "T", date(1980, 2, 1), "M"), None),
        (Attributor("J", "T", date(1980, 2, 1), "F"), None),
    ],
)
def test_a_likely_match_says_why(typed: Attributor, why: str | None) -> None:
    service, other = a_service(), a_service()
    client = a_client(service)
    a_client(other)
    with at(service):
        found = [(match.client, match.why) for match in likely(service, typed)]
    assert found == ([(client, why)] if why else [])


def test_a_former_attributor_still_finds_the_client() -> None:
    service = a_service()
    client = a_client(service)
    with at(service):
        clients.change(client, 1, client_row(last_initial="T"), "Married")
        (match,) = likely(service, JS)
        assert match.why == "exactly the same, by a former attributor"
        assert match.attributor.last == "T"
        assert clients.former_attributors(client) == [JS]


def test_who_is_most_alike_comes_first() -> None:
    service = a_service()
    near, far = a_client(service, sex="U"), a_client(service, birth_date="1981-02-01")
    exact = a_client(service)
    with at(service):
        assert [match.client for match in likely(service, JS)] == [exact, near, far]


@given(st.dates(date(1930, 1, 1), date(2010, 12, 31)), st.sampled_from("MFU"))
def test_what_differs_in_one_part_shares_a_trace(born: date, sex: Any) -> None:
    service = uuid4()
    one, two = Attributor("A", "B", born, sex), Attributor("A", "C", born, sex)
    shared = set(traces(service, one)) & set(sought(service, two))
    assert [sought(service, two)[each] for each in shared] == ["last initial differs"]
    assert not set(traces(uuid4(), one)) & set(sought(service, one)), "nor across services"


def test_the_service_finds_its_own_reference_and_the_anonymous_code() -> None:
    service = a_service()
    client = a_client(service, client_id="Card 12")
    with at(service):
        assert clients.find_by_reference(service, "card 12") == client
        assert clients.find_by_reference(service, client.reference.lower()) == client
        assert clients.find_by_reference(service, "card 13") is None


def test_the_dummy_attributor_is_activity_and_never_a_client() -> None:
    service = a_service()
    with at(service), pytest.raises(MonitoringFault, match="objects"):
        clients.add(
            service, client_row(first_initial="X", last_initial="X", birth_date="1955-05-05")
        )
    record = a_record(service, None, objected=True)
    assert record.objected
    assert record.client is None


# --- two people at once ---------------------------------------------------------------------------


def test_two_people_who_edit_different_fields_lose_nothing() -> None:
    service = a_service()
    client = a_client(service)
    with at(service):
        clients.change(client, 1, client_row(ethnicity="A"), "Asked")
        after = clients.change(client, 1, client_row(employment="SICK"), "Asked as well")
        assert (after.ethnicity, after.employment, after.version) == ("A", "SICK", 3)


def test_two_people_who_edit_the_same_field_are_told() -> None:
    service = a_service()
    client = a_client(service)
    with at(service):
        clients.change(client, 1, client_row(ethnicity="A", employment="SICK"), "Asked")
        with pytest.raises(Conflict) as conflict:
            clients.change(client, 1, client_row(ethnicity="B", accommodation="NFA"), "Asked too")
        assert conflict.value.theirs == {"ethnicity": "A"}
        merged = conflict.value.merged
        assert (merged["ethnicity"], merged["employment"], merged["accommodation"]) == (
            "B", "SICK", "NFA",
        )  # fmt: skip
        after = clients.change(client, conflict.value.version, merged, "Both looked")
        assert (after.ethnicity, after.employment) == ("B", "SICK")


def test_records_are_merged_too_and_deleted_only_as_seen() -> None:
    service = a_service()
    record = a_record(service, a_client(service))
    needle = data_set().module("needle")
    with at(service):
        records.change(record, needle, 1, needle_row(items_out="10"), "Miscounted")
        after = records.change(record, needle, 1, needle_row(returned="5"), "Forgotten")
        assert (after.fields["items_out"], after.fields["returned"]) == (10, 5)
        with pytest.raises(MonitoringFault, match="since you looked"):
            records.delete(record, 1, "Wrong client")
        records.delete(record, 3, "Wrong client")
        assert versions.row_at(record.pk, 4, record.client_id)["items_out"] == "10"


ROWS = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["", "1", "2"]))


@given(ROWS, ROWS, ROWS)
def test_a_merge_keeps_every_change_or_says_which_clash(
    base: dict[str, str], theirs: dict[str, str], mine: dict[str, str]
) -> None:
    def of(row: dict[str, str], name: str) -> str:
        return row.get(name, "")

    mine = base | mine
    clash = {
        name
        for name in "abc"
        if of(mine, name) != of(base, name)
        and of(theirs, name) not in (of(base, name), of(mine, name))
    }
    if clash:
        with pytest.raises(Conflict) as conflict:
            versions.merge(base, theirs, mine, 1)
        assert set(conflict.value.theirs) == clash
        merged = dict(conflict.value.merged)
    else:
        merged = versions.merge(base, theirs, mine, 1)
    for name in "abc":
        changed = of(mine, name) != of(base, name)
        assert of(merged, name) == of(mine if changed else theirs, name)


def test_history_says_what_changed_and_why() -> None:
    service = a_service()
    client = a_client(service)
    with at(service):
        clients.change(client, 1, client_row(consent="N", last_initial="T"), "Asked again")
        latest, first = versions.history(client.pk)
        assert latest.version.reason == "Asked again"
        assert latest.fields["last_initial"] == ("S", "T")
        assert latest.fields["consent"] == ("Y", "N")
        assert first.version.what == "added"
        assert [answer.answer for answer in answers().filter(client=client)] == [True, False]


def test_a_deleted_client_leaves_only_what_is_sealed() -> None:
    service = a_service()
    client = a_client(service)
    a_record(service, client)
    with at(service):
        clients.delete(client, 1, "Entered twice")
        assert not identities().exists()
        assert not Trace.objects.exists()
        assert {each.version.what for each in versions.history(client.pk)} == {"added", "deleted"}
        key_store().destroy(client.pk)
        with pytest.raises(KeyGone):
            versions.history(client.pk)


# --- keys -----------------------------------------------------------------------------------------


def test_a_destroyed_key_is_gone_from_the_file(tmp_path: Path) -> None:
    store, id_, other = KeyStore(tmp_path), uuid4(), uuid4()
    store.make([id_, other])
    key = store.get(id_)
    store.make([id_])
    assert store.get(id_) == key, "a key is made once"
    store.destroy(id_)
    with pytest.raises(KeyGone, match=str(id_)):
        store.get(id_)
    assert id_.bytes not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert KeyStore(tmp_path).get(other), "and the others stay"


def test_keys_without_their_master_say_so(tmp_path: Path) -> None:
    store, id_ = KeyStore(tmp_path), uuid4()
    store.make([id_])
    (tmp_path / "master.key").write_bytes(os.urandom(32))
    with pytest.raises(KeyTroubleError, match="backed up"):
        KeyStore(tmp_path).get(id_)
    (tmp_path / "master.key").write_bytes(b"short")
    with pytest.raises(KeyTroubleError, match="32 bytes"):
        KeyStore(tmp_path)


def test_only_the_owner_may_read_keys(tmp_path: Path) -> None:
    KeyStore(tmp_path / "keys")
    modes = {path.stat().st_mode & 0o077 for path in (tmp_path / "keys").glob("*.key")}
    assert modes == {0}
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0


# --- postcodes ------------------------------------------------------------------------------------


def test_a_postcode_is_resolved_by_the_lookup() -> None:
    assert load(INVENTED) == 182
    knowsley = Place("ZX41", "E08000011", "E23000004", "E12000002")
    assert place_of("zx41 1aa") == knowsley
    assert place_of("ZX41") == place_of("ZX41 9ZZ") == knowsley, "a district in one area alone"
    assert place_of("ZX91") == Place("ZX91", "", "E23000004", "E12000002"), "one in two"
    assert place_of("nowhere") == place_of("") == Place()


def test_a_file_that_is_no_lookup_changes_nothing(tmp_path: Path) -> None:
    load(INVENTED)
    (tmp_path / "wrong.csv").write_text("pcds,rgn\nZX1 1AA,E12000002\n")
    (tmp_path / "empty.csv").write_text("pcds,oslaua,pfa,rgn\n")
    with pytest.raises(LookupFault, match="local_authority, police_force"):
        load(tmp_path / "wrong.csv")
    with pytest.raises(LookupFault, match="stays as it was"):
        load(tmp_path / "empty.csv")
    assert place_of("ZX1 1AA").region == "E12000002"
