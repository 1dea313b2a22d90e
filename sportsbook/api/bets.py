"""Bets over HTTP: place, place many, check, list, read."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse

from core.api.answers import JsonAnswer, replayed
from core.api.bodies import parse_body, parse_bytes, parse_query
from core.api.errors import envelope, request_id_of, status_of
from core.api.operation import operation
from core.api.pagination import Page
from core.api.views import PartnerRequest, PartnerView, path_id
from core.clock import now
from core.errors import Refusal
from core.tenancy import tenant
from sportsbook.api import bodies, serializers
from sportsbook.placement import Answer, BetRequest
from sportsbook.queries.bets import BetFilter, get_bet, list_bets
from sportsbook.services.placing import check_bet, place_bets

PLACE_CODES = (
    "STAKE_ABOVE_LIMIT",
    "DAILY_LIMIT_EXCEEDED",
    "STAKE_BELOW_MINIMUM",
    "INSUFFICIENT_FUNDS",
    "ODDS_CHANGED",
    "MARKET_SUSPENDED",
    "FIXTURE_STARTED",
    "LEGS_RELATED",
    "LEGS_OUT_OF_RANGE",
    "DUPLICATE_BET",
    "CURRENCY_MISMATCH",
    "CURRENCY_UNKNOWN",
    "PRODUCT_DISABLED",
    "NOT_ROUTED",
    "PLAYER_SUSPENDED",
    "PARTNER_SUSPENDED",
    "SYSTEM_NOT_AVAILABLE",
    "BANKER_NOT_AVAILABLE",
    "REFERENCE_CONFLICT",
    "REFERENCE_IN_PROGRESS",
    "EXCHANGE_RATE_MISSING",
    "PLACEMENT_CONTENDED",
)


class Bets(PartnerView):
    """The bets of a tenant."""

    required_scopes: ClassVar[dict[str, str]] = {"GET": "bets:read", "POST": "bets:write"}

    @operation(
        summary="Place a bet",
        body=bodies.PlaceBet,
        answers={201: serializers.PlacedBetView},
        codes=PLACE_CODES,
        example=bodies.PLACE_EXAMPLE,
    )
    def post(self, request: PartnerRequest) -> HttpResponse:
        asked = bodies.bet_request(parse_body(request, bodies.PlaceBet))
        (answer,) = place_bets(tenant_id=request.auth.tenant_id, requests=[asked], placed_at=now())
        return _answered(answer)

    @operation(
        summary="List bets",
        query=bodies.BetsQuery,
        answers={200: serializers.BetList},
    )
    def get(self, request: PartnerRequest) -> HttpResponse:
        query = parse_query(request, bodies.BetsQuery)
        page = Page(query, name="bets", key=(UUID,))
        found = BetFilter(
            player_id=path_id("plr", query.player_id) if query.player_id else None,
            status=query.status,
            reference=query.reference,
            placed_from=query.placed_from,
            placed_before=query.placed_before,
        )
        with tenant(request.auth.tenant_id):
            bets = list_bets(
                tenant_id=request.auth.tenant_id,
                only=found,
                before=page.after[0] if page.after else None,
                count=page.rows_needed,
            )
        return JsonAnswer(page.shown(bets, view=serializers.bet_view, key=lambda bet: (bet.bet_id,)))


class BetBatch(PartnerView):
    """Up to 100 bets in one request, each answered on its own."""

    required_scopes: ClassVar[dict[str, str]] = {"POST": "bets:write"}

    @operation(
        summary="Place up to 100 bets",
        body=bodies.PlaceBets,
        answers={200: serializers.BatchView},
        codes=PLACE_CODES,
        example={"bets": [bodies.PLACE_EXAMPLE]},
    )
    def post(self, request: PartnerRequest) -> HttpResponse:
        asked = parse_body(request, bodies.RawBets)
        placed_at = now()
        results: list[dict[str, Any] | None] = []
        readable: list[BetRequest] = []
        for body in asked.bets:
            try:
                readable.append(bodies.bet_request(parse_bytes(bytes(body), bodies.PlaceBet)))
            except Refusal as refusal:
                results.append(_refused(request, refusal))
            else:
                results.append(None)
        answers = iter(place_bets(tenant_id=request.auth.tenant_id, requests=readable, placed_at=placed_at))
        return JsonAnswer({"results": [result or _result(request, next(answers)) for result in results]})


class BetCheck(PartnerView):
    """What a bet could be, without placing it."""

    required_scopes: ClassVar[dict[str, str]] = {"POST": "bets:read"}

    @operation(
        summary="Check a bet without placing it",
        body=bodies.PlaceBet,
        answers={200: serializers.CheckView},
        codes=(
            "CURRENCY_UNKNOWN",
            "LEGS_RELATED",
            "LEGS_OUT_OF_RANGE",
            "CURRENCY_MISMATCH",
            "PRODUCT_DISABLED",
            "NOT_ROUTED",
            "PLAYER_SUSPENDED",
        ),
        example=bodies.PLACE_EXAMPLE,
    )
    def post(self, request: PartnerRequest) -> HttpResponse:
        asked = bodies.bet_request(parse_body(request, bodies.PlaceBet))
        checked, scale = check_bet(tenant_id=request.auth.tenant_id, request=asked, checked_at=now())
        return JsonAnswer(serializers.check_view(checked, scale))


class OneBet(PartnerView):
    """A bet with its legs and every settlement."""

    required_scopes: ClassVar[dict[str, str]] = {"GET": "bets:read"}

    @operation(summary="Read a bet", answers={200: serializers.BetView}, codes=("NOT_FOUND",))
    def get(self, request: PartnerRequest, bet_id: str) -> HttpResponse:
        wanted = path_id("bet", bet_id)
        with tenant(request.auth.tenant_id):
            bet = get_bet(tenant_id=request.auth.tenant_id, bet_id=wanted)
        return JsonAnswer(serializers.bet_view(bet))


def _answered(answer: Answer) -> HttpResponse:
    if answer.bet is None:
        assert answer.refusal is not None
        raise answer.refusal
    response = JsonAnswer(serializers.placed_view(answer.bet), status=201)
    return replayed(response) if answer.replayed else response


def _result(request: PartnerRequest, answer: Answer) -> dict[str, Any]:
    """One result of a batch: the status it would have had, and exactly one of `bet` and `error`."""
    if answer.bet is None:
        assert answer.refusal is not None
        return _refused(request, answer.refusal)
    return {"status": 201, "bet": serializers.placed_view(answer.bet)}


def _refused(request: PartnerRequest, refusal: Refusal) -> dict[str, Any]:
    return {
        "status": status_of(refusal),
        "error": envelope(refusal, request_id=request_id_of(request._request)),
    }
