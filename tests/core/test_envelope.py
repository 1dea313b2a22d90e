"""Every answer of the API process: one envelope for errors, safe headers, and nothing of what is inside."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError
from django.db.utils import InterfaceError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from b2b.logs import logging_settings
from b2b.urls import api as served
from core.api import errors
from core.api.answers import JsonAnswer
from core.api.bodies import Body, parse_body
from core.api.views import PartnerRequest, PublicView
from core.errors import Conflict, Forbidden, NotFound, Rejected, Unavailable
from core.references import RefusedBefore

RAISED: dict[str, BaseException] = {}


class Raising(PublicView):
    """Raises what a test has put there."""

    def get(self, request: PartnerRequest) -> HttpResponse:
        raise RAISED["it"]

    def post(self, request: PartnerRequest) -> HttpResponse:
        parse_body(request, Body)
        return JsonAnswer({}, status=201)


def plain_view(request: HttpRequest) -> HttpResponse:
    """A view from outside, such as a library's."""
    raise RAISED["it"]


urlpatterns = [
    path("raising", Raising.as_view()),
    path("plain", plain_view),
    path("", include(served.urlpatterns)),
]
handler400, handler403 = errors.bad_request, errors.forbidden
handler404, handler500 = errors.not_found, errors.server_error


@pytest.fixture
def http(settings: Any) -> Client:
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False)


def assert_envelope(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    found: dict[str, Any] = answer.json()
    assert set(found) - {"details"} == {"status", "code", "message", "timestamp", "requestId"}
    assert (found["status"], found["code"]) == ("error", code)
    assert found["requestId"] == answer.headers["X-Request-ID"]
    return found


def with_state(kind: type[Exception], state: str) -> Exception:
    """A database error as Django raises it, with a SQLSTATE behind it."""
    error, cause = kind("a table's name, a password"), Exception()
    cause.sqlstate = state  # type: ignore[attr-defined]
    error.__cause__ = cause
    return error


class TestErrors:
    @pytest.mark.parametrize(
        ("raised", "status", "code"),
        [
            (NotFound(), 404, "NOT_FOUND"),
            (Conflict(code="X_CONFLICT"), 409, "X_CONFLICT"),
            (Rejected(code="X_REJECTED"), 422, "X_REJECTED"),
            (Forbidden(), 403, "FORBIDDEN"),
            (Unavailable(), 503, "UNAVAILABLE"),
            (ValueError("secret"), 500, "INTERNAL_ERROR"),
            (RecursionError(), 500, "INTERNAL_ERROR"),
            (OperationalError("connection refused"), 503, "DATABASE_UNAVAILABLE"),
            (InterfaceError("connection already closed"), 503, "DATABASE_UNAVAILABLE"),
            (with_state(OperationalError, "57014"), 503, "DATABASE_BUSY"),
            (with_state(OperationalError, "55P03"), 503, "DATABASE_BUSY"),
            (with_state(OperationalError, "40P01"), 503, "DATABASE_BUSY"),
            (with_state(OperationalError, "57P01"), 503, "DATABASE_UNAVAILABLE"),
            (with_state(OperationalError, "53300"), 503, "DATABASE_UNAVAILABLE"),
            (with_state(OperationalError, "53100"), 503, "DATABASE_UNAVAILABLE"),
            (with_state(OperationalError, "42P01"), 500, "INTERNAL_ERROR"),
        ],
    )
    @pytest.mark.parametrize("where", ["/raising", "/plain"])
    def test_whatever_is_raised_wears_the_envelope(
        self, http: Client, where: str, raised: BaseException, status: int, code: str
    ) -> None:
        RAISED["it"] = raised
        answer = http.get(where)
        assert_envelope(answer, status, code)
        assert ("Retry-After" in answer.headers) == (status == 503)
        assert "secret" not in answer.content.decode()
        assert "password" not in answer.content.decode()

    def test_problem_details_come_on_accept(self, http: Client) -> None:
        RAISED["it"] = Rejected("No.", code="X_REJECTED", details={"maxStake": "1.00"})
        answer = http.get("/raising", HTTP_ACCEPT="application/problem+json")
        found = answer.json()
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert (found["status"], found["code"], found["detail"]) == (422, "X_REJECTED", "No.")
        assert found["details"] == {"maxStake": "1.00"}
        assert {"type", "title", "instance", "timestamp", "requestId"} <= set(found)

    def test_stored_refusal_is_marked_as_replayed(self, http: Client) -> None:
        RAISED["it"] = RefusedBefore("No.", code="X_REJECTED")
        answer = http.get("/raising")
        assert_envelope(answer, 422, "X_REJECTED")
        assert answer.headers["Idempotent-Replayed"] == "true"

    @pytest.mark.parametrize(
        ("method", "where", "status", "code"),
        [
            ("GET", "/nowhere", 404, "NOT_FOUND"),
            ("GET", "/api/v2/", 404, "NOT_FOUND"),
            ("GET", "/api/v2/events/", 404, "NOT_FOUND"),
            ("GET", "/admin/", 404, "NOT_FOUND"),
            ("GET", "/%00", 404, "NOT_FOUND"),
            ("GET", "/%ff%fe", 404, "NOT_FOUND"),
            ("GET", "/api/v2/../../etc/passwd", 404, "NOT_FOUND"),
            ("GET", "/static/", 404, "NOT_FOUND"),
            ("GET", "/static/none.js", 404, "NOT_FOUND"),
            ("POST", "/static/core/docs.js", 405, "METHOD_NOT_ALLOWED"),
            ("DELETE", "/raising", 405, "METHOD_NOT_ALLOWED"),
            ("OPTIONS", "/raising", 405, "METHOD_NOT_ALLOWED"),
            ("TRACE", "/raising", 405, "METHOD_NOT_ALLOWED"),
            ("QUIRK", "/raising", 405, "METHOD_NOT_ALLOWED"),
            ("GET", "/" + "a" * 9000, 414, "URI_TOO_LONG"),
        ],
    )
    def test_no_path_escapes_it(self, http: Client, method: str, where: str, status: int, code: str) -> None:
        answer = http.generic(method, where)
        assert_envelope(answer, status, code)
        assert ("Allow" in answer.headers) == (status == 405)

    def test_foreign_host_wears_it(self, http: Client) -> None:
        assert_envelope(http.get("/health/live", HTTP_HOST="evil.example"), 400, "BAD_REQUEST")

    @pytest.mark.parametrize("where", ["/raising", "/nowhere"])
    def test_huge_body_wears_it(self, http: Client, where: str) -> None:
        answer = http.post(where, b"x" * 300_000, content_type="application/json")
        assert_envelope(answer, 413, "BODY_TOO_LARGE")

    def test_wrong_content_type_wears_it(self, http: Client) -> None:
        assert_envelope(http.post("/raising", "{}", content_type="text/xml"), 415, "UNSUPPORTED_MEDIA_TYPE")

    def test_head_has_no_body(self, http: Client) -> None:
        answer = http.head("/health/live")
        assert (answer.status_code, answer.content) == (200, b"")
        assert int(answer.headers["Content-Length"]) > 0


class TestRequestId:
    @pytest.mark.parametrize("given", ["a", "A.b_c-9", "x" * 128])
    def test_callers_own_comes_back(self, http: Client, given: str) -> None:
        answer = http.get("/nowhere", HTTP_X_REQUEST_ID=given)
        assert assert_envelope(answer, 404, "NOT_FOUND")["requestId"] == given

    @pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a\nb", "ä", "<script>", "a,b"])
    def test_unfit_one_is_replaced(self, http: Client, given: str) -> None:
        answer = http.get("/health/live", HTTP_X_REQUEST_ID=given)
        assert answer.headers["X-Request-ID"].startswith("req_")

    def test_each_request_has_its_own(self, http: Client) -> None:
        assert (
            http.get("/health/live").headers["X-Request-ID"]
            != http.get("/health/live").headers["X-Request-ID"]
        )


@pytest.fixture(params=["json", "console"])
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What the process would write, in each of its formats."""
    root, before = logging.getLogger(), logging.getLogger().handlers
    told = logging_settings(log_format=request.param, level="INFO", request_level="INFO")["formatters"][
        "structlog"
    ]
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(told.pop("()")(**told))
    root.handlers = [handler]
    yield written
    root.handlers = before


class TestLog:
    def test_failure_is_told_without_what_the_variables_held(self, http: Client, log: io.StringIO) -> None:
        RAISED["it"] = ValueError("boom")
        http.get("/raising?token=canary-secret", HTTP_AUTHORIZATION="Bearer canary-token")
        assert "request_failed" in log.getvalue()
        assert "boom" in log.getvalue()
        assert "canary" not in log.getvalue()

    def test_forged_line_stays_within_its_record(self, http: Client, log: io.StringIO) -> None:
        http.get("/x%0d%0aforged%1b%5b31m%e2%80%a8line")
        (line,) = log.getvalue().splitlines()
        assert "forged" in line
        assert "\x1b[31mline" not in line


class TestJsonAnswer:
    def test_money_that_is_no_string_is_a_mistake(self) -> None:
        with pytest.raises(TypeError):
            JsonAnswer({"amount": Decimal("1.00")})

    def test_times_have_milliseconds(self) -> None:
        answer = JsonAnswer({"at": datetime(2026, 3, 1, 12, tzinfo=UTC)})
        assert json.loads(answer.content) == {"at": "2026-03-01T12:00:00.000Z"}
