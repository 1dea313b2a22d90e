"""Clients that lose their connection again and again, and note every event that they were told."""

import asyncio
import json
import random
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

RETRY_SECONDS = 0.05


@dataclass
class Faithful:
    """Resumes where it was, until it has `wanted` events. `drops` counts what it broke off itself."""

    url: str
    headers: dict[str, str]
    wanted: int
    dice: random.Random
    breaks_after: tuple[int, int] | None = None
    """Between how many events it breaks off; None: it never does so itself."""
    heard: list[int] = field(default_factory=list)
    drops: int = 0
    losses: int = 0

    async def listen(self) -> None:
        while len(self.heard) < self.wanted:
            try:
                async with connect(
                    self.url, additional_headers=self.headers, close_timeout=0.2, compression=None
                ) as socket:
                    await self._follow(socket)
            except (ConnectionClosed, InvalidHandshake, OSError, TimeoutError):
                self.losses += 1
                await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self, socket: ClientConnection) -> None:
        last = self.heard[-1] if self.heard else 0
        asked = {"op": "subscribe", "id": 1, "topic": "events", "resume": {"sequence": last}}
        await socket.send(json.dumps(asked))
        until = self.dice.randint(*self.breaks_after) if self.breaks_after else self.wanted
        while until and len(self.heard) < self.wanted:
            frame = json.loads(await asyncio.wait_for(socket.recv(), 30))
            if frame["op"] == "event":
                self.heard.append(frame["sequence"])
                until -= 1
            else:
                assert frame["op"] in ("status", "heartbeat"), frame
        if len(self.heard) < self.wanted:
            self.drops += 1
            socket.transport.abort()
