"""The service starts only where its environment makes it safe."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from sharewell.service.config import ConfigError, load, smtp

STRONG = "9f3kQz_7LmPx2VtR8bNw4YcH6sJd1GaE5uKo0iTqZrXyWvBnMlC"
SAFE = {
    "SHAREWELL_ADDRESS": "https://sharewell.example.org",
    "SHAREWELL_SECRET": STRONG,
    "SHAREWELL_BEHIND_PROXY": "yes",
}


def test_a_safe_production_starts(home: Path) -> None:
    config = load(SAFE | {"SHAREWELL_HOME": str(home)})
    assert config.production
    assert config.secure
    before = load(SAFE | {"SHAREWELL_HOME": str(home), "SHAREWELL_SECRET_BEFORE": "older"})
    assert (config.secret_before, before.secret_before) == ("", "older")
    assert not (home / "service").exists(), "it keeps no secret of its own"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"SHAREWELL_SECRET": ""}, "SHAREWELL_SECRET is missing or weak"),
        ({"SHAREWELL_SECRET": "short"}, "SHAREWELL_SECRET is missing or weak"),
        ({"SHAREWELL_SECRET": "ab" * 40}, "SHAREWELL_SECRET is missing or weak"),
        ({"SHAREWELL_DEBUG": "yes"}, "SHAREWELL_DEBUG is on"),
        ({"SHAREWELL_ADDRESS": "http://sharewell.example.org"}, "plain HTTP"),
        ({"SHAREWELL_BEHIND_PROXY": ""}, "Nothing here speaks TLS"),
        ({"SHAREWELL_ADDRESS": "https://sharewell.example.org/app"}, "scheme and host alone"),
        ({"SHAREWELL_ADDRESS": "sharewell.example.org"}, "scheme and host alone"),
        ({"SHAREWELL_PASSWORDS": "none"}, "Use NCSC or IMS"),
        ({"SHAREWELL_EMAIL": "carrier pigeon"}, "SHAREWELL_EMAIL"),
        ({"SHAREWELL_IDLE_MINUTES": "soon"}, "whole number"),
        ({"SHAREWELL_JOURNEYS": "gap=long"}, "no term of journeys"),
    ],
)
def test_an_unsafe_one_does_not(home: Path, change: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load(SAFE | {"SHAREWELL_HOME": str(home)} | change)


def test_every_fault_is_said_at_once(home: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        load({"SHAREWELL_HOME": str(home), "SHAREWELL_ADDRESS": "http://x.example.org"})
    assert str(raised.value).count("\n- ") == 2


def test_with_nothing_set_it_serves_this_machine_alone(home: Path) -> None:
    config = load({"SHAREWELL_HOME": str(home)})
    assert not config.production
    assert config.address == "http://localhost:8000"
    kept = home / "service" / "secret"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert config.secret == load({"SHAREWELL_HOME": str(home)}).secret
    assert len(config.secret) > 60


def test_letters_go_out_under_tls_unless_they_stay_here() -> None:
    away = smtp("smtp://user:p%40ss@mail.example.org")
    assert (away["EMAIL_PORT"], away["EMAIL_USE_TLS"]) == (587, True)
    assert away["EMAIL_HOST_PASSWORD"] == "p@ss"
    assert smtp("smtps://mail.example.org")["EMAIL_USE_SSL"] is True
    assert smtp("smtp://localhost")["EMAIL_USE_TLS"] is False
