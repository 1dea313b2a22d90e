"""Who acts: said once by whoever serves a request, runs a command or a task, with `acting(...)`.

Services and audit records ask `current_actor()`. The same actor goes with each statement to the database
(pghistory's context), where the triggers of the row history take it from. No models here: processes say who
acts before they have any.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

import pghistory

SYSTEM: Final = "system"
STAFF: Final = "staff"
"""Under which an actor's `looked_up` has the member of staff, or None for who is not of staff."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a staff username, an API client's id or the name of a job; with the request it happens in.

    `looked_up` is what services found out about them, so that each thing is looked up once.
    """

    name: str = SYSTEM
    request_id: str = ""
    address: str | None = None
    looked_up: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


_SYSTEM: Final = Actor()
_actor: ContextVar[Actor | None] = ContextVar("actor", default=None)


@contextmanager
def acting(name: str, *, request_id: str = "", address: str | None = None) -> Iterator[Actor]:
    """Name the actor of everything that is recorded inside the block, by services and by triggers."""
    actor = Actor(name=name, request_id=request_id, address=address)
    token = _actor.set(actor)
    with pghistory.context(**_told_to_triggers(actor)):
        try:
            yield actor
        finally:
            _actor.reset(token)
            # A context inside another writes into it: the outer actor is put back.
            pghistory.context(**_told_to_triggers(current_actor()))


def current_actor() -> Actor:
    """Return who is acting now."""
    return _actor.get() or _SYSTEM


def _told_to_triggers(actor: Actor) -> dict[str, str]:
    return {"actor": actor.name, "requestId": actor.request_id}
