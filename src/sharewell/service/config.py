"""What the environment says about this installation, checked before anything starts.

An installation whose address is not this machine itself is in production. There is no switch
for that, so nobody can forget it: a service that others can reach is never weakly protected.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sharewell.journeys import Terms, read_terms

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
PASSWORD_PROFILES = ("NCSC", "IMS")
_YES = frozenset({"1", "yes", "true", "on"})
_SECRET_LENGTH = 50
_SECRET_LETTERS = 12


class ConfigError(Exception):
    """The environment does not make a safe service; the message lists every fault and remedy."""


@dataclass(frozen=True)
class Config:
    """One installation. ``address`` is how people reach it, as they type it."""

    home: Path
    agreements: Path
    keys: Path
    address: str
    secret: str
    secret_before: str
    debug: bool
    database: str
    passwords: str
    email: str
    mail_from: str
    behind_proxy: bool
    certificate: str
    key: str
    idle_minutes: int
    absolute_minutes: int
    journeys: Terms

    @property
    def host(self) -> str:
        """The host of the address, without its port."""
        return urlsplit(self.address).hostname or ""

    @property
    def production(self) -> bool:
        """Whether anyone but this machine can reach the service."""
        return self.host not in LOCAL_HOSTS

    @property
    def secure(self) -> bool:
        """Whether people reach it by HTTPS."""
        return urlsplit(self.address).scheme == "https"


def load(environ: Mapping[str, str]) -> Config:
    """The installation that these variables describe; ConfigError with every fault at once."""
    home = Path(environ.get("SHAREWELL_HOME", "var")).expanduser().resolve()
    address = environ.get("SHAREWELL_ADDRESS", "http://localhost:8000").rstrip("/")
    local = (urlsplit(address).hostname or "") in LOCAL_HOSTS
    secret = environ.get("SHAREWELL_SECRET", "")
    config = Config(
        home=home,
        agreements=Path(environ["SHAREWELL_AGREEMENTS"]).resolve()
        if environ.get("SHAREWELL_AGREEMENTS")
        else examples() / "agreements",
        keys=Path(environ.get("SHAREWELL_KEYS") or home / "keys").expanduser().resolve(),
        address=address,
        secret=secret or (_kept_secret(home) if local else ""),
        secret_before=environ.get("SHAREWELL_SECRET_BEFORE", ""),
        debug=_yes(environ, "SHAREWELL_DEBUG"),
        database=environ.get("DATABASE_URL", "").strip(),
        passwords=environ.get("SHAREWELL_PASSWORDS", "NCSC").upper(),
        email=environ.get("SHAREWELL_EMAIL", "file"),
        mail_from=environ.get("SHAREWELL_MAIL_FROM", "sharewell@localhost"),
        behind_proxy=_yes(environ, "SHAREWELL_BEHIND_PROXY"),
        certificate=environ.get("SHAREWELL_TLS_CERTIFICATE", ""),
        key=environ.get("SHAREWELL_TLS_KEY", ""),
        idle_minutes=_minutes(environ, "SHAREWELL_IDLE_MINUTES", 30),
        absolute_minutes=_minutes(environ, "SHAREWELL_ABSOLUTE_MINUTES", 12 * 60),
        journeys=_journeys(environ.get("SHAREWELL_JOURNEYS", "")),
    )
    if faults := list(_faults(config)):
        raise ConfigError("The service does not start:\n" + "\n".join(f"- {f}" for f in faults))
    return config


def smtp(address: str) -> dict[str, object]:
    """Django's settings for ``smtp://user:password@host:port`` (``smtps`` for TLS at once;
    otherwise STARTTLS is used, except to this machine itself)."""
    parts = urlsplit(address)
    local = parts.hostname in LOCAL_HOSTS
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25 if local else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and not local,
        "EMAIL_TIMEOUT": 20,
    }


def examples() -> Path:
    """The example files: in the package when installed, in the checkout otherwise."""
    packaged = Path(str(resources.files("sharewell"))) / "examples"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[3] / "examples"


def _faults(config: Config) -> Iterator[str]:
    """What makes this installation unsafe, each with its remedy."""
    parts = urlsplit(config.address)
    if parts.scheme not in ("http", "https") or not config.host or parts.path:
        yield (
            f"SHAREWELL_ADDRESS is '{config.address}'. Give scheme and host alone, such as "
            "https://sharewell.example.org."
        )
    if config.passwords not in PASSWORD_PROFILES:
        yield f"SHAREWELL_PASSWORDS is '{config.passwords}'. Use NCSC or IMS."
    if config.email not in ("file", "console"):
        letters = urlsplit(config.email)
        if letters.scheme not in ("smtp", "smtps") or not letters.hostname:
            yield "SHAREWELL_EMAIL is not file, console or smtp://user:password@host:port."
    if not config.production:
        return
    if config.debug:
        yield f"SHAREWELL_DEBUG is on at {config.host}: error pages would show secrets. Unset it."
    if not config.secure:
        yield (
            f"{config.address} is plain HTTP: passwords would cross the network in the clear. "
            "Give SHAREWELL_ADDRESS with https."
        )
    elif not config.behind_proxy and not (config.certificate and config.key):
        yield (
            "Nothing here speaks TLS. Set SHAREWELL_TLS_CERTIFICATE and SHAREWELL_TLS_KEY, or "
            "SHAREWELL_BEHIND_PROXY=yes where a proxy does and sets X-Forwarded-Proto."
        )
    if len(config.secret) < _SECRET_LENGTH or len(set(config.secret)) < _SECRET_LETTERS:
        yield (
            "SHAREWELL_SECRET is missing or weak: at least "
            f"{_SECRET_LENGTH} characters, {_SECRET_LETTERS} of them different. Make one with "
            "python -c 'import secrets; print(secrets.token_urlsafe(64))'."
        )


def _yes(environ: Mapping[str, str], name: str) -> bool:
    return environ.get(name, "").strip().lower() in _YES


def _minutes(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    if not text.isdigit() or not 1 <= int(text) <= 7 * 24 * 60:
        raise ConfigError(f"{name} is '{text}'. Give minutes as a whole number from 1 to 10080.")
    return int(text)


def _journeys(text: str) -> Terms:
    try:
        return read_terms(text)
    except ValueError as error:
        raise ConfigError(f"SHAREWELL_JOURNEYS: {error}") from None


def _kept_secret(home: Path) -> str:
    """The secret that a local installation made for itself, and keeps for its owner alone."""
    path = home / "service" / "secret"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("ascii")
    with os.fdopen(descriptor, "w") as file:
        file.write(secret := secrets.token_urlsafe(64))
    return secret
