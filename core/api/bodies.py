"""Reading what a partner sends: bodies and queries, strictly, into msgspec Structs.

A request is understood as a whole or refused as a whole, and the refusal names the field: nothing unknown is
ignored, nothing said twice is guessed at, and money is never a JSON number.

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
from typing import Annotated, Any, Final, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from django.http import HttpRequest
from msgspec import Meta

from core.api.errors import BodyTooLarge, UnsupportedMediaType
from core.errors import BadRequest

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
    ),
]
Moment = Annotated[datetime, Meta(tz=True, description="RFC 3339.")]


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Base of what partners send: camelCase outside, and nothing that is not declared."""


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
        _refuse_duplicates(raw)
    if b"\\u0000" in raw:
        _refuse_nul(document, "")
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
        if "\x00" in values[0] or "\x00" in name:
            raise InvalidField(
                "A parameter holds a NUL character.", details={"field": name.replace("\x00", "")}
            )
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _field_refusal(str(error), given, kind) from None


def convert_form(given: dict[str, str], kind: type[T]) -> T:
    """Return a form's fields as this Struct, or raise a BadRequest that names the field."""
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _field_refusal(str(error), given, kind) from None


def numbers_in(kind: Any) -> set[str]:
    """Return which kinds of decimal strings (`AMOUNT`, `ODDS`) a body of this type can hold anywhere."""
    found = {text for meta in _metas(kind) if (text := (meta.extra or {}).get("kind"))}
    struct, item = _struct_in(kind), _item_type(kind)
    for inner in (*(_types_by_name(struct).values() if struct is not None else ()), item):
        if inner is not None:
            found |= numbers_in(inner)
    return found


def names_id(kind: Any) -> bool:
    """Return whether a body or query of this type names a thing by its id, anywhere in it."""
    struct, item = _struct_in(kind), _item_type(kind)
    if struct is None:
        return item is not None and names_id(item)
    return any(name.endswith("Id") or names_id(inner) for name, inner in _types_by_name(struct).items())


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


def _refuse_duplicates(raw: bytes) -> None:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            name = Counter(name for name, _ in pairs).most_common(1)[0][0]
            raise DuplicateField(f"The field {name} is given more than once.", details={"field": name})
        return found

    json.loads(raw, object_pairs_hook=unique)


def _refuse_nul(document: Any, path: str) -> None:
    if isinstance(document, str) and "\x00" in document:
        raise InvalidField(f"The field {path} holds a NUL character.", details={"field": path})
    if isinstance(document, dict):
        for name, value in document.items():
            _refuse_nul(name, path)
            _refuse_nul(value, f"{path}.{name}" if path else name)
    elif isinstance(document, list):
        for place, value in enumerate(document):
            _refuse_nul(value, f"{path}[{place}]")


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
    refusal = _TEXT_REFUSALS.get(_kind_at(kind, path))
    if refusal is not None and (", got `" in said or said == "Number out of range"):
        return refusal(f"The field {path} must be a decimal string.", details={"field": path})
    return InvalidField(
        f"The field {path} is not valid: {said[:1].lower()}{said[1:]}.", details={"field": path}
    )


_TEXT_REFUSALS: Final[dict[str, Callable[..., BadRequest]]] = {
    "AMOUNT": AmountNotAString,
    "ODDS": OddsNotAString,
}


def _unknown_fields(document: Any, kind: Any, path: str) -> Iterator[str]:
    """Find what a document has and its type does not, everywhere in it."""
    struct = _struct_in(kind)
    if isinstance(document, dict) and struct is not None:
        types = _types_by_name(struct)
        for name, value in document.items():
            inner = f"{path}.{name}" if path else name
            if name not in types:
                yield inner.replace("\x00", "")[:200]
            else:
                yield from _unknown_fields(value, types[name], inner)
    elif isinstance(document, list):
        item = _item_type(kind)
        for place, value in enumerate(document[:1000]):
            yield from _unknown_fields(value, item, f"{path}[{place}]")


def _kind_at(kind: Any, path: str) -> str:
    """Return the kind of text (`AMOUNT`, `ODDS` or none) wanted at a path such as `legs[0].odds`."""
    for step in re.findall(r"[^.\[\]]+|\[[^\]]*\]", path):
        if step.startswith("["):
            kind = _item_type(kind)
        else:
            struct = _struct_in(kind)
            kind = _types_by_name(struct).get(step) if struct is not None else None
    return next((found for meta in _metas(kind) if (found := (meta.extra or {}).get("kind"))), "")


@cache
def _types_by_name(struct: type[msgspec.Struct]) -> dict[str, Any]:
    hints = get_type_hints(struct, include_extras=True)
    return {field.encode_name: hints[field.name] for field in msgspec.structs.fields(struct)}


def _parts(kind: Any) -> Iterator[Any]:
    """The alternatives of a type: itself, what `Annotated` wraps, the members of a union."""
    yield kind
    if get_origin(kind) is Annotated:
        yield from _parts(get_args(kind)[0])
    elif get_origin(kind) not in (list, dict, tuple):
        for part in get_args(kind):
            yield from _parts(part)


def _metas(kind: Any) -> Iterator[Meta]:
    for part in _parts(kind):
        if get_origin(part) is Annotated:
            yield from (meta for meta in get_args(part)[1:] if isinstance(meta, Meta))


def _struct_in(kind: Any) -> type[msgspec.Struct] | None:
    return next(
        (part for part in _parts(kind) if isinstance(part, type) and issubclass(part, msgspec.Struct)), None
    )


def _item_type(kind: Any) -> Any:
    return next((get_args(part)[0] for part in _parts(kind) if get_origin(part) in (list, tuple)), None)
