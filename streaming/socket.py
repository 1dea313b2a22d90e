"""uvicorn's WebSocket, with a short way out: shared bytes go straight into the transport.

`--ws streaming.socket:Socket`. Under ASGI's `send` every connection would frame every message anew and wait
its turn in a task; here a frame is made once and written without waiting, and the transport says when its
buffer is full. The application finds the socket in its scope's extensions, under `EXTENSION`.
"""

import socket
from collections.abc import Callable
from typing import Any, Final, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState

EXTENSION: Final = "b2b.socket"
BUFFER_BYTES: Final = 64 * 1024
"""How much may wait in this process before the socket counts as full."""
SEND_BUFFER_BYTES: Final = 256 * 1024
"""How much the kernel may hold for a reader: what lies there is never merged with anything newer."""
LINGER_SECONDS: Final = 10.0
"""How long a closing socket may take to read the rest, before it is cut off."""


class Socket(WebSocketsSansIOProtocol):
    """A connection whose frames are written by `write_frame`."""

    is_full = False
    on_room: Callable[[], None] | None = None

    def connection_made(self, transport: Any) -> None:
        """Bound what may wait."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=BUFFER_BYTES, low=BUFFER_BYTES // 4)
        plain = transport.get_extra_info("socket")
        if plain is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)

    def handle_connect(self, event: Any) -> None:
        """Put this socket into the application's scope."""
        super().handle_connect(event)
        if hasattr(self, "scope"):
            extensions = cast(dict[str, Any], self.scope["extensions"])
            extensions[EXTENSION] = self

    def pause_writing(self) -> None:
        """The transport holds as much as it may."""
        super().pause_writing()
        self.is_full = True

    def resume_writing(self) -> None:
        """The reader has caught up."""
        super().resume_writing()
        self.is_full = False
        if self.on_room is not None:
            self.on_room()

    @property
    def is_over(self) -> bool:
        return self.disconnected or self.close_sent

    def write_frame(self, frame: bytes) -> None:
        """Write a whole frame as it is; nothing happens once the socket is closing."""
        if not (self.disconnected or self.close_sent):
            self.transport.write(frame)

    def end(self, code: int, reason: str) -> None:
        """Send a close frame behind what waits, and cut the connection off when it is not read in time."""
        if self.disconnected or self.close_sent:
            return
        try:
            self.conn.send_close(code, reason)
        except InvalidState:
            self.transport.abort()
            return
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def keepalive_timeout(self) -> None:
        """Whoever does not answer a ping does not read a close frame either."""
        super().keepalive_timeout()
        self.transport.abort()
