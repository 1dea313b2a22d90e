"""Contracts that hold on every route: nobody sees another tenant's things, nobody comes in without the
scope, and every error wears the envelope. Generated from the URL resolver: a new route without a row in the
table fails.
"""

import json
import re
from functools import cache
from typing import Any

import pytest
from django.test import Client

from core.api.openapi import document
from core.api.routes import METHODS, Route, list_routes, parameter_prefix
from core.ids import typeid, uuid7
from partners.rules import SCOPES as ALL_SCOPES
from tests.contracts.table import OAUTH, PUBLIC, ROWS, Owned, Row, make_owned
from tests.makers.http import Caller, make_caller
from tests.makers.partners import make_tenant

SERVED: dict[tuple[str, str], Route] = {
    (method, route.path): route for route in list_routes() for method in route.operations
}
CALLS = sorted(SERVED)
PARTNER_CALLS = [call for call in CALLS if call in ROWS and ROWS[call].scope not in (PUBLIC, OAUTH)]
CALLS_WITH_ID = [call for call in PARTNER_CALLS if SERVED[call].parameters]
CALLS_WITH_ID_IN_BODY = [call for call in PARTNER_CALLS if ROWS[call].id_in_body is not None]
JSON_WRITES = [
    call for call in PARTNER_CALLS if call[0] != "GET" and ROWS[call].needs_body and not ROWS[call].takes_form
]
NAMED = {"event_type": "bet.placed"}
"""Path parameters that are no ids, each with a value of theirs."""
PATHS = sorted({path for _, path in CALLS})


def names(call: Any) -> str:
    return " ".join(call) if isinstance(call, tuple) else str(call)


@cache
def _owned() -> Owned:
    return make_owned(make_tenant())


@cache
def _caller(scopes: tuple[str, ...] = ALL_SCOPES) -> Caller:
    return make_caller(make_tenant(requests_per_minute=100_000), scopes=scopes)


@pytest.fixture
def owned(committed: None) -> Owned:
    """One of everything, of a tenant that no caller of this module belongs to."""
    return _owned()


@pytest.fixture
def caller(committed: None) -> Caller:
    """The same caller for every test, since none of them depends on what it did before."""
    return _caller()


@pytest.fixture
def http(committed: None) -> Client:
    return Client(raise_request_exception=False)


def random_id(name: str) -> str:
    prefix = parameter_prefix(name)
    assert prefix is not None or name in NAMED, f"the path parameter {name} is not an id"
    return NAMED[name] if prefix is None else typeid(prefix, uuid7())


def filled(call: tuple[str, str], **ids: str) -> str:
    path = call[1]
    for name in SERVED[call].parameters:
        path = re.sub(r"\{[A-Za-z]+\}", ids.get(name) or random_id(name), path, count=1)
    query = ROWS[call].query if call in ROWS else ""
    return f"{path}?{query}" if query else path


def body_of(row: Row) -> Any:
    if row.body is not None:
        return row.body()
    return row.id_in_body(typeid("plr", uuid7())) if row.id_in_body is not None else None


def without_traces(answer: Any) -> Any:
    """The answer's body without what differs from request to request, wherever in it."""

    def cleaned(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: cleaned(inner)
                for name, inner in value.items()
                if name not in ("requestId", "timestamp")
            }
        return [cleaned(inner) for inner in value] if isinstance(value, list) else value

    return answer.status_code, cleaned(answer.json())


def assert_envelope(answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status, answer.content
    found = answer.json()
    assert {"status", "code", "message", "timestamp", "requestId"} <= set(found)
    assert (found["status"], found["code"]) == ("error", code)
    assert answer.headers["X-Request-ID"] == found["requestId"]


class TestInventory:
    def test_served_routes_are_the_rows_of_the_table(self) -> None:
        assert set(CALLS) == set(ROWS)

    def test_served_routes_are_the_documented_ones(self) -> None:
        told = {(method.upper(), path) for path, item in document()["paths"].items() for method in item}
        assert told == set(CALLS)

    @pytest.mark.parametrize("call", PARTNER_CALLS, ids=names)
    def test_scope_is_the_one_of_the_table(self, call: tuple[str, str]) -> None:
        assert SERVED[call].required_scopes[call[0]] == ROWS[call].scope


class TestOtherTenantsIds:
    @pytest.mark.parametrize("call", CALLS_WITH_ID, ids=names)
    def test_they_answer_like_ids_that_never_were(
        self, caller: Caller, owned: Owned, call: tuple[str, str]
    ) -> None:
        body = body_of(ROWS[call])
        theirs = {name: getattr(owned, name) for name in SERVED[call].parameters}
        foreign = caller.call(call[0], filled(call, **theirs), body)
        unknown = caller.call(call[0], filled(call), body)
        assert without_traces(foreign) == without_traces(unknown)
        assert_envelope(foreign, 404, "NOT_FOUND")

    @pytest.mark.parametrize("call", CALLS_WITH_ID, ids=names)
    def test_what_is_no_id_answers_like_them(self, caller: Caller, call: tuple[str, str]) -> None:
        for text in ("x", "plr_x", "%00", "1", "..", "x" * 200):
            ids = dict.fromkeys(SERVED[call].parameters, text)
            assert_envelope(caller.call(call[0], filled(call, **ids), body_of(ROWS[call])), 404, "NOT_FOUND")

    @pytest.mark.parametrize("call", CALLS_WITH_ID_IN_BODY, ids=names)
    def test_in_a_body_they_answer_like_ids_that_never_were(
        self, caller: Caller, owned: Owned, call: tuple[str, str]
    ) -> None:
        row = ROWS[call]
        assert row.id_in_body is not None
        foreign = caller.call(*_with_body(call, row.id_in_body(getattr(owned, row.body_id))))
        unknown = caller.call(*_with_body(call, row.id_in_body(typeid("plr", uuid7()))))
        assert without_traces(foreign) == without_traces(unknown)

    @pytest.mark.parametrize("call", CALLS_WITH_ID, ids=names)
    def test_their_owner_finds_them(self, committed: None, call: tuple[str, str]) -> None:
        """Else the tests above would prove nothing."""
        tenant = make_tenant()
        own = make_owned(tenant)
        ids = {name: getattr(own, name) for name in SERVED[call].parameters}
        answer = make_caller(tenant).call(call[0], filled(call, **ids), body_of(ROWS[call]))
        assert answer.status_code != 404, answer.content


def _with_body(call: tuple[str, str], body: Any) -> tuple[str, str, Any]:
    return call[0], filled(call), body


class TestPrincipals:
    @pytest.mark.parametrize("call", PARTNER_CALLS, ids=names)
    def test_nobody_is_let_in_without_a_token(self, http: Client, call: tuple[str, str]) -> None:
        answer = http.generic(call[0], filled(call), b"", content_type="application/json")
        assert_envelope(answer, 401, "UNAUTHENTICATED")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    @pytest.mark.parametrize("call", PARTNER_CALLS, ids=names)
    def test_staff_session_opens_no_partner_route(self, http: Client, call: tuple[str, str]) -> None:
        http.cookies["session"] = "x" * 32
        assert_envelope(http.generic(call[0], filled(call)), 401, "UNAUTHENTICATED")

    @pytest.mark.parametrize("call", [call for call in PARTNER_CALLS if ROWS[call].scope], ids=names)
    def test_every_scope_but_the_right_one_is_refused(self, committed: None, call: tuple[str, str]) -> None:
        others = tuple(scope for scope in ALL_SCOPES if scope != ROWS[call].scope)
        answer = _caller(others).call(call[0], filled(call), body_of(ROWS[call]))
        assert_envelope(answer, 403, "INSUFFICIENT_SCOPE")

    @pytest.mark.parametrize("call", PARTNER_CALLS, ids=names)
    def test_right_scope_alone_is_enough(self, committed: None, call: tuple[str, str]) -> None:
        answer = _caller((ROWS[call].scope or "stream",)).call(call[0], filled(call), body_of(ROWS[call]))
        assert answer.status_code not in (401, 403, 405, 500), answer.content


class TestEveryRoute:
    @pytest.mark.parametrize("path", PATHS)
    def test_other_methods_are_refused_and_the_right_ones_named(self, http: Client, path: str) -> None:
        offered = {method for method, served in CALLS if served == path}
        allowed = offered | ({"HEAD"} if "GET" in offered else set())
        for method in (*(name.upper() for name in METHODS), "OPTIONS", "TRACE", "CONNECT", "PROPFIND"):
            if method not in offered:
                answer = http.generic(method, re.sub(r"\{[A-Za-z]+\}", "x", path))
                assert answer.status_code == 405, method
                assert answer.json()["code"] == "METHOD_NOT_ALLOWED"
                assert set(answer.headers["Allow"].split(", ")) == allowed

    @pytest.mark.parametrize("call", CALLS, ids=names)
    def test_answers_are_not_kept_or_sniffed_or_shared(self, caller: Caller, call: tuple[str, str]) -> None:
        answer = caller.call(call[0], filled(call), body_of(ROWS[call]))
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Request-ID"]
        assert "Access-Control-Allow-Origin" not in answer.headers
        if ROWS[call].scope != PUBLIC:
            assert "no-store" in answer.headers["Cache-Control"]

    @pytest.mark.parametrize("call", JSON_WRITES, ids=names)
    def test_broken_body_is_a_400(self, caller: Caller, call: tuple[str, str]) -> None:
        for body, code in (
            (b"", "MALFORMED_JSON"),
            (b"[]", "MALFORMED_JSON"),
            (b'{"a":', "MALFORMED_JSON"),
            (b'{"noSuchField":1}', "UNKNOWN_FIELD"),
        ):
            answer = caller.call(call[0], filled(call), body, CONTENT_TYPE="application/json")
            assert_envelope(answer, 400, code)

    @pytest.mark.parametrize("call", JSON_WRITES, ids=names)
    def test_field_said_twice_is_a_400(self, caller: Caller, call: tuple[str, str]) -> None:
        body = json.dumps(body_of(ROWS[call]))
        name = body.split('"')[1]
        twice = body[:-1] + f', "{name}": {json.dumps(body_of(ROWS[call])[name])}}}'
        assert_envelope(caller.call(call[0], filled(call), twice.encode()), 400, "DUPLICATE_FIELD")

    @pytest.mark.parametrize("call", [call for call in PARTNER_CALLS if call[0] != "GET"], ids=names)
    def test_other_content_type_is_a_415(self, caller: Caller, call: tuple[str, str]) -> None:
        answer = caller.call(call[0], filled(call), b"a=1", CONTENT_TYPE="application/x-www-form-urlencoded")
        assert_envelope(answer, 415, "UNSUPPORTED_MEDIA_TYPE")

    @pytest.mark.parametrize("call", [call for call in PARTNER_CALLS if call[0] == "GET"], ids=names)
    def test_unknown_parameter_is_a_400(self, caller: Caller, call: tuple[str, str]) -> None:
        path = filled(call)
        answer = caller.get(path + ("&" if "?" in path else "?") + "noSuchParameter=1")
        assert_envelope(answer, 400, "UNKNOWN_FIELD")

    @pytest.mark.parametrize("call", PARTNER_CALLS, ids=names)
    def test_answer_says_what_is_left_of_the_rate_limit(self, caller: Caller, call: tuple[str, str]) -> None:
        answer = caller.call(call[0], filled(call), body_of(ROWS[call]))
        for name in (
            "RateLimit-Policy",
            "RateLimit",
            "X-RateLimit-Limit",
            "X-RateLimit-Remaining",
            "X-RateLimit-Reset",
        ):
            assert name in answer.headers
