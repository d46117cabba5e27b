"""The addresses of monitoring. The asker works at a service of their organisation, and not at one
of another."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from address_table import Address, Asked
from monitoring_rows import LIVERPOOL, SEFTON, a_client, a_record, a_service, at
from report_rows import SUMMER, a_shared_report

from sharewell.service.accounts.models import Organisation
from sharewell.service.monitoring import opening
from sharewell.service.monitoring.journeys.counting import count_area
from sharewell.service.monitoring.models import Service
from sharewell.service.monitoring.people.linking import find_who_is_who
from sharewell.service.monitoring.reach import staff_reach, within
from sharewell.service.monitoring.sealing import pseudonym
from sharewell.service.monitoring.uploads import mappings, sending
from sharewell.service.monitoring.uploads.sending import Sent

STAFF = ("service worker", "service manager")
MANAGER = ("service manager",)


def _mine(asked: Asked) -> Service:
    """Whoever is no staff is refused before anything is looked for, so theirs need not be."""
    if asked.person is None or asked.role not in STAFF:
        return Service(code="NOWHERE")
    return a_service(asked.person.organisation, asked.person)


def _service(asked: Asked) -> dict[str, Any]:
    return {"code": _mine(asked).code}


def _elsewhere(_asked: Asked) -> dict[str, Any]:
    return {"code": a_service().code}


def _module(name: str) -> tuple[Any, Any]:
    return (lambda a: _service(a) | {"module": name}, lambda a: _elsewhere(a) | {"module": name})


def _client(asked: Asked) -> dict[str, Any]:
    """A client whose record the asker opened."""
    service = _mine(asked)
    if asked.role not in STAFF:
        return {"code": service.code, "client_id": service.pk}
    client = a_client(service)
    with within(staff_reach(asked.person)):
        opening.note(client, "here", "")
    return {"code": service.code, "client_id": client.pk}


def _client_elsewhere(_asked: Asked) -> dict[str, Any]:
    service = a_service()
    return {"code": service.code, "client_id": a_client(service).pk}


def _record(asked: Asked) -> dict[str, Any]:
    service = _mine(asked)
    record = a_record(service, None) if asked.role in STAFF else service
    return {"code": service.code, "record_id": record.pk}


def _record_elsewhere(_asked: Asked) -> dict[str, Any]:
    service = a_service()
    return {"code": service.code, "record_id": a_record(service, None).pk}


def _of_client(asked: Asked) -> dict[str, Any]:
    return _client(asked) | {"module": "needle"}


def _upload(asked: Asked) -> dict[str, Any]:
    """An upload that the asker sent, and that waits to be tested."""
    service = _mine(asked)
    if asked.role not in STAFF:
        return {"code": service.code, "upload_id": service.pk}
    return {"code": service.code, "upload_id": _sent(service, asked.person)}


def _upload_elsewhere(_asked: Asked) -> dict[str, Any]:
    service = a_service()
    return {"code": service.code, "upload_id": _sent(service, None)}


def _sent(service: Service, by: Any) -> Any:
    with within(staff_reach(by)) if by else at(service):
        return sending.receive(by, service, [Sent("a.csv", [b"a,b\n"])], year=2026).pk


def _file(asked: Asked) -> dict[str, Any]:
    return _upload(asked) | {"position": 0}


def _supplier(asked: Asked) -> dict[str, Any]:
    service = _mine(asked)
    if asked.role in STAFF:
        with within(staff_reach(asked.person)):
            mappings.keep(service, mappings.EXAMPLE)
    return {"code": service.code, "slug": "name-of-the-supplier"}


def _provider(_asked: Asked) -> dict[str, Any]:
    Organisation.objects.get_or_create(
        short="Quay", defaults={"name": "Quay", "kind": Organisation.Kind.PROVIDER}
    )
    return {}


COUNTS = ("commissioner", "monitoring analyst")
ANALYST = ("monitoring analyst",)


def _area(asked: Asked) -> dict[str, Any]:
    """An area with a service, whose journeys of 2025-26 were counted."""
    if asked.role in COUNTS:
        a_service()
        count_area(LIVERPOOL, 2025)
    return {"area": LIVERPOOL}


def _no_area(_asked: Asked) -> dict[str, Any]:
    return {"area": SEFTON}


def _moves(asked: Asked) -> dict[str, Any]:
    return _area(asked) | {"year": 2025, "name": "moves"}


def _somebody(asked: Asked) -> dict[str, Any]:
    """Somebody who consents, by the pseudonym."""
    if asked.role not in ANALYST:
        return {"area": LIVERPOOL, "pseudonym": "nobody"}
    client = a_client(a_service())
    find_who_is_who()
    return {"area": LIVERPOOL, "pseudonym": pseudonym(client.pk)}


def _somebody_elsewhere(asked: Asked) -> dict[str, Any]:
    a_service()
    client = a_client(a_service(area=SEFTON))
    find_who_is_who()
    return {"area": LIVERPOOL, "pseudonym": pseudonym(client.pk)}


def _report(asked: Asked) -> dict[str, Any]:
    """A report of an area with a service, where the asker may read it."""
    if asked.person is not None and asked.role in COUNTS:
        a_service(area=SEFTON)
        a_shared_report(asked.person)
    return {"area": SEFTON, "period": SUMMER.slug}


def _report_of_no_area(_asked: Asked) -> dict[str, Any]:
    return {"area": "E08000011", "period": SUMMER.slug}


def _made(asked: Asked) -> dict[str, Any]:
    if asked.person is None or asked.role not in ANALYST:
        return {"report_id": uuid4()}
    return {"report_id": a_shared_report(asked.person).pk}


def _named(make: Any, name: str) -> Any:
    return lambda asked: make(asked) | {"name": name}


ADDRESSES = {
    "monitoring:reports": Address(COUNTS),
    "monitoring:report": Address(COUNTS, _report, _report_of_no_area),
    "monitoring:report_file": Address(
        COUNTS, _named(_report, "people.csv"), _named(_report_of_no_area, "people.csv")
    ),
    "monitoring:made_reports": Address(ANALYST),
    "monitoring:made_report": Address(ANALYST, _made, lambda _asked: {"report_id": uuid4()}),
    "monitoring:records_without_names": Address(ANALYST),
    "monitoring:start": Address(STAFF, answers=(200, 302)),
    "monitoring:services": Address(("administrator",)),
    "monitoring:new_service": Address(("administrator",), _provider),
    "monitoring:hatch": Address(STAFF, _service, _elsewhere),
    "monitoring:found": Address(STAFF, _service, _elsewhere, answers=(302,)),
    "monitoring:keep_draft": Address(STAFF, _service, _elsewhere, answers=(400,), method="post"),
    "monitoring:drop_draft": Address(STAFF, _service, _elsewhere, answers=(302,), method="post"),
    "monitoring:new": Address(STAFF, _service, _elsewhere),
    "monitoring:objects": Address(STAFF, _service, _elsewhere),
    "monitoring:record_of_who_objects": Address(STAFF, *_module("needle")),
    "monitoring:record_of_session": Address(STAFF, *_module("outreach")),
    "monitoring:manage": Address(MANAGER, _service, _elsewhere),
    "monitoring:openings": Address(MANAGER, _service, _elsewhere),
    "monitoring:client": Address(STAFF, _client, _client_elsewhere),
    "monitoring:why": Address(STAFF, _client, _client_elsewhere),
    "monitoring:history": Address(STAFF, _client, _client_elsewhere),
    "monitoring:edit": Address(STAFF, _client, _client_elsewhere),
    "monitoring:delete": Address(STAFF, _client, _client_elsewhere),
    "monitoring:record": Address(
        STAFF, _of_client, lambda a: _client_elsewhere(a) | {"module": "needle"}
    ),
    "monitoring:timeline": Address(STAFF, _client, _client_elsewhere),
    "monitoring:journeys": Address(COUNTS, answers=(200, 302)),
    "monitoring:journeys_area": Address(COUNTS, _area, _no_area),
    "monitoring:journeys_count": Address(COUNTS, _area, _no_area, answers=(302,), method="post"),
    "monitoring:journeys_file": Address(
        COUNTS, _moves, lambda a: _no_area(a) | {"year": 2025, "name": "moves"}
    ),
    "monitoring:journeys_people": Address(ANALYST, _area, _no_area),
    "monitoring:journeys_person": Address(ANALYST, _somebody, _somebody_elsewhere),
    "monitoring:edit_record": Address(STAFF, _record, _record_elsewhere),
    "monitoring:delete_record": Address(STAFF, _record, _record_elsewhere),
    "monitoring:own_activity": Address(STAFF, _service, _elsewhere),
    "monitoring:own_people": Address(STAFF, _service, _elsewhere),
    "monitoring:own_given": Address(STAFF, _service, _elsewhere),
    "monitoring:own_quality": Address(MANAGER, _service, _elsewhere),
    "monitoring:own_quality_module": Address(MANAGER, *_module("needle")),
    "monitoring:own_mend": Address(
        MANAGER,
        lambda a: _service(a) | {"what": "no-postcode"},
        lambda a: _elsewhere(a) | {"what": "no-postcode"},
    ),
    "monitoring:own_extract": Address(MANAGER, _service, _elsewhere),
    "monitoring:own_everything": Address(STAFF, _client, _client_elsewhere),
    "monitoring:own_pdf": Address(STAFF, _client, _client_elsewhere),
    "monitoring:own_files": Address(STAFF, _client, _client_elsewhere),
    "monitoring:uploads": Address(STAFF, _service, _elsewhere),
    "monitoring:send_files": Address(STAFF, _service, _elsewhere),
    "monitoring:upload_template": Address(STAFF, _service, _elsewhere),
    "monitoring:suppliers": Address(STAFF, _service, _elsewhere),
    "monitoring:new_mapping": Address(STAFF, _service, _elsewhere),
    "monitoring:mapping": Address(
        STAFF, _supplier, lambda a: _elsewhere(a) | {"slug": "name-of-the-supplier"}
    ),
    "monitoring:upload": Address(STAFF, _upload, _upload_elsewhere),
    # It is not tested yet, and there is nothing to undo: the page says so.
    "monitoring:apply_upload": Address(STAFF, _upload, _upload_elsewhere, method="post"),
    "monitoring:test_upload": Address(STAFF, _upload, _upload_elsewhere, method="post"),
    "monitoring:leave_upload": Address(STAFF, _upload, _upload_elsewhere, method="post"),
    "monitoring:undo_upload": Address(STAFF, _upload, _upload_elsewhere),
    "monitoring:upload_file": Address(
        STAFF, _file, lambda a: _upload_elsewhere(a) | {"position": 0}
    ),
    # Nothing was found yet.
    "monitoring:marked_file": Address(
        STAFF, _file, lambda a: _upload_elsewhere(a) | {"position": 0}, answers=(404,)
    ),
    "monitoring:upload_findings": Address(STAFF, _upload, _upload_elsewhere, answers=(404,)),
}
