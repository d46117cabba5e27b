"""A service that runs as `sharewell serve` runs it, and people who use it at once."""

from __future__ import annotations

import http.client
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Answers:
    """What one kind of page answered: seconds of each, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        """Seconds within which this share was answered."""
        cuts = statistics.quantiles(self.seconds, n=100, method="inclusive")
        return cuts[round(share * 100) - 1]


def session(person: Any) -> str:
    """A cookie with which the person is signed in, by password and second factor."""
    from allauth.mfa.models import Authenticator
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(person, "allauth.account.auth_backends.AuthenticationBackend")
    factor = Authenticator.objects.get(user=person, type="totp")
    made: Any = client.session
    made["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "email": person.email},
        {"method": "mfa", "at": time.time(), "id": factor.pk, "type": "totp"},
    ]
    made["account_authentication_methods_user"] = str(person.pk)
    made.save()
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"


@contextmanager
def served(home: Path) -> Iterator[int]:
    """The web server as `sharewell serve` runs it; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = ["--home", str(home), "serve", "--port", str(port)]
    process = subprocess.Popen([sys.executable, "-m", "sharewell.service", *command])
    try:
        while True:
            time.sleep(0.2)
            try:
                if get(http.client.HTTPConnection("127.0.0.1", port), "/health/", "") == 200:
                    break
            except OSError:
                if process.poll() is not None:
                    raise
        yield port
    finally:
        process.terminate()
        process.wait(30)


def get(connection: http.client.HTTPConnection, address: str, cookie: str) -> int:
    """Asks for a page and reads it whole; the status."""
    connection.request("GET", address, headers={"Cookie": cookie} if cookie else {})
    response = connection.getresponse()
    response.read()
    return response.status


def together(work: Sequence[Callable[[], None]]) -> None:
    """Does all of it at once, a thread each."""
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
