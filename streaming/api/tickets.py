"""`POST /stream/tickets`: a ticket with which a browser opens the stream."""

from datetime import datetime
from typing import Annotated, Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from msgspec import Meta

from core import clock
from core.api.answers import JsonAnswer
from core.api.bodies import Body, Shown, parse_body
from core.api.errors import Unauthenticated
from core.api.operation import operation
from core.api.views import PartnerRequest, PartnerView
from partners.api.authentication import read_bearer
from partners.oauth.tokens import verify
from streaming.tickets import issue_ticket


class AskTicket(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Nothing: a ticket stands for the token that it is asked for with."""


class TicketView(Shown, frozen=True, kw_only=True, rename="camel"):
    """A ticket and where it is used, as `?ticket=`."""

    ticket: Annotated[str, Meta(description="Works once.")]
    expires_at: datetime
    url: Annotated[str, Meta(description="The stream, the ticket included.")]


class Tickets(PartnerView):
    """Tickets for browsers."""

    required_scopes: ClassVar[dict[str, str]] = {"POST": "stream"}

    @operation(
        summary="Get a ticket for the stream",
        description=(
            "For browsers, which cannot send a token when they open a WebSocket. The ticket works once, "
            "within 30 seconds; the connection lasts as long as the token would."
        ),
        body=AskTicket,
        answers={201: TicketView},
        codes=("TICKETS_UNAVAILABLE",),
        example={},
    )
    def post(self, request: PartnerRequest) -> HttpResponse:
        """Return a new ticket."""
        if request.META.get("CONTENT_LENGTH") not in (None, "", "0"):
            parse_body(request, AskTicket)
        token = read_bearer(request.META.get("HTTP_AUTHORIZATION", ""))
        if token is None:
            raise Unauthenticated
        claims, _ = verify(token)
        ticket, expires_at = issue_ticket(claims, issued_at=clock.now())
        shown: dict[str, Any] = {
            "ticket": ticket,
            "expiresAt": expires_at,
            "url": f"{settings.STREAM_URL}?ticket={ticket}",
        }
        return JsonAnswer(shown, status=201)
