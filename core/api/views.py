"""The base of every view that partners call.

It proves who asks, holds the rate limit, checks the scope, and turns whatever is raised into the envelope.
A view itself translates, makes one call and translates back:

    class Bets(PartnerView):
        required_scopes = {"GET": "bets:read", "POST": "bets:write"}

        @operation(summary="Place a bet", body=PlaceBet, answers={201: BetView}, codes=("ODDS_CHANGED",))
        def post(self, request: PartnerRequest) -> HttpResponse:
            asked = parse_body(request, PlaceBet)
            return JsonAnswer(bet_view(place_bet(...)), status=201)

Content negotiation, parsers and renderers of Django REST framework are left out: bodies are read by msgspec
and answers are bytes already.
"""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string
from rest_framework.request import Request
from rest_framework.views import APIView

from core import audit
from core.api.bodies import NoQuery, parse_query
from core.api.errors import (
    InsufficientScope,
    MethodNotAllowed,
    RateLimited,
    Unauthenticated,
    answer_exception,
)
from core.api.operation import operation_of
from core.api.principal import Principal
from core.errors import NotFound, Refusal
from core.ids import NotAnId, parse_typeid


class PartnerRequest(Request):
    """A request with its verified principal. `answer_headers` are put on the answer, also on an error."""

    _principal: Principal | None = None
    answer_headers: dict[str, str]

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request, negotiator=_NO_NEGOTIATOR)
        self.answer_headers = {}

    @property
    def auth(self) -> Principal:
        """The bearer of the access token. Raises Unauthenticated in a view that asks for none."""
        if self._principal is None:
            raise Unauthenticated
        return self._principal

    @auth.setter
    def auth(self, principal: Principal) -> None:
        self._principal = principal

    @property
    def actor(self) -> str:
        """Who the audit trail names: the API client, or the system in a view for anybody."""
        return audit.SYSTEM if self._principal is None else self._principal.client_id


_NO_NEGOTIATOR: Any = object()


class PublicView(APIView):
    """A view for anybody; `PartnerView` is for partners."""

    http_method_names = ["get", "post", "put", "patch", "delete", "head"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer one request; nothing is raised out of here."""
        asked = PartnerRequest(request)
        self.request = asked
        answer: HttpResponseBase
        try:
            handler = self._handler(request)
            self.admit(asked)
            if request.META.get("QUERY_STRING"):
                _refuse_parameters(asked, handler)
            with audit.acting(asked.actor, request_id=getattr(request, "request_id", "")):
                answer = handler(asked, *args, **kwargs)
        except Exception as exception:  # noqa: BLE001 - the outermost loop of a request
            answer = answer_exception(request, exception)
            if isinstance(exception, MethodNotAllowed):
                answer.headers["Allow"] = ", ".join(self.methods_offered())
        for name, value in asked.answer_headers.items():
            answer.headers[name] = value
        return answer

    def admit(self, request: PartnerRequest) -> None:
        """Let the request in, or raise. Anybody may call a public view."""

    @classmethod
    def methods_offered(cls) -> list[str]:
        """Return the methods this view answers, in upper case."""
        offered = [name.upper() for name in cls.http_method_names if name != "head" and hasattr(cls, name)]
        return [*offered, "HEAD"] if "GET" in offered else offered

    def _handler(self, request: HttpRequest) -> Any:
        method = (request.method or "").lower()
        handler = getattr(self, method, None) if method in self.http_method_names else None
        if handler is None:
            raise MethodNotAllowed
        return handler


class PartnerView(PublicView):
    """A view for partners: a bearer token, the rate limit, then the scope that `required_scopes` names."""

    required_scopes: ClassVar[Mapping[str, str]] = {}

    def admit(self, request: PartnerRequest) -> None:
        """Raise Unauthenticated, RateLimited or InsufficientScope, or set `request.auth`.

        A method without a required scope is a mistake in the view and is refused to everybody.
        """
        request.auth = _authenticate(request)
        _throttle(request)
        method = "GET" if request.method == "HEAD" else request.method or ""
        scope = self.required_scopes.get(method)
        if scope is None or (scope and scope not in request.auth.scopes):
            raise InsufficientScope(details={"scope": scope} if scope else None)


def count_unadmitted(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    """Count a request that was answered before any view could admit it: no such path, no such method.

    Return its answer with the headers of the rate limit, or a 429 in its place. Whoever does not prove who
    asks has no limit to be told of: the answer stays as it is.
    """
    asked = PartnerRequest(request)
    try:
        asked.auth = _authenticate(asked)
        _throttle(asked)
    except RateLimited as refusal:
        answer = answer_exception(request, refusal)
    except Refusal:
        return answer
    for name, value in asked.answer_headers.items():
        answer.headers[name] = value
    return answer


def _authenticate(request: PartnerRequest) -> Principal:
    for path in settings.REST_FRAMEWORK["DEFAULT_AUTHENTICATION_CLASSES"]:
        found = import_string(path)().authenticate(request)
        if found is not None:
            principal: Principal = found[1]
            return principal
    raise Unauthenticated


def _throttle(request: PartnerRequest) -> None:
    for path in settings.REST_FRAMEWORK.get("DEFAULT_THROTTLE_CLASSES", ()):
        throttle = import_string(path)()
        if not throttle.allow_request(request, None):
            raise RateLimited(retry_after_seconds=max(1, round(throttle.wait() or 1)))


def _refuse_parameters(request: PartnerRequest, handler: Any) -> None:
    """Refuse a query string where the method has declared none."""
    told = operation_of(handler)
    if told is not None and told.query is None:
        parse_query(request, NoQuery)


def path_id(prefix: str, text: str) -> UUID:
    """Return the UUID of an id in the path or a body; raise NotFound, as for an id that never was."""
    try:
        return parse_typeid(prefix, text)
    except NotAnId:
        raise NotFound from None


__all__ = ["HttpResponse", "PartnerRequest", "PartnerView", "PublicView", "count_unadmitted", "path_id"]
