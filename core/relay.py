"""The relay: takes announced events out of the outbox and gives each its place in its tenant's sequence.

One relay leads, whoever holds a session lock of PostgreSQL; the others wait. Taking and numbering happen on
the very connection that holds the lock, so that a relay which lost its leadership can write nothing, and a
relay that is killed leaves either everything or nothing of a batch. What a bell through Valkey
does not wake, a sweep finds a tenth of a second later: Valkey may be away.
"""

import threading
import time
from typing import Any, Final

import psycopg
import redis
import structlog

from core import clock, heartbeats
from core.numbering import BATCH_SIZE, number_batch
from core.sessions import KEEPALIVES, own_session
from core.valkey import client

logger = structlog.get_logger(__name__)

SWEEP_SECONDS: Final = 0.1
BELL: Final = "b2b:bell"

_LEADER_LOCK: Final = 0x72656C6179  # "relay"
_LEADERSHIP_RETRY_SECONDS: Final = 0.5
_RECONNECT_SECONDS: Final = 0.5
_HEARTBEAT_SECONDS: Final = 1.0
_RING_EVERY_SECONDS: Final = 0.01
_DEAF_SECONDS: Final = 1.0

_OLDEST: Final = "SELECT occurred_at FROM core_outbox ORDER BY id LIMIT 1"


class _Bell:
    """Rings at most every 10 ms, and not at all for a second after Valkey did not answer."""

    def __init__(self) -> None:
        self._silent_until = 0.0

    def ring(self) -> None:
        moment = time.monotonic()
        if moment < self._silent_until:
            return
        self._silent_until = moment + _RING_EVERY_SECONDS
        try:
            client().publish(BELL, b"")
        except redis.RedisError:
            self._silent_until = moment + _DEAF_SECONDS


_bell = _Bell()


def ring_bell() -> None:
    """Wake the relay, after the transaction that announced something has committed. Never fails."""
    _bell.ring()


class Relay:
    """One relay process. `run()` leads, or waits to lead, until `stop()`."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._ears: Any = None
        self._deaf_until = 0.0
        self._next_heartbeat = 0.0

    def stop(self) -> None:
        """End `run()` within a sweep."""
        self._stopping.set()

    def run(self) -> None:
        """Relay events until stopped, through restarts of PostgreSQL and Valkey."""
        while not self._stopping.is_set():
            try:
                with _connect() as connection:
                    if self._become_leader(connection):
                        self._lead(connection)
            except psycopg.Error as error:
                logger.warning("relay_interrupted", cause=str(error))
                self._stopping.wait(_RECONNECT_SECONDS)

    def _become_leader(self, connection: psycopg.Connection[Any]) -> bool:
        while not self._stopping.is_set():
            found = connection.execute("SELECT pg_try_advisory_lock(%s)", [_LEADER_LOCK]).fetchone()
            if found is not None and found[0]:
                logger.info("relay_leads")
                return True
            self._stopping.wait(_LEADERSHIP_RETRY_SECONDS)
        return False

    def _lead(self, connection: psycopg.Connection[Any]) -> None:
        while not self._stopping.is_set():
            if number_batch(connection) < BATCH_SIZE:
                self._tell_alive(connection)
                self._listen()

    def _tell_alive(self, connection: psycopg.Connection[Any]) -> None:
        if time.monotonic() < self._next_heartbeat:
            return
        self._next_heartbeat = time.monotonic() + _HEARTBEAT_SECONDS
        oldest = connection.execute(_OLDEST).fetchone()
        waits = max(0.0, (clock.now() - oldest[0]).total_seconds()) if oldest else 0.0
        heartbeats.beat("relay", value=waits)

    def _listen(self) -> None:
        """Wait for the bell, at most until the next sweep."""
        if self._ears is None and time.monotonic() >= self._deaf_until:
            self._open_ears()
        if self._ears is None:
            self._stopping.wait(SWEEP_SECONDS)
            return
        try:
            heard = self._ears.get_message(ignore_subscribe_messages=True, timeout=SWEEP_SECONDS)
            while heard is not None:
                heard = self._ears.get_message(ignore_subscribe_messages=True, timeout=0)
        except (redis.RedisError, OSError) as error:
            logger.warning("relay_hears_no_bell", cause=str(error))
            self._close_ears()

    def _open_ears(self) -> None:
        ears = client().pubsub()  # type: ignore[no-untyped-call]
        try:
            ears.subscribe(BELL)
        except (redis.RedisError, OSError):
            self._ears = ears
            self._close_ears()
        else:
            self._ears = ears

    def _close_ears(self) -> None:
        self._deaf_until = time.monotonic() + _DEAF_SECONDS
        ears, self._ears = self._ears, None
        try:
            ears.close()
        except (redis.RedisError, OSError):
            return


def _connect() -> psycopg.Connection[Any]:
    """A connection apart from Django's, since its session is the leadership."""
    return psycopg.connect(
        **own_session("b2b-relay"),
        **KEEPALIVES,
        # The outbox is nearly always empty or full of what was taken: no statistics know how it is now.
        options="-c statement_timeout=30s -c lock_timeout=10s -c enable_seqscan=off",
    )
