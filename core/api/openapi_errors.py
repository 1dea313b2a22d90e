"""What each operation can refuse with, in the OpenAPI document: codes by status, a refusal's shape."""

from collections import defaultdict
from typing import Any, Final

from core.api.codes import documented_codes
from core.api.fields import names_id, numbers_in
from core.api.operation import Operation
from core.api.pagination import PageQuery
from core.api.routes import Route

SCHEMAS: Final = "#/components/schemas/"
_BODY_CODES: Final = (
    "MALFORMED_JSON",
    "UNKNOWN_FIELD",
    "MISSING_FIELD",
    "INVALID_FIELD",
    "DUPLICATE_FIELD",
    "BODY_TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
)
_NUMBER_FAULTS: Final = ("NOT_A_STRING", "INVALID", "TOO_PRECISE", "OUT_OF_RANGE")
_QUERY_CODES: Final = ("UNKNOWN_FIELD", "INVALID_FIELD", "DUPLICATE_FIELD")
_PARTNER_CODES: Final = (
    "UNAUTHENTICATED",
    "INSUFFICIENT_SCOPE",
    "PARTNER_SUSPENDED",
    "ADDRESS_NOT_ALLOWED",
    "RATE_LIMITED",
    "DATABASE_UNAVAILABLE",
    "DATABASE_BUSY",
)
_ANY_CODES: Final = ("BAD_REQUEST", "METHOD_NOT_ALLOWED", "INTERNAL_ERROR")
_KEY_CODES: Final = ("IDEMPOTENCY_KEY_INVALID", "REFERENCE_CONFLICT", "REFERENCE_IN_PROGRESS")


def errors_of(route: Route, told: Operation) -> dict[str, Any]:
    """Return the refusals of an operation by their status, each with its codes.

    Raises LookupError for a code that docs/errors.md does not list.
    """
    codes = [*_ANY_CODES, *told.codes]
    if told.body is not None:
        codes += _BODY_CODES
        codes += [f"{number}_{fault}" for number in sorted(numbers_in(told.body)) for fault in _NUMBER_FAULTS]
    if told.query is not None:
        codes += _QUERY_CODES
        if issubclass(told.query, PageQuery):
            codes.append("CURSOR_INVALID")
    if route.parameters or names_id(told.query) or names_id(told.body):
        codes.append("NOT_FOUND")
    if told.takes_idempotency_key:
        codes += _KEY_CODES
    if route.required_scopes and not told.is_public:
        codes += _PARTNER_CODES
    by_status: dict[int, list[str]] = defaultdict(list)
    known = documented_codes()
    for code in dict.fromkeys(codes):
        if code not in known:
            raise LookupError(f"{route.path} can give {code}, which docs/errors.md does not list")
        by_status[known[code].status].append(code)
    return {
        str(status): {
            "description": ", ".join(f"`{code}`" for code in by_status[status]),
            "headers": {"X-Request-ID": {"$ref": "#/components/headers/X-Request-ID"}},
            "content": {
                "application/json": {
                    "schema": {
                        "allOf": [
                            {"$ref": SCHEMAS + "Error"},
                            {"properties": {"code": {"enum": by_status[status]}}},
                        ]
                    }
                },
                "application/problem+json": {"schema": {"$ref": SCHEMAS + "Problem"}},
            },
        }
        for status in sorted(by_status)
        if status not in told.answers
    }


def error_schemas() -> dict[str, Any]:
    """Return the schemas of a refusal, in the envelope and as problem+json."""
    facts = {
        "code": {"type": "string", "description": "One of the codes of /docs/errors."},
        "message": {"type": "string"},
        "timestamp": {"type": "string", "format": "date-time"},
        "requestId": {"type": "string"},
        "details": {"type": "object"},
    }
    required = ["status", "code", "message", "timestamp", "requestId"]
    return {
        "Error": {
            "type": "object",
            "required": required,
            "properties": {"status": {"const": "error"}, **facts},
            "example": {
                "status": "error",
                "code": "STAKE_ABOVE_LIMIT",
                "message": "The stake is above the limit of this player's market.",
                "timestamp": "2026-03-01T12:00:00.000Z",
                "requestId": "req_01kjm9xq5ee0ra3bjgn7wv2m4s",
                "details": {"limit": "market", "maxStake": "250.00"},
            },
        },
        "Problem": {
            "type": "object",
            "description": "The same facts as RFC 9457 has them.",
            "required": ["type", "title", "detail", *required],
            "properties": {
                "type": {"type": "string", "format": "uri-reference"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string"},
                "instance": {"type": "string"},
                **facts,
            },
        },
    }
