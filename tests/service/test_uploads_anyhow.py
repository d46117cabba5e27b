"""Whatever files come in whatever order: twice is once, and undoing brings back what was."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from monitoring_rows import a_service
from upload_rows import apply, client, csv_of, everything, needle, send, undo

from sharewell.service.monitoring.models import Service

_CHANCE = settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def _files(draw: st.DrawFn) -> list[tuple[list[int], list[tuple[int, int]]]]:
    """Two files: the clients in each, with a letter that may change, and rows with whose they
    are."""
    one = st.tuples(
        st.lists(st.tuples(st.integers(1, 3), st.sampled_from("ABT")), unique_by=lambda p: p[0]),
        st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3)), unique_by=lambda p: p[0]),
    )
    return draw(st.lists(one, min_size=1, max_size=2))


def _content(service: Service, file: Any) -> list[tuple[str, bytes]]:
    people, rows = file
    letters = dict(people)
    dummy = {"client_id": "", "first_initial": "X", "last_initial": "X", "birth_date": "1955-05-05"}
    told = [
        needle(number, of or 1)
        | ({"last_initial": letters[of]} if of in letters else {} if of else dummy)
        | {"items_out": str(10 * number + of)}
        for number, of in rows
    ]
    made = []
    if people:
        clients = [client(n, last_initial=letter) for n, letter in people]
        made.append(("client.csv", csv_of("client", service, clients)))
    if rows:
        made.append(("needle.csv", csv_of("needle", service, told)))
    return made


@_CHANCE
@given(_files())
def test_twice_is_once_and_undoing_restores(files: Any) -> None:
    service = a_service()
    states, uploads = [everything(service)], []
    for file in files:
        content = _content(service, file)
        if not content:
            continue
        upload = send(service, None, *content)
        assert not upload.counts["errors"]
        uploads.append(apply(upload, None))
        states.append(everything(service))
        again = apply(send(service, None, *content), None)
        for kind in ("records", "clients"):
            assert (again.counts[kind]["added"], again.counts[kind]["changed"]) == (0, 0), kind
        assert everything(service) == states[-1]
    for upload, before in zip(reversed(uploads), reversed(states[:-1]), strict=True):
        undone = undo(upload, None)
        assert undone.counts["stayed"] == {"records": 0, "clients": 0}
        assert everything(service) == before
