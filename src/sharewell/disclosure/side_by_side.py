"""Jobs that do not touch, side by side: HiGHS computes outside Python's lock."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

Item = TypeVar("Item")
Found = TypeVar("Found")

Tell = Callable[[float], None]
"""How much of a job is done, from 0 to 1."""

_THREADS = 4
_LOOK = 0.5  # seconds between looks at how far the jobs are


def side_by_side(
    job: Callable[[Item, Tell], Found],
    items: Sequence[Item],
    sizes: Sequence[int],
    progress: Tell | None = None,
) -> list[Found]:
    """What ``job`` finds for each of ``items``, in order.

    A job may tell how far it is; ``progress`` hears how far all are together, each as its size
    weighs, and always from the thread that called. What a job raises is raised here, and jobs that
    have not begun are left.
    """
    done = [0.0] * len(items)
    whole = max(sum(sizes), 1)

    def one(number: int) -> Found:
        def tell(fraction: float) -> None:
            done[number] = max(done[number], min(fraction, 1.0))

        found = job(items[number], tell)
        done[number] = 1.0
        return found

    pool = ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1))
    try:
        futures = [pool.submit(one, number) for number in range(len(items))]
        left = set(futures)
        while left:
            finished, left = wait(left, _LOOK, FIRST_EXCEPTION)
            for each in finished:
                each.result()
            if progress is not None:
                progress(sum(d * s for d, s in zip(done, sizes, strict=True)) / whole)
        return [future.result() for future in futures]
    finally:
        pool.shutdown(cancel_futures=True)
