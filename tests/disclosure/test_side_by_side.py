"""Jobs side by side: in order, heard from the thread that called, and failing as one."""

from __future__ import annotations

import threading
import time

import pytest

from sharewell.disclosure.side_by_side import Tell, side_by_side


def test_what_is_found_is_in_order_and_what_is_told_only_grows() -> None:
    heard: list[tuple[float, int]] = []

    def job(item: int, tell: Tell) -> int:
        tell(0.5)
        time.sleep(0.002 * (5 - item))
        tell(0.2)  # whoever tells less later is not believed
        return item * item

    found = side_by_side(
        job, list(range(5)), [1] * 5, lambda done: heard.append((done, threading.get_ident()))
    )
    assert found == [0, 1, 4, 9, 16]
    fractions = [done for done, _ in heard]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert {thread for _, thread in heard} == {threading.get_ident()}


def test_a_job_that_fails_ends_the_rest() -> None:
    begun: list[int] = []

    def job(item: int, _tell: Tell) -> int:
        begun.append(item)
        if item == 0:
            raise ValueError("no")
        time.sleep(0.01)
        return item

    with pytest.raises(ValueError, match="no"):
        side_by_side(job, list(range(200)), [1] * 200)
    assert len(begun) < 200


def test_nothing_to_do() -> None:
    assert side_by_side(lambda item, _tell: item, [], []) == []
