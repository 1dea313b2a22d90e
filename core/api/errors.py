"""Every error the API process gives, in one envelope, whatever went wrong and wherever.

Refusals keep their code and message; the kind decides the HTTP status. Anything else is a bug, told to the
log with its traceback and to the caller as `INTERNAL_ERROR` and nothing more. A database that is away or
busy is no bug: 503 and when to ask again.
"""

import sys
from collections.abc import Iterator
from typing import Any, Final

import structlog
from django.core import exceptions as django_exceptions
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from rest_framework import exceptions as rest_exceptions

from core import clock
from core.api.answers import json_bytes
from core.errors import (
    RULE_STATUS,
    BadRequest,
    Conflict,
    Forbidden,
    Gone,
    NotFound,
    Refusal,
    Rejected,
    Unavailable,
)

logger = structlog.get_logger(__name__)

PROBLEM_TYPE: Final = "application/problem+json"


class Unauthenticated(Refusal):
    """Nobody, or nobody we know: no token, or one that does not hold."""

    code = "UNAUTHENTICATED"
    message = "A valid access token is needed."


class InsufficientScope(Forbidden):
    code = "INSUFFICIENT_SCOPE"
    message = "The access token does not have the scope that this call needs."


class MethodNotAllowed(Refusal):
    code = "METHOD_NOT_ALLOWED"
    message = "This resource does not have that method."


class BodyTooLarge(Refusal):
    code = "BODY_TOO_LARGE"
    message = "The body is larger than this call takes."


class UriTooLong(Refusal):
    code = "URI_TOO_LONG"
    message = "The address is longer than any that exists here."


class UnsupportedMediaType(Refusal):
    code = "UNSUPPORTED_MEDIA_TYPE"
    message = "The body must be JSON, sent with Content-Type: application/json."


class RateLimited(Refusal):
    code = "RATE_LIMITED"
    message = "There were more requests than the rate limit allows; wait and try again."


class InternalError(Refusal):
    code = "INTERNAL_ERROR"
    message = "Something went wrong here. The request id finds what it was."


class DatabaseUnavailable(Unavailable):
    code = "DATABASE_UNAVAILABLE"
    message = "The platform cannot reach its database at the moment; please try again."


class DatabaseBusy(Unavailable):
    code = "DATABASE_BUSY"
    message = "The platform could not finish in time; please try again."


STATUSES: Final[tuple[tuple[type[Refusal], int], ...]] = (
    (BadRequest, 400),
    (Unauthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (MethodNotAllowed, 405),
    (Conflict, 409),
    (Gone, 410),
    (BodyTooLarge, 413),
    (UriTooLong, 414),
    (UnsupportedMediaType, 415),
    (Rejected, RULE_STATUS),
    (RateLimited, 429),
    (Unavailable, 503),
    (InternalError, 500),
)

# SQLSTATEs (PostgreSQL, appendix A) that asking again may mend. A class has two characters, a state five.
_AWAY: Final = ("08", "53", "57P", "25006", "58")
_NO_MOMENT: Final = ("22007", "22008", "22009")
_BUSY: Final = ("40001", "40P01", "55P03", "57014")


def status_of(refusal: Refusal) -> int:
    """Return the HTTP status of a refusal, by its kind."""
    return next((status for kind, status in STATUSES if isinstance(refusal, kind)), 500)


def envelope(refusal: Refusal, *, request_id: str) -> dict[str, Any]:
    """Return an error as partners see it."""
    shown: dict[str, Any] = {
        "status": "error",
        "code": refusal.code,
        "message": refusal.message,
        "timestamp": refusal.answered_at or clock.now(),
        "requestId": refusal.request_id or request_id,
    }
    if refusal.details:
        shown["details"] = refusal.details
    return shown


def problem(refusal: Refusal, *, request: HttpRequest, status: int) -> dict[str, Any]:
    """Return the same facts as RFC 9457 wants them: `status` is the HTTP status there."""
    shown = envelope(refusal, request_id=request_id_of(request))
    return {
        **shown,
        "type": f"/docs/errors#{refusal.code}",
        "title": refusal.code.replace("_", " ").capitalize(),
        "status": status,
        "detail": refusal.message,
        "instance": request.path,
    }


def request_id_of(request: HttpRequest) -> str:
    """Return the id that the outermost middleware gave this request."""
    return getattr(request, "request_id", "")


def answer_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Return the answer that a refusal becomes; the request keeps its code for the request log."""
    status = status_of(refusal)
    request.refusal_code = refusal.code  # type: ignore[attr-defined]
    if PROBLEM_TYPE in request.META.get("HTTP_ACCEPT", ""):
        body, content_type = problem(refusal, request=request, status=status), PROBLEM_TYPE
    else:
        body, content_type = envelope(refusal, request_id=request_id_of(request)), "application/json"
    answer = HttpResponse(json_bytes(body), status=status, content_type=content_type)
    answer._has_been_logged = True  # type: ignore[attr-defined]  # by us, where it is worth it
    if refusal.retry_after_seconds is not None:
        answer.headers["Retry-After"] = str(refusal.retry_after_seconds)
    if isinstance(refusal, Unauthenticated):
        answer.headers["WWW-Authenticate"] = (
            'Bearer realm="partner-api", error="invalid_token"'
            if request.META.get("HTTP_AUTHORIZATION")
            else 'Bearer realm="partner-api"'
        )
    elif isinstance(refusal, InsufficientScope):
        answer.headers["WWW-Authenticate"] = 'Bearer realm="partner-api", error="insufficient_scope"'
    if getattr(refusal, "is_replay", False):
        answer.headers["Idempotent-Replayed"] = "true"
    return answer


def answer_exception(request: HttpRequest, exception: BaseException) -> HttpResponse:
    """Return the answer that any exception becomes; a bug is logged here, once, with its traceback."""
    refusal = as_refusal(exception)
    if isinstance(refusal, InternalError):
        logger.error("request_failed", path=request.path, method=request.method, exc_info=exception)
    elif isinstance(refusal, Unavailable):
        logger.warning("request_unavailable", path=request.path, code=refusal.code, cause=str(exception))
    return answer_refusal(request, refusal)


def as_refusal(exception: BaseException) -> Refusal:
    """Return the refusal that an exception amounts to."""
    match exception:
        case Refusal():
            return exception
        case DatabaseError() | InterfaceError():
            return _database_refusal(exception)
        case rest_exceptions.APIException():
            return _rest_refusal(exception)
        case Http404() | django_exceptions.ObjectDoesNotExist():
            return NotFound()
        case django_exceptions.PermissionDenied():
            return Forbidden()
        case django_exceptions.RequestDataTooBig():
            return BodyTooLarge()
        case (
            django_exceptions.SuspiciousOperation() | django_exceptions.BadRequest() | MultiPartParserError()
        ):
            return BadRequest()
        case _:
            return InternalError()


def _database_refusal(exception: BaseException) -> Refusal:
    state = next(filter(None, (getattr(cause, "sqlstate", None) for cause in _causes(exception))), None)
    if state is None:
        is_away = isinstance(exception, OperationalError | InterfaceError)
        return DatabaseUnavailable() if is_away else InternalError()
    if state in _NO_MOMENT:
        return BadRequest("A moment is outside of what can be asked for.", code="INVALID_FIELD")
    if state.startswith(_BUSY):
        return DatabaseBusy()
    return DatabaseUnavailable() if state.startswith(_AWAY) else InternalError()


def _causes(exception: BaseException | None) -> Iterator[BaseException]:
    while exception is not None:
        yield exception
        exception = exception.__cause__


def _rest_refusal(exception: rest_exceptions.APIException) -> Refusal:
    match exception:
        case rest_exceptions.NotAuthenticated() | rest_exceptions.AuthenticationFailed():
            return Unauthenticated()
        case rest_exceptions.PermissionDenied():
            return Forbidden()
        case rest_exceptions.NotFound():
            return NotFound()
        case rest_exceptions.MethodNotAllowed():
            return MethodNotAllowed()
        case rest_exceptions.UnsupportedMediaType():
            return UnsupportedMediaType()
        case rest_exceptions.Throttled():
            return RateLimited(retry_after_seconds=max(1, round(getattr(exception, "wait", None) or 1)))
        case _:
            return BadRequest() if exception.status_code < 500 else InternalError()


def refusal_of_status(status: int) -> Refusal:
    """Return the refusal that says what a bare HTTP status says."""
    by_status: dict[int, type[Refusal]] = {number: kind for kind, number in STATUSES}
    return by_status.get(status, BadRequest if status < 500 else InternalError)()


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's `handler400`."""
    return answer_exception(request, exception or BadRequest())


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's `handler403`."""
    return answer_refusal(request, Forbidden())


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's `handler404`: no route has this path."""
    return answer_refusal(request, NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`."""
    return answer_exception(request, sys.exc_info()[1] or InternalError())
