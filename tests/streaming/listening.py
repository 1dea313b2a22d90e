"""A partner's end of the stream, and what it listens to."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Self
from uuid import UUID

import pytest
from django.db import transaction
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from core.clock import now
from core.events import publish
from core.facts import publish_fact
from core.ids import typeid, uuid7
from core.tenancy import tenant
from sportsbook.events.fixtures import FixtureChanged, MarketChanged
from tests.makers.partners import MadeClient, bearer
from tests.makers.roles import acting_as
from tests.streaming.serving import Stream

PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """An event for tests."""

    type: ClassVar[str] = "bet.settled"
    tenant_id: UUID
    occurred_at: Any
    number: int
    player_id: UUID | None = None

    def data(self) -> dict[str, Any]:
        player = {} if self.player_id is None else {"playerId": typeid("plr", self.player_id)}
        return {"number": self.number, **player}


def announce(tenant_id: UUID, *numbers: int, player_id: UUID | None = None) -> None:
    """Announce an event for each number, in one transaction."""
    with tenant(tenant_id):
        publish(
            *(
                Counted(tenant_id=tenant_id, occurred_at=now(), number=number, player_id=player_id)
                for number in numbers
            )
        )


def change_market(*, odds: str = "2.10", market_id: UUID | None = None, version: int = 1, **more: Any) -> str:
    """Announce that a market changed; return the market's id as it is told."""
    market_id = market_id or uuid7()
    told: dict[str, Any] = {
        "tenant_id": None,
        "occurred_at": now(),
        "fixture_id": uuid7(),
        "sport": "football",
        "competition": "T0",
        "market_id": market_id,
        "kind": "match_result",
        "line": None,
        "status": "open",
        "version": version,
        "outcomes": ((uuid7(), "home", Decimal(odds)),),
        **more,
    }
    with acting_as("b2b_jobs"), transaction.atomic():
        publish_fact(MarketChanged(**told))
    return typeid("mkt", market_id)


def change_fixture(**more: Any) -> str:
    """Announce that a fixture changed; return its id as it is told."""
    fixture_id = uuid7()
    told: dict[str, Any] = {
        "tenant_id": None,
        "occurred_at": now(),
        "fixture_id": fixture_id,
        "sport": "football",
        "competition": "T0",
        "home": "Home",
        "away": "Away",
        "starts_at": now(),
        "status": "in_play",
        "score": (1, 0),
        "changed": ("status",),
        **more,
    }
    with acting_as("b2b_jobs"), transaction.atomic():
        publish_fact(FixtureChanged(**told))
    return typeid("fix", fixture_id)


@dataclass
class Listener:
    """A client with an open connection. Frames are dicts; those set aside are kept in `passed`."""

    socket: ClientConnection
    passed: list[dict[str, Any]] = field(default_factory=list)

    def ask(self, op: str, **fields: Any) -> Self:
        self.socket.send(json.dumps({"op": op, **fields}))
        return self

    def next(self, *, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.socket.recv(timeout=seconds))
        return found

    def wait(
        self,
        op: str,
        *,
        seconds: float = PATIENCE_SECONDS,
        so: Callable[[dict[str, Any]], bool] = lambda _: True,
    ) -> dict[str, Any]:
        """Return the next frame of this kind that is so; others are set aside."""
        until = time.monotonic() + seconds
        while True:
            frame = self.next(seconds=max(0.01, until - time.monotonic()))
            if frame["op"] == op and so(frame):
                return frame
            self.passed.append(frame)

    def live(self, topic: str, *, id: int = 1, **fields: Any) -> dict[str, Any]:
        """Subscribe; return the status that says that everything from now on is told."""
        self.ask("subscribe", id=id, topic=topic, **fields)
        return self.wait("status", so=lambda frame: frame["id"] == id and frame["state"] == "live")

    def events(self, count: int, *, seconds: float = PATIENCE_SECONDS) -> list[dict[str, Any]]:
        return [self.wait("event", seconds=seconds) for _ in range(count)]

    def closed(self, *, seconds: float = PATIENCE_SECONDS) -> tuple[int, str]:
        """Wait for the end of the connection; return its code and reason."""
        with pytest.raises(ConnectionClosed) as end:
            self._read_on(until=time.monotonic() + seconds)
        assert end.value.rcvd is not None, "the connection broke"
        return end.value.rcvd.code, end.value.rcvd.reason

    def _read_on(self, *, until: float) -> None:
        while True:
            self.passed.append(self.next(seconds=max(0.01, until - time.monotonic())))


@contextmanager
def listen(
    stream: Stream, made: MadeClient | None = None, *, query: str = "", **headers: str
) -> Iterator[Listener]:
    """Open a connection with a token of this client, or with what the query and the headers say."""
    told = {**(bearer(made) if made is not None else {}), **headers}
    with connect(
        stream.url + query, additional_headers=told, open_timeout=PATIENCE_SECONDS, close_timeout=1
    ) as socket:
        yield Listener(socket)
