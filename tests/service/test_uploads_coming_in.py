"""How files come in: by page, program and watched folder; hostile ones; and workers that die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import resolve, reverse
from monitoring_rows import a_service, at
from upload_rows import again, apply, client, csv_of, everything, found, needle, run, send

from sharewell.monitoring import data_set, workbook, write_template
from sharewell.service.accounts.models import Organisation, User
from sharewell.service.api.tokens import make
from sharewell.service.jobs.queue import rescue, run_job
from sharewell.service.monitoring import reach
from sharewell.service.monitoring.errors import MonitoringFault
from sharewell.service.monitoring.keys import KeyTroubleError
from sharewell.service.monitoring.models import Service, Staff, Upload
from sharewell.service.monitoring.uploads import sending, vault
from sharewell.service.monitoring.uploads.against import CHECKS
from sharewell.service.monitoring.uploads.folder import Watch
from sharewell.service.monitoring.uploads.sending import Sent

SignIn = Callable[[User], Client]
DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def place(make_person: Callable[..., User]) -> tuple[Service, User]:
    """A service and who works there."""
    house = Organisation.objects.create(
        name="Harbour (invented)", short="Harbour", kind=Organisation.Kind.PROVIDER
    )
    worker = make_person("service worker", name="Wren Worker (invented)", organisation=house)
    return a_service(house, worker), worker


# --- by page --------------------------------------------------------------------------------------


def test_a_file_goes_through_the_pages(
    place: Any, sign_in: SignIn, recorded: Callable[..., Any]
) -> None:
    service, worker = place
    browser = sign_in(worker)
    content = csv_of("needle", service, [needle(1), needle(2, 2, items_out="many")])
    answer = browser.post(
        reverse("monitoring:send_files", args=[service.code]),
        {"files": SimpleUploadedFile("june.csv", content), "supplier": "", "year": "2026"},
    )
    assert answer.status_code == 302
    where, history = answer["Location"], reverse("monitoring:uploads", args=[service.code])
    assert "Look again" in browser.get(where).content.decode()
    with at(service):
        upload = reach.uploads().get()
    run(upload)
    page = browser.get(where).content.decode()
    assert "Nothing was changed" in page
    assert "This is not a whole number" in page
    assert "SVC105" in page
    assert "june.csv" in browser.get(where + "?code=MON108").content.decode()
    assert content == _content(browser.get(where + "files/0/"))
    assert b"MON108" in _content(browser.get(where + "files/0/marked/"))
    assert b"june.csv,3,items_out" in _content(browser.get(where + "findings/"))
    refused = browser.post(where + "apply/", {"how": "all"}).content.decode()
    assert "not all of it can be applied" in refused
    assert browser.post(where + "apply/", {"how": "good"}).status_code == 302
    run(again(upload))
    assert "Records: 1 added" in browser.get(history).content.decode()
    assert "1 record and 1 client" in browser.get(where + "undo/").content.decode()
    assert browser.post(where + "undo/").status_code == 302
    run(again(upload))
    assert everything(service) == {"clients": {}, "records": {}}
    said = " ".join(entry.body["what"] for entry in recorded())
    for what in ("sent files", "tested: 2 rows", "applied: records: 1", "undone: 1", "downloaded"):
        assert what in said
    assert "june" not in said, "what a sender calls a file is no matter of the ledger"


def test_a_mapping_that_is_wrong_says_where(place: Any, sign_in: SignIn) -> None:
    service, worker = place
    browser = sign_in(worker)
    where = reverse("monitoring:new_mapping", args=[service.code])
    for text, said in (
        ("supplier: [x", "This is not YAML, in line"),
        (
            "supplier: X\nmodules: {needle: {columns: {shoe: Size}}}",
            "&#x27;shoe&#x27; is not known",
        ),
        ("modules: {needle: {columns: {sex: Sex}}}", "Say whose files these are"),
        ("a: &x 1\nsupplier: *x", "no aliases"),
    ):
        assert said in browser.post(where, {"text": text}).content.decode()
    good = "supplier: X Ray\nmodules: {needle: {columns: {sex: Sex}}}"
    assert browser.post(where, {"text": good})["Location"].endswith("/suppliers/x-ray/")
    browser.post(where, {"text": good.replace("Sex}", "Gender}")})
    page = browser.get(reverse("monitoring:mapping", args=[service.code, "x-ray"]))
    assert "Version 2" in page.content.decode()


def test_the_files_are_sealed_and_called_by_no_name_of_the_sender(place: Any) -> None:
    service, worker = place
    content = csv_of("client", service, [client(1, postcode="ZX1 1AA")])
    upload = send(service, worker, ("../../Jane Doe.csv", content))
    folder = vault._folder(upload.pk)
    names = [path.name for path in folder.iterdir()]
    assert not any("Jane" in name for name in names)
    everything_there = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"ZX1" not in everything_there
    assert upload.files.model  # the name is kept in the database, without its path
    with at(service):
        assert upload.files.get().name == "Jane Doe.csv"
    sealed = folder / "original-0"
    sealed.write_bytes(sealed.read_bytes()[:-1] + b"x")
    with pytest.raises(KeyTroubleError, match="changed on disk"):
        list(vault.opened(upload.pk, "original-0"))
    assert list((folder.parent.parent / "opened").iterdir()) == []


# --- what is hostile ------------------------------------------------------------------------------


def _zip(parts: dict[str, bytes]) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"%PDF-1.7", "MON004"),
        ("a.csv", "record_id,service\n1,2\n".encode("utf-16-le"), "MON007"),
        ("a.xlsx", _zip({"xl/workbook.xml": b"x", "xl/vbaProject.bin": b"x"}), "MON005"),
        ("a.xlsx", _zip({"xl/workbook.xml": b"x"})[:-9], "MON006"),
        ("a.csv", b'record_id,service\n"1,2\n', "MON008"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_finding(
    place: Any, name: str, content: bytes, code: str
) -> None:
    service, worker = place
    upload = send(service, worker, (name, content))
    assert upload.state == "tested", upload.message
    assert code in found(upload)
    with at(service), pytest.raises(MonitoringFault, match="No row of it is good"):
        sending.ask_to_apply(worker, upload, only_good=True)


def test_a_zip_bomb_is_not_unpacked(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    service, worker = place
    monkeypatch.setattr(workbook, "GREATEST_CONTENT", 2**20)
    bomb = {"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": b" " * 2**21}
    upload = send(service, worker, ("a.xlsx", _zip(bomb)))
    assert found(upload) == {"MON005": 1}


def test_too_much_too_many_and_nothing_are_refused_at_once(
    place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, worker = place
    monkeypatch.setattr(sending, "GREATEST", 10)
    with at(service):
        for files, why in (
            ([Sent("a.csv", [b"123456"]), Sent("b.csv", [b"123456"])], "Send them in parts"),
            ([Sent("a.csv", [])], "empty"),
            ([Sent("a.csv", [b"1"])] * 21, "at most 20"),
            ([], "at least one"),
        ):
            with pytest.raises(MonitoringFault, match=why):
                sending.receive(worker, service, files, year=2026)
        assert not reach.uploads().exists()


def test_a_workbook_of_the_template_is_read(place: Any, tmp_path: Path) -> None:
    import openpyxl

    service, worker = place
    path = tmp_path / "template.xlsx"
    write_template(data_set(2026), [data_set(2026).module("client")], path)
    book = openpyxl.load_workbook(path)
    row = client(1, service=service.code)
    book["client"].append([row.get(name, "") for name in data_set(2026).module("client").names])
    book.save(path)
    upload = apply(send(service, worker, ("year.xlsx", path.read_bytes())), worker)
    assert upload.counts["clients"]["added"] == 1


def test_two_people_who_send_and_apply_the_same_file_do_it_once(
    place: Any, make_person: Callable[..., User]
) -> None:
    service, worker = place
    other = make_person("service manager", organisation=service.organisation)
    file = ("needle.csv", csv_of("needle", service, [needle(1)]))
    one, two = send(service, worker, file), send(service, other, file)
    with at(service):
        assert sending.twins(two) == [one]
    apply(one, worker)
    done = apply(two, other)
    assert done.counts["records"] == {"added": 0, "changed": 0, "left": 1}
    assert done.counts["clients"] == {"added": 0, "changed": 0, "left": 1}
    with at(service), pytest.raises(MonitoringFault, match="somebody was quicker"):
        sending.ask_to_apply(worker, one, only_good=False)


def test_who_left_the_service_applies_nothing_more(place: Any) -> None:
    service, worker = place
    upload = send(service, worker, ("needle.csv", csv_of("needle", service, [needle(1)])))
    with at(service):
        sending.ask_to_apply(worker, upload, only_good=False)
    with reach.within(reach.Reach("staff", None, frozenset(), frozenset({service.pk}))):
        Staff.objects.all().delete()
    job = run(again(upload))
    assert "no longer works" in job.message
    assert again(upload).state == Upload.State.TESTED
    assert everything(service)["records"] == {}


def test_every_check_of_the_service_is_in_the_how_to() -> None:
    page = (DOCS / "how-to" / "send-files.md").read_text("utf-8")
    for check in CHECKS.values():
        assert f"| {check.code} | {check.level} | {check.wrong} | {check.do} |" in page


# --- by a program ---------------------------------------------------------------------------------


def test_a_program_sends_follows_and_applies(place: Any) -> None:
    service, worker = place
    _, secret = make(worker, "Nightly", ["uploads:send", "uploads:read"], 1)
    _, reader = make(worker, "Reader", ["uploads:read"], 1)
    at_service = f"/api/v1/monitoring/{service.code}/uploads"
    sent = {"files": SimpleUploadedFile("n.csv", csv_of("needle", service, [needle(1)]))}
    program = Client(headers={"authorization": f"Bearer {secret}"})
    watcher = Client(headers={"authorization": f"Bearer {reader}"})
    answer = program.post(at_service, sent)
    assert answer.status_code == 202, answer.content
    where = f"{at_service}/{answer.json()['id']}"
    with at(service):
        upload = reach.uploads().get()
    run(upload)
    assert [letter.to for letter in mail.outbox] == [[worker.email]]
    assert "1 rows were tested" in mail.outbox[0].body
    now = watcher.get(where).json()
    assert (now["state"], now["sound"], now["records"]["added"]) == ("tested", 1, 1)
    assert watcher.get(where + "/findings").json()[-1]["code"]
    applied = {"data": {"only_good": False}, "content_type": "application/json"}
    assert watcher.post(where + "/apply", **applied).status_code == 403
    assert program.post(where + "/apply", **applied).status_code == 202
    run(again(upload))
    assert watcher.get(at_service).json()[0]["state"] == "applied"
    refused = program.post(where + "/apply", **applied)
    assert refused.status_code == 409
    assert "applied by now" in refused.json()["detail"]
    assert program.post(where + "/undo").status_code == 202
    run(again(upload))
    assert watcher.get(where).json()["state"] == "undone"
    unknown = program.post(at_service, sent | {"supplier": "nobody"})
    assert unknown.status_code == 409
    elsewhere = a_service()
    assert watcher.get(f"/api/v1/monitoring/{elsewhere.code}/uploads").status_code == 404


# --- by a watched folder --------------------------------------------------------------------------


def test_the_folder_takes_what_is_whole_once(place: Any, tmp_path: Path) -> None:
    service, worker = place
    home = tmp_path / service.code
    home.mkdir()
    (tmp_path / "NOBODY99").mkdir()
    (tmp_path / "NOBODY99" / "a.csv").write_bytes(b"a,b\n")
    content = csv_of("needle", service, [needle(1)])
    (home / "half.csv.part").write_bytes(content[:20])
    (home / "june.csv").write_bytes(content[:20])
    watch = Watch(tmp_path, still=0.05)
    assert watch.look() == []
    (home / "june.csv").write_bytes(content)  # it was still being written
    assert watch.look() == []
    time.sleep(0.06)
    (made,) = watch.look()
    assert watch.look() == []
    assert not (home / "june.csv").exists()
    assert (home / "half.csv.part").exists()
    with at(service):
        upload = reach.uploads().get(pk=made)
    assert upload.by is None
    run(upload)
    run(again(upload))  # nothing is wrong, so it is applied at once
    assert again(upload).state == Upload.State.APPLIED
    assert {letter.to[0] for letter in mail.outbox} == {worker.email}
    assert "It was applied" in mail.outbox[-1].body
    assert set(everything(service)["records"]) == {("needle", "N1")}


def test_a_bad_file_in_the_folder_waits_for_somebody(place: Any, tmp_path: Path) -> None:
    service, _ = place
    home = tmp_path / service.code
    home.mkdir()
    (home / "bad.csv").write_bytes(csv_of("needle", service, [needle(1, items_out="many")]))
    (home / "bad.csv.done").write_bytes(b"")
    (made,) = Watch(tmp_path).look()
    with at(service):
        upload = reach.uploads().get(pk=made)
    run(upload)
    assert again(upload).state == Upload.State.TESTED
    assert "correct the file" in mail.outbox[0].body
    assert list(home.glob("*.done")) == []


def test_what_was_moved_and_not_received_is_received_by_the_next(
    place: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, _ = place
    home = tmp_path / service.code
    home.mkdir()
    (home / "june.csv").write_bytes(csv_of("needle", service, [needle(1)]))
    (home / "june.csv.done").write_bytes(b"")
    with monkeypatch.context() as patched:
        patched.setattr(sending, "receive", _die)
        with pytest.raises(KeyboardInterrupt):
            Watch(tmp_path).look()
    assert len(Watch(tmp_path).look()) == 1
    assert Watch(tmp_path).look() == []
    (home / "empty.csv").write_bytes(b"")
    (home / "empty.csv.done").write_bytes(b"")
    assert Watch(tmp_path).look() == []
    assert [path.name for path in (home / "refused").rglob("*") if path.is_file()] != []
    assert "empty" in mail.outbox[-1].body


def _die(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


# --- workers that die -----------------------------------------------------------------------------

_WORKER = """
import os, sys, time
sys.path.insert(0, {tests!r})
os.environ["DJANGO_SETTINGS_MODULE"] = "service_settings"
import django
from unittest import mock
django.setup()
from django.conf import settings
from pathlib import Path
settings.SHAREWELL_HOME = Path({home!r})
settings.SHAREWELL_KEYS = Path({keys!r})
from django.db import connections
from sharewell.service import database
connections["default"].settings_dict.update(database.settings_of(os.environ["DATABASE_URL"]))
from sharewell.service.monitoring.uploads import activity, testing
def wait(*_, **__):
    Path({told!r}).touch()
    time.sleep(60)
{module}.{name} = wait
from sharewell.service.jobs.queue import run_job
run_job.func({job!r})
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("module", "name"),
    [("activity", "_bundle_changed"), ("activity", "_sealed_part"), ("activity", "_keep_left")],
)
def test_a_worker_killed_while_it_applies_loses_and_doubles_nothing(
    place: Any, tmp_path: Path, settings: Any, module: str, name: str
) -> None:
    service, worker = place
    files = (
        ("client.csv", csv_of("client", service, [client(1), client(2)])),
        ("needle.csv", csv_of("needle", service, [needle(1), needle(2, 2)])),
    )
    upload = send(service, worker, *files)
    with at(service):
        sending.ask_to_apply(worker, upload, only_good=False)
    job = str(resolve(again(upload).job).kwargs["job_id"])
    told = tmp_path / "told"
    script = tmp_path / "worker.py"
    script.write_text(
        _WORKER.format(
            tests=str(Path(__file__).parent),
            home=str(settings.SHAREWELL_HOME),
            keys=str(settings.SHAREWELL_KEYS),
            told=str(told),
            module=module,
            name=name,
            job=job,
        )
    )
    process = subprocess.Popen([sys.executable, str(script)], env=dict(os.environ))
    deadline = time.monotonic() + 120
    while not told.exists():
        assert process.poll() is None
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert everything(service) == {"clients": {}, "records": {}}, "nothing is there by halves"
    while rescue(job) == 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    run_job.func(job)
    done = again(upload)
    assert done.state == "applied", done.message
    assert done.counts["records"] == {"added": 2, "changed": 0, "left": 0}
    kept = everything(service)
    assert (len(kept["clients"]), len(kept["records"])) == (2, 2)


def _content(answer: Any) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)
