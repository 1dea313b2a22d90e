"""The stream: what happens, as it happens, over one WebSocket that is opened again whenever it breaks.

Needs `websockets` (`pip install "b2b-client[stream]"`). Nothing is missed and nothing comes twice: events are
resumed by sequence, odds and fixtures by clock, and what the stream no longer has is read from the feed.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import SystemRandom
from typing import Any, Final

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from b2b_client.api import Client
from b2b_client.errors import StreamRefused
from b2b_client.events import Event, parse_time

HEARTBEAT_SECONDS: Final = 5.0
SILENCE_SECONDS: Final = 3 * HEARTBEAT_SECONDS
PAUSES_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_DICE: Final = SystemRandom()
_SHUT_OUT: Final = 4403
_TOO_OLD: Final = "RESUME_TOO_OLD"
_WORTH_ANOTHER_TRY: Final = {_TOO_OLD, "DATABASE_UNAVAILABLE", "INTERNAL_ERROR", "RATE_LIMITED"}
_FOR_GOOD: Final = {400, 403, 404}


@dataclass(frozen=True, slots=True)
class Update:
    """Markets or fixtures as they are now: all that were asked for (`is_snapshot`), or those that changed.

    A long snapshot comes in parts, `more` until the last. `is_conflated` says that changes between were left
    out.
    """

    items: Sequence[Mapping[str, Any]]
    clock: str
    is_snapshot: bool
    more: bool
    is_conflated: bool


@dataclass(slots=True)
class _Place:
    """Where a subscription stands: the sequence or clock up to which nothing was left out; None: nowhere."""

    value: Any


class Stream:
    """One tenant's stream; each call of a method has a connection of its own."""

    def __init__(self, url: str, client: Client) -> None:
        self._url = url
        self._client = client

    def events(self, *, after: int | None = None, types: Sequence[str] = ()) -> Iterator[Event]:
        """Yield events for ever, from above a sequence or from now on; keep the last one's `sequence`.

        Raises StreamRefused where asking again is no use, and what the feed raises.
        """
        place = _Place(after)
        for frame in self._frames("events", {"types": list(types)} if types else {}, place):
            if frame["op"] == "event":
                yield _event(frame)
            elif frame.get("code") == _TOO_OLD:
                is_behind = True
                while is_behind:
                    events, until = self._client.feed_page(after=place.value, types=types)
                    yield from events
                    is_behind = until != place.value
                    place.value = until

    def odds(self, *, conflate_ms: int = 0, **wanted: Sequence[str]) -> Iterator[Update]:
        """Yield markets as their odds or status change, first all of them.

        `wanted` narrows them: `sports`, `competitions`, `fixtureIds`, `marketTypes`.
        """
        return self._updates("odds", wanted, conflate_ms)

    def fixtures(self, *, conflate_ms: int = 0, **wanted: Sequence[str]) -> Iterator[Update]:
        """Yield fixtures as they change, first all of them."""
        return self._updates("fixtures", wanted, conflate_ms)

    def _updates(self, topic: str, wanted: Mapping[str, Sequence[str]], conflate_ms: int) -> Iterator[Update]:
        key = "markets" if topic == "odds" else "fixtures"
        for frame in self._frames(topic, wanted, _Place(None), conflate_ms=conflate_ms):
            if frame["op"] in ("snapshot", "delta"):
                yield Update(
                    items=frame[key],
                    clock=frame["clock"],
                    is_snapshot=frame["op"] == "snapshot",
                    more=frame.get("more", False),
                    is_conflated=frame.get("conflated", False),
                )

    def _frames(
        self, topic: str, wanted: Mapping[str, Any], place: "_Place", *, conflate_ms: int = 0
    ) -> Iterator[dict[str, Any]]:
        """Yield the frames of a subscription through every reconnection, resuming where it stood."""
        name = "sequence" if topic == "events" else "clock"
        pauses = iter(PAUSES_SECONDS)
        while True:
            asked = {
                "op": "subscribe",
                "id": 1,
                "topic": topic,
                "filter": wanted,
                "conflateMs": conflate_ms,
                "heartbeatMs": int(HEARTBEAT_SECONDS * 1000),
                **({"resume": {name: place.value}} if place.value is not None else {}),
            }
            try:
                with self._opened() as (socket, token):
                    for frame in self._read(socket, asked, token):
                        if frame["op"] == "error":
                            _stop_if_refused(frame)
                            yield frame
                            if frame["code"] != _TOO_OLD:
                                raise ConnectionError(frame["code"])
                            break
                        if name in frame and not frame.get("more"):
                            place.value = frame[name]
                        pauses = iter(PAUSES_SECONDS)
                        yield frame
            except (OSError, WebSocketException) as error:
                _stop_if_shut_out(error)
                pause = next(pauses, PAUSES_SECONDS[-1])
                time.sleep(pause * _DICE.uniform(0.5, 1.5))

    @contextmanager
    def _opened(self) -> Iterator[tuple[ClientConnection, str]]:
        token = self._client.token()
        try:
            socket = connect(
                self._url, additional_headers={"Authorization": f"Bearer {token}"}, max_size=None
            )
        except InvalidStatus as refused:
            if refused.response.status_code == 401:
                self._client.forget_token(token)
            raise
        with socket:
            yield socket, token

    def _read(
        self, socket: ClientConnection, asked: Mapping[str, Any], token: str
    ) -> Iterator[dict[str, Any]]:
        """Yield what comes; show a fresh token in time; raise TimeoutError when all is silent."""
        socket.send(json.dumps(asked))
        while True:
            frame = json.loads(socket.recv(timeout=SILENCE_SECONDS))
            fresh = self._client.token()
            if fresh != token:
                token = fresh
                socket.send(json.dumps({"op": "authenticate", "token": token}))
            yield frame


def _event(frame: Mapping[str, Any]) -> Event:
    return Event(
        frame["eventId"], frame["sequence"], frame["type"], parse_time(frame["occurredAt"]), frame["data"]
    )


def _stop_if_refused(frame: Mapping[str, Any]) -> None:
    if frame["code"] not in _WORTH_ANOTHER_TRY:
        raise StreamRefused(frame["code"], frame["message"])


def _stop_if_shut_out(error: Exception) -> None:
    if isinstance(error, ConnectionClosed) and error.rcvd is not None and error.rcvd.code == _SHUT_OUT:
        raise StreamRefused(error.rcvd.reason, "The stream was closed for this client.") from error
    if isinstance(error, InvalidStatus) and error.response.status_code in _FOR_GOOD:
        told = json.loads(error.response.body or b"{}")
        raise StreamRefused(told.get("code", ""), told.get("message", str(error))) from error
