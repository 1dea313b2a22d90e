"""The OpenAPI 3.1 document, made from the routes, the Structs of their bodies and answers, and the list of
codes.

What a view declares by `@operation` is what it parses and shows, so the document says what the code does.
"""

import json
import re
from typing import Any, Final

import msgspec

from core.api.answers import JSON
from core.api.openapi_errors import SCHEMAS, error_schemas, errors_of
from core.api.operation import Operation
from core.api.routes import Route, camel, list_routes, parameter_prefix
from core.api.uploads import MULTIPART
from core.event_types import EventType, event_types

VERSION: Final = "2.0.0"


def document() -> dict[str, Any]:
    """Return the whole document."""
    routes = list_routes()
    shapes = _Shapes(routes)
    paths: dict[str, Any] = {}
    for route in routes:
        for method, told in route.operations.items():
            if told is not None:
                paths.setdefault(route.path, {})[method.lower()] = _operation(route, method, told, shapes)
    scopes = sorted({scope for route in routes for scope in route.required_scopes.values() if scope})
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Partner API",
            "version": VERSION,
            "description": "Money is a decimal string, times are RFC 3339 in UTC, ids carry their kind. "
            "Every error wears the same envelope; its codes are listed under /docs/errors.",
        },
        "servers": [{"url": "/"}],
        "security": [{"oauth": []}],
        "paths": paths,
        "webhooks": {kind.name: _webhook(kind, shapes) for kind in event_types().values()},
        "components": {
            "schemas": {**shapes.components, **error_schemas()},
            "headers": {
                "X-Request-ID": {
                    "description": "Finds the request in the back office.",
                    "schema": {"type": "string"},
                }
            },
            "securitySchemes": {
                "oauth": {
                    "type": "oauth2",
                    "flows": {
                        "clientCredentials": {
                            "tokenUrl": "/oauth/token",
                            "scopes": {scope: _scope_text(scope) for scope in scopes},
                        }
                    },
                }
            },
        },
    }


def document_text() -> str:
    """Return the document as `docs/openapi.json` keeps it."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


class _Shapes:
    """The schemas of every Struct that an operation names."""

    def __init__(self, routes: list[Route]) -> None:
        kinds: list[Any] = []
        for route in routes:
            for told in route.operations.values():
                if told is not None:
                    kinds += [told.body, told.query, *told.answers.values()]
        kinds += [kind.data for kind in event_types().values()]
        structs = list(
            dict.fromkeys(kind for kind in kinds if kind is not None and not isinstance(kind, str))
        )
        schemas, components = msgspec.json.schema_components(structs, ref_template=SCHEMAS + "{name}")
        self._by_kind = dict(zip(structs, schemas, strict=True))
        self._all = components
        queries = {
            self._name(told.query)
            for route in routes
            for told in route.operations.values()
            if told is not None and told.query is not None
        }
        self.components = {name: schema for name, schema in sorted(components.items()) if name not in queries}

    def of(self, kind: Any) -> dict[str, Any]:
        """The schema of a body or an answer."""
        schema: dict[str, Any] = self._by_kind[kind]
        return schema

    def properties_of(self, kind: Any) -> tuple[dict[str, Any], list[str]]:
        """The properties of a query's Struct, and those that must be given."""
        schema = self._all[self._name(kind)]
        return schema.get("properties", {}), schema.get("required", [])

    def _name(self, kind: Any) -> str:
        return str(self._by_kind[kind]["$ref"]).removeprefix(SCHEMAS)


def _operation(route: Route, method: str, told: Operation, shapes: _Shapes) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "operationId": _operation_id(route.path, method),
        "summary": told.summary,
        "tags": [_tag(route.path)],
    }
    if told.description:
        shown["description"] = told.description
    scope = route.required_scopes.get(method)
    if told.is_public or not route.required_scopes:
        shown["security"] = []
    else:
        shown["security"] = [{"oauth": [scope] if scope else []}]
    parameters = [_path_parameter(name) for name in route.parameters]
    if told.query is not None:
        parameters += _query_parameters(told.query, shapes)
    if told.takes_idempotency_key:
        parameters.append(_IDEMPOTENCY_KEY)
    if parameters:
        shown["parameters"] = parameters
    if told.body is not None:
        content: dict[str, Any] = {"schema": shapes.of(told.body)}
        if told.example is not None:
            content["example"] = told.example
        media_type = "application/x-www-form-urlencoded" if told.form else JSON
        media_type = MULTIPART if told.upload else media_type
        shown["requestBody"] = {"required": told.needs_body, "content": {media_type: content}}
    shown["responses"] = {**_answers(told, shapes), **errors_of(route, told)}
    return shown


_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key with the same content gives the first answer again.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$"},
}


def _path_parameter(name: str) -> dict[str, Any]:
    prefix = parameter_prefix(name)
    schema: dict[str, Any] = {"type": "string"}
    if prefix is not None:
        schema["pattern"] = f"^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"
    return {"name": camel(name), "in": "path", "required": True, "schema": schema}


def _query_parameters(kind: Any, shapes: _Shapes) -> list[dict[str, Any]]:
    properties, required = shapes.properties_of(kind)
    found = []
    for name, schema in properties.items():
        # A parameter is left out, never null.
        kinds = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
        plain = (
            kinds[0]
            if len(kinds) == 1
            else {key: value for key, value in schema.items() if value is not None}
        )
        parameter = {"name": name, "in": "query", "required": name in required}
        description = plain.get("description")
        if description:
            parameter["description"] = description
        found.append({**parameter, "schema": {key: plain[key] for key in plain if key != "description"}})
    return found


def _answers(told: Operation, shapes: _Shapes) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status, kind in told.answers.items():
        answer: dict[str, Any] = {
            "description": "Done." if status < 400 else "Not at the moment.",
            "headers": {"X-Request-ID": {"$ref": "#/components/headers/X-Request-ID"}},
        }
        if isinstance(kind, str):
            answer["content"] = {kind: {"schema": {"type": "object" if kind == JSON else "string"}}}
        elif kind is not None:
            content: dict[str, Any] = {"schema": shapes.of(kind)}
            if told.answer_example is not None and status < 400:
                content["example"] = told.answer_example
            answer["content"] = {"application/json": content}
        found[str(status)] = answer
    return found


def _webhook(kind: EventType, shapes: _Shapes) -> dict[str, Any]:
    """The delivery of a type of event, as Standard Webhooks has it."""
    body = {
        "type": "object",
        "required": ["type", "timestamp", "sequence", "partnerId", "data"],
        "properties": {
            "type": {"const": kind.name},
            "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
            "sequence": {"type": "integer", "description": "Its number in the tenant's one sequence."},
            "partnerId": {"type": "string"},
            "data": shapes.of(kind.data),
        },
    }
    planned = " Its shape is settled; it is not sent yet." if kind.is_planned else ""
    return {
        "post": {
            "operationId": "on" + "".join(word.title() for word in re.split(r"[._]", kind.name)),
            "summary": kind.name,
            "description": f"Sent when {kind.sent_when}.{planned}",
            "tags": ["events"],
            "security": [],
            "parameters": [
                {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
                for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
            ],
            "requestBody": {"required": True, "content": {JSON: {"schema": body}}},
            "responses": {"2XX": {"description": "Received; anything else is tried again."}},
        }
    }


def _operation_id(path: str, method: str) -> str:
    """`getPlayerWallet` for GET /players/{playerId}/wallet: one of many is called by what it is."""
    words: list[str] = []
    for word in path.removeprefix("/api/v2").strip("/").split("/"):
        if word.startswith("{"):
            words[-1] = word.strip("{}").removesuffix("Id")
        else:
            words.append(word)
    return method.lower() + "".join(
        part[:1].upper() + part[1:] for word in words for part in re.split(r"[.-]", word)
    )


def _tag(path: str) -> str:
    return path.removeprefix("/api/v2").strip("/").split("/")[0]


def _scope_text(scope: str) -> str:
    subject, _, right = scope.partition(":")
    return {"read": f"Read {subject}.", "write": f"Write {subject}."}.get(right, f"Use the {subject}.")
