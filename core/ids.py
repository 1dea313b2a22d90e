"""Ids: UUIDv7 inside, TypeIDs outside.

An id sorts by the time it was made, and within one process strictly in the order of making, whatever the
clock does. Outside it carries its kind (`bet_01k...`), so that an id of one kind can never be taken for
another. Sources: RFC 9562 section 6.2 (method 1, a counter seeded at random), the TypeID specification 0.3.
"""

import os
import threading
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from uuid import UUID

PREFIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ptr": "partner",
        "tnt": "tenant",
        "plr": "player",
        "fix": "fixture",
        "mkt": "market",
        "out": "outcome",
        "bet": "bet",
        "txn": "journal entry",
        "evt": "event",
        "whe": "webhook endpoint",
        "dlv": "delivery",
        "stm": "statement",
        "tkt": "ticket",
        "quo": "quote",
        "doc": "document",
        "req": "request",
        "apr": "approval request",
    }
)

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES: Final = {character: value for value, character in enumerate(_ALPHABET)}
_TEXT_LENGTH: Final = 26
_PAIRS: Final = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
"""Two characters at a time: ids are most of what an answer is made of."""
_PAIR_SHIFTS: Final = tuple(range(5 * (_TEXT_LENGTH - 2), -1, -10))
_UUID_BITS: Final = 128
_COUNTER_BITS: Final = 42
_TAIL_BITS: Final = 32
_SET_BACK_MAX: Final = 60_000
"""By so many milliseconds the clock may be set back before ids follow it. Source: RFC 9562, 6.1."""


class NotAnId(ValueError):
    """The text is not an id of the kind asked for; callers answer as for an id that never was."""


class _Sequence:
    """Gives out (millisecond, counter) pairs that only grow, unless the clock was set back by much: what an
    id says of its time is then right again, rather than ahead for as long as the clock was.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._millisecond = 0
        self._counter = 0

    def take(self) -> tuple[int, int]:
        with self._lock:
            millisecond = time.time_ns() // 1_000_000
            if millisecond > self._millisecond or self._millisecond - millisecond > _SET_BACK_MAX:
                self._millisecond = millisecond
                self._counter = _counter_seed()
            elif self._counter + 1 < 1 << _COUNTER_BITS:
                self._counter += 1
            else:
                self._millisecond += 1
                self._counter = _counter_seed()
            return self._millisecond, self._counter


def _counter_seed() -> int:
    # The top bit stays clear, so that a millisecond has room for 2**41 ids however high it starts.
    return int.from_bytes(os.urandom(6)) >> (48 - _COUNTER_BITS + 1)


_sequence = _Sequence()


def _start_afresh() -> None:
    """Forget the parent's counter (and its lock, which another thread may have held) in a forked child."""
    global _sequence
    _sequence = _Sequence()


os.register_at_fork(after_in_child=_start_afresh)


def uuid7() -> UUID:
    """Return a new UUID of version 7, greater than every one this process returned before, as long as the
    clock is not set back by more than a minute.
    """
    millisecond, counter = _sequence.take()
    tail = int.from_bytes(os.urandom(4))
    value = (
        (millisecond & 0xFFFF_FFFF_FFFF) << 80
        | 0x7 << 76
        | (counter >> 30) << 64
        | 0b10 << 62
        | (counter & 0x3FFF_FFFF) << _TAIL_BITS
        | tail
    )
    return UUID(int=value)


def typeid(prefix: str, value: UUID) -> str:
    """Return the id as shown to partners: the prefix, `_`, and 26 characters of base32.

    Raises ValueError for a prefix that the platform does not have.
    """
    if prefix not in PREFIXES:
        raise ValueError(f"no kind of id begins with {prefix!r}")
    number = value.int
    return f"{prefix}_" + "".join([_PAIRS[number >> shift & 0b11111_11111] for shift in _PAIR_SHIFTS])


def parse_typeid(prefix: str, text: object) -> UUID:
    """Return the UUID behind an id of this kind. Raises NotAnId for anything that is not exactly one.

    Strict: lower case only, the right prefix, 26 characters, no value above 128 bits. One id has one
    spelling.
    """
    if prefix not in PREFIXES:
        raise ValueError(f"no kind of id begins with {prefix!r}")
    if not isinstance(text, str) or not text.startswith(f"{prefix}_"):
        raise NotAnId(f"not the id of a {PREFIXES[prefix]}")
    encoded = text[len(prefix) + 1 :]
    if len(encoded) != _TEXT_LENGTH:
        raise NotAnId(f"not the id of a {PREFIXES[prefix]}")
    number = 0
    for character in encoded:
        value = _VALUES.get(character)
        if value is None:
            raise NotAnId(f"not the id of a {PREFIXES[prefix]}")
        number = number << 5 | value
    if number >> _UUID_BITS:
        raise NotAnId(f"not the id of a {PREFIXES[prefix]}")
    return UUID(int=number)
