"""What the public pages say, and what search finds, against the room's own answers."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from django.urls import resolve
from django.utils.html import escape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from register_rows import (
    AGREEMENT,
    DATASET,
    EDITION_A,
    EDITION_B,
    FILE,
    edition,
    needs_samples,
    needs_seeds,
    rows_of,
    seed,
    workbook,
)

from sharewell import register as room
from sharewell.register.names import fold
from sharewell.service.accounts.models import User
from sharewell.service.jobs.models import Job
from sharewell.service.jobs.queue import run_job
from sharewell.service.register.finding import find
from sharewell.service.register.keeping import tokens
from sharewell.service.register.models import Applicant, Edition, Series
from sharewell.service.register.taking import Intake
from sharewell.service.register.work import uploads

HOME_OFFICE = "DARS-NIC-612092-Q0Y6F"


@pytest.fixture
def samples() -> dict[str, tuple[Edition, room.Edition]]:
    """Both sample editions, in the tables and as read."""
    intake = Intake(Series.OFFICIAL, "a test")
    found = {}
    for name, path in (("A", EDITION_A), ("B", EDITION_B)):
        read = room.read_workbook(path)
        found[name] = (intake.take_in(read).edition, read)
    return found


def text_of(client: Client, where: str, **query: Any) -> str:
    response = client.get(where, query)
    assert response.status_code == 200, where
    plain = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", plain)


@needs_samples
@pytest.mark.parametrize("which", ["A", "B"])
def test_search_finds_what_the_room_finds(which: str, samples: Any) -> None:
    record, read = samples[which]
    datasets = sorted({row.dataset for row in read.datasets})
    for wanted in [
        room.Criteria(),
        *(room.Criteria(sensitive=flag) for flag in (True, False)),
        *(room.Criteria(commercial=flag) for flag in (True, False)),
        *(room.Criteria(sublicensing=flag) for flag in (True, False)),
        *(room.Criteria(active=flag) for flag in (True, False)),
        *(room.Criteria(year=year) for year in range(2013, 2031)),
        *(room.Criteria(dataset=name) for name in datasets),
        *(room.Criteria(organisation=a.organisation) for a in read.agreements),
        *(room.Criteria(legal_basis=b) for b in {r.legal_basis for r in read.datasets}),
        *(room.Criteria(type_of_data=b) for b in {r.type_of_data for r in read.datasets}),
        *(room.Criteria(access_method=m) for m in ("ongoing", "one-off", "system access")),
        room.Criteria(organisation="office", sensitive=True, year=2024),
    ]:
        expected = {each.name for each in room.search(read, wanted)}
        assert {row.name for row in find(record, wanted)} == expected, wanted


@needs_samples
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_words_begin_words_of_the_agreement(data: st.DataObject, samples: Any) -> None:
    record, read = samples["B"]
    chosen = data.draw(st.sampled_from(read.agreements))
    words = data.draw(st.lists(st.sampled_from(tokens(chosen.title, chosen.name)), max_size=3))
    begun = [word[: data.draw(st.integers(1, len(word)))] for word in words]
    found = {row.name for row in find(record, room.Criteria(text=" ".join(begun)))}
    assert chosen.name in found
    assert found <= {e.name for e in room.search(read, room.Criteria(text=" ".join(begun)))}


@needs_samples
def test_the_agreement_page_has_both_counts_and_never_a_zero(samples: Any, client: Client) -> None:
    page = text_of(client, f"/register/agreements/{HOME_OFFICE}/")
    record, read = samples["B"]
    newest = read.versions[HOME_OFFICE][-1]
    files = len(read.files_of[newest.name])
    assert f"Files that left {files} " in page
    assert "Uses in a safe setting not known " in page
    assert "The register does not record uses in a safe setting." in page
    everything = sum(len(read.files_of[v.name]) for v in read.versions[HOME_OFFICE])
    assert f"files that left {everything}" in page
    rows = text_of(client, f"/register/agreements/{HOME_OFFICE}/files/", edition=record.slug)
    assert all(row.file in rows for row in read.files_of[newest.name])


@needs_samples
def test_every_agreement_organisation_and_edition_has_its_page(
    samples: Any, client: Client
) -> None:
    for record, read in samples.values():
        for reference, versions in read.versions.items():
            page = client.get(f"/register/agreements/{reference}/", {"edition": record.slug})
            assert page.status_code == 200
            assert escape(versions[-1].title) in page.content.decode()
            steps = client.get(
                f"/register/agreements/{reference}/versions/", {"edition": record.slug}
            )
            assert steps.status_code == 200
        assert client.get(f"/register/editions/{record.slug}/").status_code == 200
    for applicant in Applicant.objects.all():
        assert client.get(f"/register/organisations/{applicant.slug}/").status_code == 200


@needs_samples
def test_changes_are_told_by_kind_and_word_by_word(samples: Any, client: Client) -> None:
    page = text_of(client, "/register/editions/2026-09/")
    assert "Another name for the same: 16" in page
    assert "Changed in looks only: 4" in page
    alias = client.get("/register/editions/2026-09/changes/", {"kind": "alias"}).content.decode()
    assert "<ins>" in alias
    assert "Another name for the same: Applicant Organisation" in alias
    assert "Versions of one agreement that overlap: 5" in page
    assert "with and without opt-outs: 4" in page


def test_another_use_in_a_safe_setting_is_no_edition_without_changes(client: Client) -> None:
    use = room.UseRow("publish-1", AGREEMENT.name, DATASET.dataset, date(2026, 11, 1))
    for month, uses in ((9, ()), (10, ()), (11, (use,))):
        Intake(Series.OWN, "a test").take_in(
            edition(
                agreements=[AGREEMENT],
                uses=uses,
                source="ledger",
                digest=f"{month:064}",
                published=date(2026, month, 1),
            )
        )
    _september, october, november = Edition.objects.order_by("as_of")
    page = client.get(f"/register/editions/{october.slug}/").content.decode()
    assert "<li>Nothing</li>" in page
    page = client.get(f"/register/editions/{november.slug}/").content.decode()
    assert "<li>Nothing</li>" not in page
    assert "Uses in a safe setting: 1, and 0 before" in page


def test_a_hostile_title_is_only_text(client: Client) -> None:
    title = "<script>alert(1)</script>"
    old = edition(digest="1" * 64, published=date(2023, 1, 1))
    new = edition(agreements=[replace(AGREEMENT, title=title)], digest="2" * 64)
    intake = Intake(Series.OFFICIAL, "a test")
    for each in (old, new):
        intake.take_in(each)
    for where in (
        "/register/",
        f"/register/agreements/{AGREEMENT.reference}/",
        "/register/editions/2024-01/changes/",
    ):
        page = client.get(where).content.decode()
        assert "alert(1)" in page
        assert "<script>alert" not in page


def test_csv_has_no_formulas_and_json_knows_null(client: Client) -> None:
    rows = [replace(FILE, dataset='=HYPERLINK("http://x")', opt_outs=None)]
    Intake(Series.OFFICIAL, "a test").take_in(edition(files=rows, digest="1" * 64))
    response = client.get("/register/editions/2024-01/files.csv")
    body = b"".join(response.streaming_content).decode()
    (row,) = csv.DictReader(body.splitlines())
    assert row["dataset"] == '\'=HYPERLINK("http://x")'
    assert row["opt_outs"] == "not known"
    response = client.get("/register/editions/2024-01/files.json")
    (row,) = json.loads(b"".join(response.streaming_content))
    assert row["opt_outs"] is None
    assert row["month"] == "2022-03-01"


@needs_samples
def test_downloads_have_every_row(samples: Any, client: Client) -> None:
    for record, read in samples.values():
        for table, count in (("agreements", len(read.agreements)), ("files", len(read.files))):
            response = client.get(f"/register/editions/{record.slug}/{table}.json")
            assert len(json.loads(b"".join(response.streaming_content))) == count


@needs_samples
def test_the_feed_of_an_organisation_is_atom(samples: Any, client: Client) -> None:
    response = client.get("/register/organisations/home-office/changes.atom")
    assert response["Content-Type"] == "application/atom+xml"
    entries = ET.fromstring(response.content).findall("{http://www.w3.org/2005/Atom}entry")
    assert entries
    links = {e.find("{http://www.w3.org/2005/Atom}id").text for e in entries}
    assert len(links) == len(entries)


def test_caches_may_keep_public_pages_and_ask_again(
    client: Client, make_person: Callable[..., User], sign_in: Callable[[User], Client]
) -> None:
    Intake(Series.OFFICIAL, "a test").take_in(edition(digest="1" * 64))
    for where in ("/register/", "/register/editions/2024-01/files.csv"):
        first = client.get(where)
        assert "max-age=300" in first["Cache-Control"]
        again = client.get(where, headers={"if-none-match": first["ETag"]})
        assert again.status_code == 304
    mine = sign_in(make_person()).get("/register/")
    assert mine["Cache-Control"] == "no-store"


def test_nothing_taken_in_yet_is_said(client: Client) -> None:
    assert "No edition has been taken in yet." in text_of(client, "/register/")
    assert client.get("/register/organisations/").status_code == 200
    assert client.get("/register/", {"edition": "nope"}).status_code == 404
    assert (
        client.get("/register/", {"page": "x", "year": "x", "active": "maybe"}).status_code == 200
    )


# Taking in by upload.


def _upload(client: Client, content: bytes, name: str = "register_2024-03.xlsx") -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return client.post("/register/import/", {"workbook": SimpleUploadedFile(name, content)})


def test_an_upload_is_taken_in_by_the_worker(
    make_person: Callable[..., User],
    sign_in: Callable[[User], Client],
    recorded: Callable[..., Any],
) -> None:
    client = sign_in(make_person("data protection officer", name="Dee (invented)"))
    response = _upload(client, workbook(rows_of(edition())))
    job = Job.objects.get(pk=resolve(response["Location"]).kwargs["job_id"])
    assert list(uploads().iterdir())
    run_job.func(str(job.pk))
    job.refresh_from_db()
    assert job.state == "done", job.message
    assert job.result == "/register/editions/2024-03/"
    assert list(uploads().iterdir()) == []
    assert Edition.objects.get().taken_in_by == "Dee (invented)"
    assert "asked to take in" in recorded("decide")[0].body["what"]


def test_hostile_uploads_are_refused_with_the_rooms_words(
    make_person: Callable[..., User], sign_in: Callable[[User], Client]
) -> None:
    client = sign_in(make_person("administrator"))
    page = _upload(client, b"PK no workbook").content.decode()
    assert "This is not an Excel workbook" in page
    assert "The file is empty." in _upload(client, b"").content.decode()
    assert (
        "Choose a workbook."
        in client.post("/register/import/", {"published_0": ""}).content.decode()
    )
    assert not Job.objects.exists()
    far = client.post(
        "/register/import/", b"x", content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(10**9),
    )  # fmt: skip
    assert far.status_code == 400


def test_a_workbook_that_cannot_be_read_fails_with_its_problems(
    make_person: Callable[..., User], sign_in: Callable[[User], Client]
) -> None:
    client = sign_in(make_person("administrator"))
    rows = rows_of(edition())
    rows["DataReleases"][0][-1] = "soon"
    response = _upload(client, workbook(rows))
    job = Job.objects.get(pk=resolve(response["Location"]).kwargs["job_id"])
    run_job.func(str(job.pk))
    job.refresh_from_db()
    assert job.state == "failed"
    assert "sheet DataReleases, row 2" in job.message
    assert not Edition.objects.exists()
    assert list(uploads().iterdir()) == []


def test_the_name_of_an_upload_leads_nowhere_else(
    make_person: Callable[..., User], sign_in: Callable[[User], Client]
) -> None:
    client = sign_in(make_person("administrator"))
    _upload(client, workbook(rows_of(edition())), name="../../../etc/passwd.xlsx")
    (path,) = uploads().iterdir()
    assert re.fullmatch(r"[0-9a-f-]{36}\.xlsx", path.name)
    path.unlink()


# A reformatted page.


@needs_samples
@needs_seeds
def test_a_pasted_page_is_compared_with_the_register_and_with_a_later_one(
    samples: Any, make_person: Callable[..., User], sign_in: Callable[[User], Client]
) -> None:
    client = sign_in(make_person())
    page = client.post("/register/page/", {"page": seed("002")}).content.decode()
    assert "Against NHS England" in page
    both = client.post("/register/page/", {"page": seed("001"), "later": seed("000")})
    assert "What changed between the two" in both.content.decode()
    wrong = client.post("/register/page/", {"page": "nothing of the sort"}).content.decode()
    assert "There is a problem" in wrong


def test_folded_forms_and_tokens_agree() -> None:
    assert tokens("Falls – In  winter") == ["falls", "in", "winter"]
    assert fold(DATASET.dataset).startswith("emergency")
