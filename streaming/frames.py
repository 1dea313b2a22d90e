"""Frames that the stream sends, as the bytes that go onto the wire.

A server's frames are not masked (RFC 6455 section 5.1), so one frame's bytes serve every connection that is
sent the same; only the subscription's id, which the client chose, stands in front of what is shared.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from core.api.answers import json_bytes
from core.errors import Refusal

_TEXT: Final = 0x81
_PER_FRAME: Final = 200


def text_frame(payload: bytes) -> bytes:
    """Return one unfragmented, uncompressed text frame."""
    length = len(payload)
    if length < 126:
        return bytes((_TEXT, length)) + payload
    if length < 65536:
        return bytes((_TEXT, 126)) + length.to_bytes(2, "big") + payload
    return bytes((_TEXT, 127)) + length.to_bytes(8, "big") + payload


def event_frame(subscription_id: int, tail: bytes) -> bytes:
    """Return an `event`; `tail` begins with a comma and ends the object."""
    return text_frame(b'{"op":"event","id":%d%b' % (subscription_id, tail))


def delta_frame(
    subscription_id: int, *, topic: str, clock: int, changes: Sequence[bytes], is_conflated: bool
) -> bytes:
    """Return a `delta` with these changes, each a JSON object; `clock` is that of the last change told of."""
    return text_frame(
        b'{"op":"delta","id":%d,"topic":"%b","clock":"%d",%b"%b":[%b]}'
        % (
            subscription_id,
            topic.encode(),
            clock,
            b'"conflated":true,' if is_conflated else b"",
            CHANGES[topic],
            b",".join(changes),
        )
    )


def snapshot_frames(
    subscription_id: int, *, topic: str, clock: int, pictures: Sequence[bytes]
) -> Iterable[bytes]:
    """Return the frames of a snapshot: all but the last say `more`."""
    parts = [pictures[start : start + _PER_FRAME] for start in range(0, len(pictures), _PER_FRAME)] or [()]
    for number, part in enumerate(parts, 1):
        yield text_frame(
            b'{"op":"snapshot","id":%d,"topic":"%b","clock":"%d","more":%b,"%b":[%b]}'
            % (
                subscription_id,
                topic.encode(),
                clock,
                b"true" if number < len(parts) else b"false",
                CHANGES[topic],
                b",".join(part),
            )
        )


def heartbeat_frame(subscription_id: int, *, topic: str, position: int) -> bytes:
    """Return a `heartbeat`: nothing was left out up to this sequence or clock."""
    return text_frame(
        b'{"op":"heartbeat","id":%d,"topic":"%b",%b}'
        % (subscription_id, topic.encode(), position_field(topic, position))
    )


def position_field(topic: str, position: int) -> bytes:
    """Return how frames say where they stand: a number for events, an opaque clock for the others."""
    return b'"sequence":%d' % position if topic == "events" else b'"clock":"%d"' % position


def status_frame(state: str, *, subscription_id: int | None = None, **facts: Any) -> bytes:
    """Return a `status`."""
    return text_frame(json_bytes({"op": "status", "id": subscription_id, "state": state, **facts}))


def error_frame(refusal: Refusal, *, frame_id: int | None) -> bytes:
    """Return an `error`: why what a frame asked was not done."""
    shown: dict[str, Any] = {
        "op": "error",
        "id": frame_id,
        "code": refusal.code,
        "message": refusal.message,
    }
    if refusal.details:
        shown["details"] = refusal.details
    return text_frame(json_bytes(shown))


CHANGES: Final = {"odds": b"markets", "fixtures": b"fixtures"}
"""What a topic's snapshots and deltas are lists of."""
