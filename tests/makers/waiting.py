"""Two transactions at once, one of which waits for a row of the other: no clock decides who was first."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import TypeVar

from django.db import connection, connections, transaction

T = TypeVar("T")


def while_waiting(
    change: Callable[[], object], act: Callable[[], T], *, meanwhile: Callable[[], object] = lambda: None
) -> T:
    """Make `change`, and before it is committed let another thread `act`, which has to wait for it. While it
    waits, and in the transaction of `change`, do something `meanwhile`.

    Returns what `act` returns after the commit, or raises what it raises.
    """

    def run() -> T:
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            change()
            acting = pool.submit(run)
            while not _somebody_waits_for_us():
                if acting.done():
                    acting.result()
                    raise AssertionError("nobody waited for the change")
                sleep(0.01)
            meanwhile()
        return acting.result()


def _somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks"
            " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
        )
        row = cursor.fetchone()
    return bool(row and row[0])
