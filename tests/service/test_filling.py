"""Invented services: a filling that is stopped half-way is ended by the next."""

from __future__ import annotations

import pytest
from monitoring_rows import at

from sharewell.monitoring.synthesis import Size
from sharewell.service.accounts import demo as people
from sharewell.service.accounts.models import Organisation
from sharewell.service.monitoring import filling, reach
from sharewell.service.monitoring.models import Service

SMALL = Size(services=1, people=20, activities=60, first_year=2025, years=1)


def _fill(organisation: Organisation) -> tuple[Service, list[str]]:
    stages: list[str] = []
    (service,) = filling.fill(
        SMALL,
        lambda _area: organisation,
        modules=["needle"],
        progress=lambda stage, _done: stages.append(stage),
    )
    return service, list(dict.fromkeys(stages))


def _states(service: Service) -> list[str]:
    with at(service):
        return [upload.state for upload in reach.uploads().order_by("number")]


def test_what_was_stopped_half_way_is_filled_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = people.provider(0)

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(filling, "ask_to_apply", stop)
        with pytest.raises(KeyboardInterrupt):
            _fill(provider)
    service, stages = _fill(provider)
    assert stages == [
        "Inventing records",
        "Sending, testing and applying files",
        "Finding who is who",
    ]
    assert _states(service) == ["dropped", "applied"]
    with at(service):
        clients, records = reach.clients().count(), reach.records().count()
    assert clients
    assert records
    again, stages = _fill(provider)
    assert (again, stages) == (service, ["Finding who is who"]), "what is there is left as it is"
    assert _states(service) == ["dropped", "applied"]
