"""Writing the request log off the hot path: a request adds to a queue, and a thread copies that to the table.

A request never waits for the log and never fails by it. What one process holds is bounded: while PostgreSQL
is away the oldest entries are dropped and counted. A process that is killed loses the last half second.
"""

import os
import threading
from collections import deque
from multiprocessing.util import Finalize
from typing import Any, Final

import psycopg
import structlog

from core.sessions import own_session

logger = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 0.5
HELD_MAX: Final = 20_000
_ENDING_SECONDS: Final = 2.0
_COPY: Final = (
    "COPY integration_apirequest (id, received_at, request_id, tenant_id, client_id, method, path, route, "
    "status, code, microseconds, bytes_in, bytes_out) FROM STDIN"
)

Entry = tuple[Any, ...]
"""The columns of `ApiRequest`, in the order of the table."""


class Recorder:
    """The queue of one process and the thread that empties it."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=HELD_MAX)
        self._dropped = 0
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._connection: psycopg.Connection[Any] | None = None

    def add(self, entry: Entry) -> None:
        """Take an entry; it is in the table half a second later."""
        if len(self._entries) >= HELD_MAX:
            self._dropped += 1
        self._entries.append(entry)
        if self._thread is None:
            self._start()

    def flush(self) -> int:
        """Write what is held, and return how much. What could not be written is held on."""
        taken: list[Entry] = []
        while self._entries:
            taken.append(self._entries.popleft())
        if not taken:
            return 0
        try:
            if self._connection is None or self._connection.closed:
                self._connection = _connect()
            with self._connection.cursor() as cursor, cursor.copy(_COPY) as copy:
                for entry in taken:
                    copy.write_row(entry)
        except psycopg.Error as error:
            self._keep(taken)
            self.close()
            logger.warning("request_log_waits", held=len(self._entries), cause=str(error).strip())
            return 0
        if self._dropped:
            logger.error("request_log_dropped", requests=self._dropped)
            self._dropped = 0
        return len(taken)

    def close(self) -> None:
        """Leave the connection; the next flush makes another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def end(self) -> None:
        """Write what is left and stop the thread."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(_ENDING_SECONDS)

    def _keep(self, taken: list[Entry]) -> None:
        room = HELD_MAX - len(self._entries)
        self._dropped += max(0, len(taken) - room)
        self._entries.extendleft(reversed(taken[max(0, len(taken) - room) :]))

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="request-log", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while not self._ending.wait(EVERY_SECONDS):
            self.flush()
        self.flush()
        self.close()


def _connect() -> psycopg.Connection[Any]:
    """A connection apart from those of the requests: it waits where they must not."""
    return psycopg.connect(
        **own_session("b2b-request-log"),
        options="-c statement_timeout=10s",
    )


recorder = Recorder()
# Web workers are children of multiprocessing, which end without `atexit`; this runs in all processes.
Finalize(None, lambda: recorder.end(), exitpriority=10)


def _start_afresh() -> None:
    """Leave the parent's queue and thread to the parent."""
    global recorder
    recorder = Recorder()


os.register_at_fork(after_in_child=_start_afresh)
