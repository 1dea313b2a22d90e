"""Reading what a partner sends: bodies and queries, strictly, into msgspec Structs.

A request is understood as a whole or refused as a whole, and the refusal names the field: nothing unknown is
ignored, nothing said twice is guessed at, and money is never a JSON number. Every text in it is one line, as
`core.text` has it.

    class PlaceBet(Body):
        reference: ReferenceText
        stake: AmountText
        legs: Annotated[list[Leg], Meta(min_length=1, max_length=20)]

    asked = parse_body(request, PlaceBet)
    query = parse_query(request, BetsQuery)
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final, TypeVar

import msgspec
from django.http import HttpRequest
from msgspec import Meta

from core.api.errors import BodyTooLarge, UnsupportedMediaType
from core.api.fields import holds_int, item_type, number_at, struct_in, type_at, types_by_name, wanted
from core.errors import BadRequest
from core.text import HiddenCharacter, check_line, quoted

BODY_BYTES_MAX: Final = 256 * 1024

AmountText = Annotated[
    str, Meta(extra={"kind": "AMOUNT"}, description="A decimal string at the currency's scale.")
]
OddsText = Annotated[
    str, Meta(extra={"kind": "ODDS"}, description="Decimal odds or a ratio, as a decimal string.")
]
ReferenceText = Annotated[
    str,
    Meta(
        # `$` alone would let a final line feed pass.
        pattern=r"^[A-Za-z0-9._:-]{1,64}$(?!\n)",
        min_length=1,
        max_length=64,
        description="Unique in its tenant and kind for ever.",
        extra={"wanted": "1 to 64 of the characters A-Z a-z 0-9 . _ : -"},
    ),
]
Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339.")]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Base of what partners send: camelCase outside, and nothing that is not declared."""


class BodyInParts(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """A body with parts (`msgspec.Raw`) that are read one by one: a broken one spoils no other."""


class Shown(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of what partners are shown."""


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Base of a query string's parameters, each at most once."""


class NoQuery(Query, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """No parameters at all."""


class MalformedJson(BadRequest):
    code = "MALFORMED_JSON"
    message = "The body is not a JSON document."


class UnknownField(BadRequest):
    code = "UNKNOWN_FIELD"
    message = "The request has fields that this call does not know."


class MissingField(BadRequest):
    code = "MISSING_FIELD"
    message = "The request lacks a field that this call needs."


class InvalidField(BadRequest):
    code = "INVALID_FIELD"
    message = "A field of the request has a value that it cannot have."


class DuplicateField(BadRequest):
    code = "DUPLICATE_FIELD"
    message = "The request says a field twice."


class AmountNotAString(BadRequest):
    code = "AMOUNT_NOT_A_STRING"
    message = "An amount must be a decimal string."


class OddsNotAString(BadRequest):
    code = "ODDS_NOT_A_STRING"
    message = "Odds must be a decimal string."


T = TypeVar("T", bound=msgspec.Struct)

_PATH: Final = re.compile(r" - at `\$?\.?(?P<path>.*)`$")
_NAMED: Final = re.compile(r"field `(?P<name>.*)`$", re.DOTALL)


def parse_body(request: HttpRequest | Any, kind: type[T]) -> T:
    """Return the body as this Struct, or raise a BadRequest that names what is wrong with it.

    Raises UnsupportedMediaType and BodyTooLarge as well.
    """
    plain: HttpRequest = getattr(request, "_request", request)
    _check_content_type(plain)
    return parse_bytes(read_body(plain), kind)


def parse_body_if_any(request: HttpRequest | Any, kind: type[T]) -> T:
    """Return the body as this Struct, whose fields may all be left out; no body at all is as good as `{}`."""
    plain: HttpRequest = getattr(request, "_request", request)
    return parse_body(request, kind) if read_body(plain) else kind()


def parse_bytes(raw: bytes, kind: type[T]) -> T:
    """Return a JSON document as this Struct, or raise a BadRequest that names what is wrong with it."""
    try:
        asked: T = _decoder(kind).decode(raw)
        document = msgspec.json.decode(raw)
    except msgspec.ValidationError as error:
        raise _refusal(str(error), raw, kind) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedJson from None
    # Outside strings, a colon follows each key: where the counts agree, no key was said twice.
    if raw.count(b":") != _count_keys(document):
        _refuse_duplicates(raw, is_in_parts=issubclass(kind, BodyInParts))
    if issubclass(kind, BodyInParts):
        return asked
    # JSON writes control characters with a backslash, all but DEL.
    if b"\\" in raw or b"\x7f" in raw or not raw.isascii():
        lines = check_text(document)
        if lines != document:
            asked = _decoder(kind).decode(msgspec.json.encode(lines))
    return asked


def read_body(request: HttpRequest) -> bytes:
    """Return the body's bytes. Raises BodyTooLarge past 256 KiB."""
    known: bytes | None = getattr(request, "_body", None)
    if known is None:
        known = bytes(request.read(BODY_BYTES_MAX + 1))
        request._body = known
    if len(known) > BODY_BYTES_MAX:
        raise BodyTooLarge(details={"bytesMax": BODY_BYTES_MAX})
    return known


def parse_query(request: HttpRequest | Any, kind: type[T]) -> T:
    """Return the query string as this Struct, or raise a BadRequest that names the parameter.

    A parameter that is unknown, or given twice, is refused.
    """
    plain: HttpRequest = getattr(request, "_request", request)
    given: dict[str, str] = {}
    for name, values in plain.GET.lists():
        if len(values) > 1:
            raise DuplicateField(f"The parameter {name} is given more than once.", details={"field": name})
        given[name] = values[0]
    return convert_form(check_text(given), kind)


def convert_form(given: dict[str, str], kind: type[T]) -> T:
    """Return a query's or a form's fields as this Struct, or raise a BadRequest that names the field."""
    try:
        return msgspec.convert(_with_numbers(given, kind), kind)
    except msgspec.ValidationError as error:
        raise _field_refusal(str(error), given, kind) from None


def _with_numbers(given: dict[str, str], kind: Any) -> dict[str, Any]:
    """Return parameters with whole numbers, in their one spelling, where the Struct wants a number."""
    types = types_by_name(kind)
    return {
        name: int(text) if _WHOLE_NUMBER.fullmatch(text) and holds_int(types.get(name)) else text
        for name, text in given.items()
    }


_WHOLE_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,19})")


def _check_content_type(request: HttpRequest) -> None:
    content_type = request.META.get("CONTENT_TYPE", "")
    if content_type != "application/json":
        media_type, _, parameters = content_type.partition(";")
        if media_type.strip().lower() != "application/json" or not re.fullmatch(
            r"\s*(charset\s*=\s*\"?utf-8\"?)?\s*", parameters, re.IGNORECASE
        ):
            raise UnsupportedMediaType


@cache
def _decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    return msgspec.json.Decoder(kind)


def _count_keys(document: Any) -> int:
    if isinstance(document, dict):
        return len(document) + sum(
            _count_keys(value) for value in document.values() if type(value) in _NESTED
        )
    if isinstance(document, list):
        return sum(_count_keys(value) for value in document if type(value) in _NESTED)
    return 0


_NESTED: Final = frozenset((dict, list))


def _refuse_duplicates(raw: bytes, *, is_in_parts: bool) -> None:
    """Raise DuplicateField for a key said twice in an object; of a body in parts, in the outermost alone."""
    objects: list[list[tuple[str, Any]]] = []
    json.loads(raw, object_pairs_hook=objects.append)
    for pairs in objects[-1:] if is_in_parts else objects:
        name, times = Counter(name for name, _ in pairs).most_common(1)[0] if pairs else ("", 0)
        if times > 1:
            name = quoted(name)
            raise DuplicateField(f"The field {name} is given more than once.", details={"field": name})


def check_text(document: Any, path: str = "") -> Any:
    """Return what was sent with every text in it composed. Raises InvalidField, naming the field, for text
    that is not one line, or holds what cannot be seen.
    """
    if isinstance(document, str):
        return _line(document, path)
    if isinstance(document, dict):
        return {
            _line(name, path): check_text(value, f"{path}.{name}" if path else name)
            for name, value in document.items()
        }
    if isinstance(document, list):
        return [check_text(value, f"{path}[{place}]") for place, value in enumerate(document)]
    return document


def _line(text: str, path: str) -> str:
    try:
        return check_line(text)
    except HiddenCharacter as refusal:
        field = quoted(path)
        where = f"The field {field}" if field else "A field's name"
        raise InvalidField(f"{where} holds {refusal.held}.", details={"field": field}) from None


def _refusal(message: str, raw: bytes, kind: type[msgspec.Struct]) -> BadRequest:
    """Say what is wrong with a body; the body is read once more, by a reader that takes every number."""
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        return MalformedJson()
    if not isinstance(document, dict):
        return MalformedJson("The body must be a JSON object.")
    return _field_refusal(message, document, kind)


def _field_refusal(message: str, document: dict[str, Any], kind: type[msgspec.Struct]) -> BadRequest:
    unknown = sorted(_unknown_fields(document, kind, ""))
    if unknown:
        return UnknownField(
            f"The request has fields that this call does not know: {', '.join(unknown)}.",
            details={"fields": unknown},
        )
    at = _PATH.search(message)
    path, said = (at["path"], message[: at.start()]) if at else ("", message)
    if said.startswith("Object missing required field"):
        named = _NAMED.search(said)
        name = named["name"] if named else ""
        field = f"{path}.{name}" if path else name
        return MissingField(f"The field {field} is missing.", details={"field": field})
    refusal = _TEXT_REFUSALS.get(number_at(kind, path))
    if refusal is not None and (", got `" in said or said == "Number out of range"):
        return refusal(f"The field {path} must be a decimal string.", details={"field": path})
    return InvalidField(_told(path, wanted(type_at(kind, path))), details={"field": path})


def _told(path: str, words: str) -> str:
    """Say in our own words what a field must be: the library's name types and patterns of a programmer."""
    return f"The field {path} must be {words}." if words else f"The field {path} cannot have this value."


_TEXT_REFUSALS: Final[dict[str, Callable[..., BadRequest]]] = {
    "AMOUNT": AmountNotAString,
    "ODDS": OddsNotAString,
}


def _unknown_fields(document: Any, kind: Any, path: str) -> Iterator[str]:
    """Find what a document has and its type does not, everywhere in it."""
    struct = struct_in(kind)
    if isinstance(document, dict) and struct is not None:
        types = types_by_name(struct)
        for name, value in document.items():
            inner = f"{path}.{name}" if path else name
            if name not in types:
                yield inner.replace("\x00", "")[:200]
            else:
                yield from _unknown_fields(value, types[name], inner)
    elif isinstance(document, list):
        item = item_type(kind)
        for place, value in enumerate(document[:1000]):
            yield from _unknown_fields(value, item, f"{path}[{place}]")
