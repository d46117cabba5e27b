"""A service's own pages over 200,000 records: what each takes from the question to the page."""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sharewell.ledger import connect_info

DOCS = Path(__file__).parent.parent / "docs" / "benchmarks-own.md"
START, END = "<!-- measured: start -->", "<!-- measured: end -->"
BAR = 1.0
"""Seconds within which a page of the last 12 months is there."""
PAGES = (
    ("Activity", "own_activity"),
    ("People", "own_people"),
    ("Needles, naloxone and referrals", "own_given"),
    ("Quality of the data", "own_quality"),
)
_YEARS = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; 1 where the bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench own", description=__doc__)
    parser.add_argument("--clients", type=int, default=8_000)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--no-docs", action="store_true", help="leave the docs page alone")
    parser.add_argument("--shared", action="store_true", help="say that the machine was shared")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="sharewell-bench-") as folder:
        _set_up(Path(folder))
        code, browser = _fill(given.clients, given.records)
        year, ever = _measure(browser, code, given.times)
        taken, size = _extract(browser, code)
    slowest = max(map(statistics.median, year.values()))
    shared = (
        f" Other work ran on the same machine at the same time (load {os.getloadavg()[0]:.0f})."
        if given.shared
        else ""
    )
    lines = [
        f"Measured on {datetime.now(UTC).date()} with Python {platform.python_version()} on "
        f"{os.cpu_count()} cores.{shared} One service with {given.clients:,} clients and "
        f"{given.records:,} records of {_YEARS} years; the median of {given.times}, and the "
        "seconds of the processor that the web server needs of it.",
        "",
        "| Page | Last 12 months, s | of it in the web server, s | Ten years, s |",
        "|---|---:|---:|---:|",
    ]
    lines += [
        f"| {title} | {statistics.median(year[name]):.2f} | "
        f"{statistics.median(year[name + ' cpu']):.2f} | {statistics.median(ever[name]):.2f} |"
        for title, name in PAGES
    ]
    verdict = "met" if slowest <= BAR else "**missed**"
    lines += [
        "",
        f"An extract of everything took {taken:.0f} s ({size / 1e6:.1f} MB), sent as it was made.",
        "",
        f"The bar, a page of the last 12 months within {BAR:.0f} s, is {verdict}.",
    ]
    report = "\n".join(lines)
    print(report)
    if not given.no_docs:
        before, _, rest = DOCS.read_text("utf-8").partition(START)
        _, _, after = rest.partition(END)
        DOCS.write_text(f"{before}{START}\n{report}\n{END}{after}", "utf-8")
    return int(slowest > BAR)


def _set_up(home: Path) -> None:
    os.environ |= {
        "SHAREWELL_HOME": str(home),
        "DATABASE_URL": connect_info(home),
        "DJANGO_SETTINGS_MODULE": "sharewell.service.settings",
    }
    import django

    django.setup()
    from django.conf import settings

    from sharewell.service import running

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECURE_SSL_REDIRECT = False
    running.prepare()


def _fill(clients: int, records: int) -> tuple[str, Any]:
    """A service with ten years behind it, and a browser in which its manager is signed in."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
    from django.db import connection
    from django.utils import timezone

    from sharewell.service.accounts.models import Grant, Organisation, User
    from sharewell.service.monitoring import clients as entering
    from sharewell.service.monitoring.models import Service
    from sharewell.service.monitoring.postcodes import INVENTED, load
    from sharewell.service.monitoring.reach import Reach, reach_of_service, within

    load(INVENTED)
    house = Organisation.objects.create(
        name="Harbour (invented)", short="Harbour", kind=Organisation.Kind.PROVIDER
    )
    manager = User.objects.create_user("mo@example.org", "four quiet words", organisation=house)
    Grant.objects.create(
        person=manager, role="service manager", organisation=house, starts=timezone.localdate()
    )
    TOTP.activate(manager, generate_totp_secret())
    with within(Reach("administrator")):
        service = Service.objects.create(
            organisation=house, code="HATCH01", name="Hatch 1 (invented)", area="E08000012",
            modules=["needle", "naloxone", "brief_intervention", "referral"],
        )  # fmt: skip
    chance, today = random.Random(3), timezone.localdate()
    for begin in range(0, clients, 2_000):
        with within(reach_of_service(service.pk)):
            rows = [_row(chance, today) for _ in range(min(2_000, clients - begin))]
            entering.add_all(service, rows)
    with within(reach_of_service(service.pk)), connection.cursor() as cursor:
        cursor.execute(_RECORDS, [service.pk, service.pk, today, records - 1, clients])
    return service.code, signed_in(manager)


def signed_in(person: Any) -> Any:
    """A browser of Django's, in which the person stays signed in for as long as one measures."""
    from django.test import Client as Browser
    from django.utils import timezone

    browser = Browser()
    browser.force_login(person, "allauth.account.auth_backends.AuthenticationBackend")
    session, now = browser.session, timezone.now().timestamp()
    session["account_authentication_methods"] = [
        {"method": "password", "at": now + 3600, "email": person.email, "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return browser


_RECORDS = """
WITH mine AS (
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS place
    FROM monitoring_client WHERE service_id = %s
)
INSERT INTO monitoring_record (id, service_id, client_id, objected, module, day, record_id,
    transaction, place, fields, version, changed, entered)
SELECT gen_random_uuid(), %s, CASE WHEN g %% 60 > 1 THEN mine.id END, g %% 60 <= 1, m, d, 'R' || g,
    CASE WHEN m = 'needle' THEN 'W-' || md5((g / 2)::text) ELSE '' END, 'SERVICE',
    jsonb_strip_nulls(CASE m
        WHEN 'needle' THEN jsonb_build_object(
            'item', (ARRAY['SET1ML', 'SWAB', 'BIN', 'NEEDLEGREEN'])[1 + g %% 4],
            'items_out', 1 + g %% 40, 'returned', CASE WHEN g %% 3 = 0 THEN g %% 30 END,
            'main_substance', (ARRAY['HEROIN', 'STEROID'])[1 + g / 2 %% 2])
        WHEN 'naloxone' THEN jsonb_build_object(
            'action', 'ISSUED', 'kits', 1, 'form', 'NASAL', 'recipient', 'CLIENT')
        WHEN 'referral' THEN jsonb_build_object(
            'direction', (ARRAY['IN', 'OUT'])[1 + g %% 2], 'agency', 'GP',
            'arrived', (ARRAY['Y', 'N', 'U'])[1 + g %% 3])
        ELSE jsonb_build_object(
            'substance', 'CANNABIS', 'intervention', 'SAFERINJ', 'outcome', 'COMPLETED')
    END), 1, now(), d + interval '1 day' * (g %% 12)
FROM (
    SELECT g, %s::date - (g / 2 * 7919 %% 3640) AS d,
        CASE g / 2 %% 10 WHEN 7 THEN 'brief_intervention' WHEN 8 THEN 'naloxone'
            WHEN 9 THEN 'referral' ELSE 'needle' END AS m
    FROM generate_series(0, %s) g
) made JOIN mine ON mine.place = g / 2 * 31 %% %s
"""
"""Records of no version: the reports read none, and the pages of clients are not asked."""


def _row(chance: random.Random, today: date) -> dict[str, str]:
    letters = "ABCDEFGHJKLMNPRSTW"
    return {
        "first_initial": chance.choice(letters),
        "last_initial": chance.choice(letters),
        "birth_date": (date(1955, 1, 1) + timedelta(days=chance.randrange(18_000))).isoformat(),
        "sex": chance.choice("MMMF"),
        "consent": "N" if chance.random() < 0.05 else "Y",
        "registered_on": (today - timedelta(days=chance.randrange(365 * _YEARS))).isoformat(),
        "postcode": chance.choice(["", "ZX1 1AA", "ZX2 1AA", "ZX2 2AB"]),
        "ethnicity": chance.choice(["", *"ABCDEFGHJKLMNP"]),
        "main_substance": chance.choice(["", "HEROIN", "CRACK", "ALCOHOL", "STEROID"]),
    }


def _measure(browser: Any, code: str, times: int) -> tuple[dict[str, list[float]], ...]:
    """Seconds of each page over the last 12 months, with those of the processor, and over all."""
    from django.urls import reverse

    year: dict[str, list[float]] = {}
    ever: dict[str, list[float]] = {}
    first = f"{date.today().year - _YEARS + 1}-01"  # noqa: DTZ011 - a month long ago
    for _, name in PAGES:
        where = reverse(f"monitoring:{name}", args=[code])
        for query, found in (({}, year), ({"first": first}, ever)):
            for _ in range(times):
                start, spent = time.perf_counter(), time.process_time()
                response = browser.get(where, query)
                found.setdefault(name, []).append(time.perf_counter() - start)
                found.setdefault(name + " cpu", []).append(time.process_time() - spent)
                assert response.status_code == 200, response.status_code
    return year, ever


def _extract(browser: Any, code: str) -> tuple[float, int]:
    """Seconds of an extract of ten years, and its bytes."""
    from django.urls import reverse

    first = f"{date.today().year - _YEARS + 1}-01"  # noqa: DTZ011 - a month long ago
    start = time.perf_counter()
    where = reverse("monitoring:own_extract", args=[code])
    response = browser.post(f"{where}?first={first}", {"mine": "on"})
    size = sum(map(len, response.streaming_content))
    return time.perf_counter() - start, size
