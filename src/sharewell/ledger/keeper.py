"""Stops the embedded PostgreSQL when nobody uses it any more.

Run as a program by `sharewell.ledger.postgres`, with only the standard library. Every process
that uses the server holds a shared lock for as long as it lives, and the kernel lets go of it
even after kill -9; so whoever gets the exclusive lock knows that the last user has gone. New
users wait for their lock while the server stops, and then start it again.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys


def main(users: int, keeper: int, owner: int, group: int, pg_ctl: str, folder: str) -> None:
    """Wait for the last user to go, then stop the server.

    ``users`` and ``keeper`` are inherited descriptors of the two lock files (the second one is
    already held: one keeper per server), ``owner`` and ``group`` the ids that the server runs
    under, ``folder`` the directory that holds ``data``.
    """
    if os.fork():
        os._exit(0)  # the starter reaps this half at once and need not know the other
    os.setsid()
    fcntl.flock(users, fcntl.LOCK_EX)
    as_root = os.geteuid() == 0
    subprocess.run(  # noqa: S603
        [pg_ctl, "-D", "data", "-m", "fast", "-w", "-t", "60", "stop"],
        cwd=folder,
        check=False,
        user=owner if as_root else None,
        group=group if as_root else None,
        extra_groups=[] if as_root else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    # In this order: a new user who sees the server stopped must also see that no keeper is left.
    os.close(keeper)
    os.close(users)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:5]), *sys.argv[5:])  # type: ignore[arg-type]
