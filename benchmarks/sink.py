"""A partner's receiver that costs next to nothing: `python -m benchmarks.sink`.

It prints `ready PORT`, takes every POST at once, or ten seconds later below `/hang`, and says on `GET /` how
many came to either and when the first and the last did (seconds, monotonic).
"""

import asyncio
import json
import time
from typing import Final

HANG_SECONDS: Final = 10.0
TAKEN: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

counts = {"ok": 0, "hang": 0}
times = {"first": 0.0, "last": 0.0}


class Receiver(asyncio.Protocol):
    """One connection, kept open."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._read = b""

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (end := self._read.find(b"\r\n\r\n")) >= 0:
            head = self._read[:end].lower()
            mark = head.find(b"content-length:")
            length = int(head[mark + 15 :].split(b"\r\n", 1)[0]) if mark >= 0 else 0
            if len(self._read) < end + 4 + length:
                return
            self._read = self._read[end + 4 + length :]
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        if head.startswith(b"get "):
            said = json.dumps({**counts, **times}).encode()
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said))
            if head.startswith(b"get /anew"):
                counts.update(ok=0, hang=0)
                times.update(first=0.0, last=0.0)
        elif head.startswith(b"post /hang"):
            counts["hang"] += 1
            asyncio.get_running_loop().call_later(HANG_SECONDS, self._transport.write, TAKEN)
        else:
            times["last"] = time.monotonic()
            times["first"] = times["first"] or times["last"]
            counts["ok"] += 1
            self._transport.write(TAKEN)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", 0, backlog=1024)
    print(f"ready {server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
