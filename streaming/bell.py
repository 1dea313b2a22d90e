"""From the relay to the stream's processes: what was numbered, through a stream of Valkey's own.

It only makes things quick. What Valkey lost, or what was numbered while it was away, is found in PostgreSQL
within a second; so the stream is short, and a bell that fails is not rung again.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import redis

from core.numbering import NumberedEvent, NumberedFact
from core.valkey import client

STREAM: Final = "b2b:stream"
KEPT_ENTRIES: Final = 500
_ITEMS_PER_ENTRY: Final = 50
_FIELD: Final = b"b"
_DEAF_SECONDS: Final = 1.0


class Batch(msgspec.Struct, frozen=True):
    """One entry of the stream: events and facts, each in the order of its sequence."""

    events: list[NumberedEvent] = []
    facts: list[NumberedFact] = []


_encode: Final = msgspec.msgpack.Encoder().encode
_decoder: Final = msgspec.msgpack.Decoder(Batch)


class _Bell:
    """Rings, but not for a second after Valkey did not answer: the relay must not wait for it each time."""

    def __init__(self) -> None:
        self._silent_until = 0.0

    def ring(self, entries: Sequence[bytes]) -> None:
        if time.monotonic() < self._silent_until:
            return
        try:
            with client().pipeline(transaction=False) as pipeline:
                for entry in entries:
                    pipeline.xadd(STREAM, {_FIELD: entry}, maxlen=KEPT_ENTRIES, approximate=True)
                pipeline.execute()
        except redis.RedisError:
            self._silent_until = time.monotonic() + _DEAF_SECONDS


_bell = _Bell()


def ring(events: Sequence[NumberedEvent], facts: Sequence[NumberedFact]) -> None:
    """A bell of the relay (`settings.EVENT_BELLS`). Never fails."""
    longest = max(len(events), len(facts))
    _bell.ring(
        [
            _encode(
                Batch(
                    list(events[start : start + _ITEMS_PER_ENTRY]),
                    list(facts[start : start + _ITEMS_PER_ENTRY]),
                )
            )
            for start in range(0, longest, _ITEMS_PER_ENTRY)
        ]
    )


def read_entry(fields: Mapping[bytes, Any]) -> Batch:
    """Return what an entry holds. Raises msgspec.MsgspecError for one that is not ours."""
    return _decoder.decode(fields.get(_FIELD, b""))
