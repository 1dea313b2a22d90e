"""Frames that clients send: one JSON object each, read strictly, refused with a code that names what is
wrong.
"""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from core.api.bodies import Body, InvalidField, MalformedJson, parse_bytes
from streaming.filters import Filter, filter_of

Topic = Literal["odds", "fixtures", "events"]

FRAME_BYTES_MAX: Final = 64 * 1024
CONFLATE_MS_MAX: Final = 60_000
HEARTBEAT_MS: Final = (100, 60_000)
OPS: Final = "subscribe, unsubscribe or authenticate"

FrameId = Annotated[int, Meta(ge=0, le=2**31 - 1)]
SequenceNumber = Annotated[int, Meta(ge=0, le=2**63 - 1 - 10_000)]


class Resume(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Where to go on: events after a sequence, odds and fixtures after a clock."""

    sequence: SequenceNumber | None = None
    clock: Annotated[str, Meta(max_length=64)] | None = None


class Subscribe(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Begin to tell what happens on a topic."""

    op: Literal["subscribe"]
    id: FrameId
    topic: Topic
    filter: msgspec.Raw = msgspec.Raw(b"{}")
    conflate_ms: Annotated[int, Meta(ge=0, le=CONFLATE_MS_MAX)] = 0
    heartbeat_ms: Annotated[int, Meta(ge=HEARTBEAT_MS[0], le=HEARTBEAT_MS[1])] = 5_000
    resume: Resume | None = None

    @property
    def wanted(self) -> Filter:
        """The filter. Raises BadRequest."""
        return filter_of(self.topic, bytes(self.filter))


class Unsubscribe(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """End a subscription."""

    op: Literal["unsubscribe"]
    id: FrameId


class Authenticate(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Show a fresh token, before the one that opened the connection ends."""

    op: Literal["authenticate"]
    token: Annotated[str, Meta(max_length=4096)]
    id: FrameId | None = None


Asked = Subscribe | Unsubscribe | Authenticate


class _Head(msgspec.Struct):
    op: str = ""
    id: object = None


_HEADS: Final = msgspec.json.Decoder(_Head)


def read_id(raw: bytes) -> int | None:
    """Return the id that a frame names, however wrong the rest is; None without one."""
    try:
        found = _HEADS.decode(raw).id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 2**31 else None


def parse_frame(raw: bytes) -> Asked:
    """Return what a frame asks. Raises BadRequest, with the code and details that the REST API would give."""
    try:
        op = _HEADS.decode(raw).op
    except msgspec.ValidationError:
        raise InvalidField(f"The field op must be {OPS}.", details={"field": "op"}) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedJson("The frame is not a JSON document.") from None
    match op:
        case "subscribe":
            asked = parse_bytes(raw, Subscribe)
            _check(asked)
            return asked
        case "unsubscribe":
            return parse_bytes(raw, Unsubscribe)
        case "authenticate":
            return parse_bytes(raw, Authenticate)
    raise InvalidField(f"The field op must be {OPS}.", details={"field": "op"})


def _check(asked: Subscribe) -> None:
    resume = asked.resume
    if resume is not None:
        right, wrong = ("sequence", "clock") if asked.topic == "events" else ("clock", "sequence")
        if getattr(resume, wrong) is not None or getattr(resume, right) is None:
            raise InvalidField(
                f"A subscription to {asked.topic} resumes by resume.{right}.", details={"field": "resume"}
            )
    if asked.topic == "events" and asked.conflate_ms:
        raise InvalidField(
            "Events are never conflated: leave conflateMs at 0.", details={"field": "conflateMs"}
        )
