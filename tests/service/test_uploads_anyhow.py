"""Whatever files come: twice is once, and undoing in reverse order brings back what was."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from monitoring_rows import a_service
from upload_rows import apply, client, csv_of, everything, needle, send, undo

from sharewell.service.monitoring.models import Service

# Each test of an upload runs every check of the data set, so the files are few and never empty.
_FEW = settings(
    max_examples=3,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_DUMMY = {"client_id": "", "first_initial": "X", "last_initial": "X", "birth_date": "1955-05-05"}

_CLIENTS = st.dictionaries(st.integers(1, 3), st.sampled_from("ABT"))
"""Clients by number, each with a last initial, which the other file may tell otherwise."""
_ROWS = st.dictionaries(st.integers(1, 4), st.integers(0, 3), min_size=1)
"""Transactions by number, each with whose it is; 0 is somebody who objects."""
_FILES = st.lists(st.tuples(_CLIENTS, _ROWS), min_size=2, max_size=2)


@_FEW
@given(files=_FILES, twice=st.integers(0, 1))
def test_twice_is_once_and_undoing_restores(files: Any, twice: int) -> None:
    service = a_service()
    states, uploads = [everything(service)], []
    for place, (people, rows) in enumerate(files):
        content = _content(service, people, rows)
        upload = send(service, None, *content)
        assert not upload.counts["errors"]
        uploads.append(apply(upload, None))
        states.append(everything(service))
        assert {number for _, number in states[-1]["records"]} >= {f"N{n}" for n in rows}
        if place == twice:
            again = apply(send(service, None, *content), None)
            for kind in ("records", "clients"):
                assert (again.counts[kind]["added"], again.counts[kind]["changed"]) == (0, 0), kind
            assert everything(service) == states[-1]
    for upload, before in zip(reversed(uploads), reversed(states[:-1]), strict=True):
        undone = undo(upload, None)
        assert undone.counts["stayed"] == {"records": 0, "clients": 0}
        assert everything(service) == before


def _content(
    service: Service, people: dict[int, str], rows: dict[int, int]
) -> list[tuple[str, bytes]]:
    """The files: of the clients, if there are any, and of what was given to whom."""
    clients = [client(number, last_initial=letter) for number, letter in people.items()]
    told = [
        needle(number, of or 1)
        | ({"last_initial": people[of]} if of in people else {} if of else _DUMMY)
        | {"items_out": str(10 * number + of)}
        for number, of in rows.items()
    ]
    made = [("client.csv", csv_of("client", service, clients))] if clients else []
    return [*made, ("needle.csv", csv_of("needle", service, told))]
