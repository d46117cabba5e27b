"""A busy morning: hatch workers who find clients and record visits at once, over HTTP.

What they were told is saved is compared with what is kept: nothing lost, nothing twice. Meanwhile
web workers may be killed; a person whose page does not come sends the form again.
"""

from __future__ import annotations

import html
import http.client
import random
import re
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.serving import Answers, together

_PAUSE = (0.2, 0.8)  # seconds in which a person talks and types
_PATIENCE = 20  # how often a form is sent again
_FIELD = re.compile(
    r'<input[^>]* name="(csrfmiddlewaretoken|once|seen|right)"[^>]* value="([^"]*)"'
)
_VALUED = re.compile(r'<input[^>]* value="([^"]*)"[^>]* name="(date_\d|right)"')
_DATE = re.compile(r'<input[^>]* name="(date_\d)"[^>]* value="([^"]*)"')
_WHY = re.compile(r'action="([^"]*/why/)"')


@dataclass
class Worker:
    """One hatch worker: where they work, how they are signed in, and whom they may meet."""

    code: str
    cookie: str
    meets: Sequence[str]
    seed: int
    saved: list[str] = field(default_factory=list)
    sent_again: int = 0
    answers: dict[str, Answers] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


class _Gone(Exception):
    """No answer: the connection broke."""


def crowd(port: int, workers: Sequence[Worker], seconds: float) -> None:
    """Everybody works at once for so long; what happened is noted in each worker."""
    end = time.perf_counter() + seconds
    together([_morning(port, worker, end) for worker in workers])


def lost_or_doubled(workers: Sequence[Worker], kept: Sequence[str]) -> tuple[int, int]:
    """How many forms that were said to be saved are not kept, and how many are kept twice.

    ``kept`` are the ids of all records; those of a form begin with 'W-' and what makes it one act.
    """
    times = Counter(kept)
    forms = {id_.removeprefix("W-").rpartition("-")[0] for id_ in times}
    lost = sum(once not in forms for worker in workers for once in worker.saved)
    return lost, sum(count > 1 for count in times.values())


def _morning(port: int, worker: Worker, end: float) -> Callable[[], None]:
    def work() -> None:
        chance = random.Random(worker.seed)
        browser = _Browser(port, worker)
        time.sleep(chance.uniform(0, _PAUSE[1]))
        while time.perf_counter() < end:
            try:
                _serve_one(browser, worker, chance)
            except _Gone:
                browser.begin_anew()
            time.sleep(chance.uniform(*_PAUSE))
        browser.close()

    return work


def _serve_one(browser: _Browser, worker: Worker, chance: random.Random) -> None:
    """Finds a client, opens their record and records a visit."""
    hatch = f"/monitoring/{worker.code}/"
    page = browser.get("hatch", hatch)
    sent = _hidden(page) | {"sought": chance.choice(worker.meets)}
    page = browser.post("find a client", hatch, sent)
    found = _WHY.search(page)
    if found is None:
        worker.problems.append(f"nobody was found for {sent['sought']}")
        return
    page = browser.post("open the record", found[1], _hidden(page) | {"reason": "here"})
    form = found[1].replace("/why/", "/record/needle/")
    page = browser.get("the form", form)
    given = _hidden(page) | dict(_DATE.findall(page)) | {
        "place": "SERVICE",
        "item_SET1ML": str(chance.randrange(1, 60)),
        "returned": str(chance.randrange(0, 40)),
        "returned_how": "COUNTED",
        "on_behalf_of": "0",
    }  # fmt: skip
    for _ in range(_PATIENCE):
        try:
            page = browser.post("record a visit", form, given)
        except _Gone:
            worker.sent_again += 1
            browser.begin_anew()
            time.sleep(0.2)
            continue
        if "Recorded: " in page:
            worker.saved.append(given["once"])
            return
        if (accepts := _hidden(page).get("right")) is None:
            break
        given["right"] = accepts
    worker.problems.append(f"a visit was not taken: {_why_not(page)}")


class _Browser:
    """Asks for pages as one signed-in person, follows redirects, and notes how long it took."""

    def __init__(self, port: int, worker: Worker) -> None:
        self._port, self._worker = port, worker
        self._cookies = dict(part.split("=", 1) for part in [worker.cookie])
        self.begin_anew()

    def begin_anew(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)

    def close(self) -> None:
        self._connection.close()

    def get(self, kind: str, address: str) -> str:
        return self._timed(kind, "GET", address, None)

    def post(self, kind: str, address: str, given: dict[str, str]) -> str:
        return self._timed(kind, "POST", address, given)

    def _timed(self, kind: str, method: str, address: str, given: dict[str, str] | None) -> str:
        started = time.perf_counter()
        answers = self._worker.answers.setdefault(kind, Answers())
        status, where, page = self._ask(method, address, given)
        while status in (302, 303) and where:
            status, where, page = self._ask("GET", where, None)
        answers.seconds.append(time.perf_counter() - started)
        if status != 200:
            answers.errors.append(f"{method} {address}: {status}")
        return page

    def _ask(self, method: str, address: str, given: dict[str, str] | None) -> tuple[int, str, str]:
        headers = {"Cookie": "; ".join(f"{n}={v}" for n, v in self._cookies.items())}
        headers["Referer"] = f"http://127.0.0.1:{self._port}{address}"
        body = None
        if given is not None:
            body = urllib.parse.urlencode(given)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self._connection.request(method, address, body, headers)
            response = self._connection.getresponse()
            page = response.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise _Gone from error
        for line in response.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        return response.status, response.headers.get("Location") or "", page


def _hidden(page: str) -> dict[str, str]:
    """What a form sends beside what is typed, as the first form of the page that has it."""
    found: dict[str, str] = {}
    for name, value in _FIELD.findall(page):
        found.setdefault(name, html.unescape(value))
    return found


def _why_not(page: str) -> str:
    words = re.findall(r"govuk-error-message[^>]*>(.*?)</", page)
    return "; ".join(re.sub(r"<[^>]*>", "", word) for word in words) or "no reason was shown"
