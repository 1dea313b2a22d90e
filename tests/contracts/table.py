"""The one table of the API's routes: what each needs, and what its ids are made from.

A served route without a row here fails the tests, and so does a row without a route. The default is to deny:
`scope` is what a token must have; `PUBLIC` marks the few routes that need none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from core.clock import now
from core.ids import typeid, uuid7
from partners.models import Tenant
from settlement.services.statements import draft_statement
from tests.makers import bets, settlement, sportsbook, wallet, webhooks
from tests.makers.roles import acting_as

PUBLIC: Final = "public"
ENDPOINT: Final = "/api/v2/webhook-endpoints/{webhookEndpointId}"
OAUTH: Final = "oauth"
"""Proves its client by itself, as RFC 6749 has it."""


def _any_outcome() -> str:
    return typeid("out", uuid7())


def place_body(player_id: str) -> dict[str, Any]:
    """A well-formed bet of this player on an outcome that does not exist."""
    return {
        "reference": wallet.new_reference("B"),
        "playerId": player_id,
        "stake": "1.00",
        "currency": "EUR",
        "stakeType": "total",
        "legs": [{"outcomeId": _any_outcome(), "odds": "1.95"}],
        "oddsChange": "none",
    }


def movement_body() -> dict[str, Any]:
    return {"reference": wallet.new_reference("M"), "amount": "1.00", "currency": "EUR"}


@dataclass(frozen=True)
class Row:
    """`body` makes a well-formed body of a write; `id_in_body` one that names somebody else's thing; a write
    that `takes_form` has a form with a file for its body, and its own tests of broken ones; one that needs no
    body may come without.
    """

    scope: str
    body: Callable[[], Any] | None = None
    id_in_body: Callable[[str], Any] | None = None
    body_id: str = ""
    query: str = ""
    takes_form: bool = False
    needs_body: bool = True


ROWS: Final[dict[tuple[str, str], Row]] = {
    ("GET", "/.well-known/jwks.json"): Row(PUBLIC),
    ("GET", "/.well-known/oauth-authorization-server"): Row(PUBLIC),
    ("POST", "/oauth/token"): Row(OAUTH),
    ("POST", "/oauth/revoke"): Row(OAUTH),
    ("POST", "/oauth/introspect"): Row(OAUTH),
    ("GET", "/docs/"): Row(PUBLIC),
    ("GET", "/docs/errors"): Row(PUBLIC),
    ("GET", "/health/live"): Row(PUBLIC),
    ("GET", "/health/ready"): Row(PUBLIC),
    ("GET", "/api/v2/openapi.json"): Row(PUBLIC),
    ("GET", "/api/v2/partner"): Row(""),
    ("GET", "/api/v2/compliance/documents"): Row(""),
    ("POST", "/api/v2/compliance/documents"): Row("support:write", takes_form=True),
    ("GET", "/api/v2/onboarding"): Row(""),
    ("GET", "/api/v2/events"): Row("events:read"),
    ("POST", "/api/v2/stream/tickets"): Row("stream", needs_body=False),
    ("GET", "/api/v2/event-types"): Row(PUBLIC),
    ("GET", "/api/v2/event-types/{eventType}/schema"): Row(PUBLIC),
    ("GET", "/api/v2/sports"): Row("fixtures:read"),
    ("GET", "/api/v2/competitions"): Row("fixtures:read"),
    ("GET", "/api/v2/fixtures"): Row("fixtures:read"),
    ("GET", "/api/v2/fixtures/{fixtureId}"): Row("fixtures:read"),
    ("GET", "/api/v2/players"): Row("players:read"),
    ("POST", "/api/v2/players"): Row(
        "players:write",
        body=lambda: {"reference": wallet.new_reference("P"), "currency": "EUR", "country": "MT"},
    ),
    ("GET", "/api/v2/players/{playerId}"): Row("players:read"),
    ("PATCH", "/api/v2/players/{playerId}"): Row("players:write", body=lambda: {"vip": True}),
    ("GET", "/api/v2/players/{playerId}/wallet"): Row("wallet:read"),
    ("GET", "/api/v2/players/{playerId}/transactions"): Row("wallet:read"),
    ("POST", "/api/v2/players/{playerId}/deposits"): Row("wallet:write", body=movement_body),
    ("POST", "/api/v2/players/{playerId}/withdrawals"): Row("wallet:write", body=movement_body),
    ("POST", "/api/v2/players/{playerId}/rollbacks"): Row(
        "wallet:write",
        body=lambda: {"reference": wallet.new_reference("R"), "originalReference": wallet.new_reference("D")},
    ),
    ("GET", "/api/v2/bets"): Row("bets:read"),
    ("POST", "/api/v2/bets"): Row("bets:write", id_in_body=place_body, body_id="player_id"),
    ("POST", "/api/v2/bets/check"): Row("bets:read", id_in_body=place_body, body_id="player_id"),
    ("POST", "/api/v2/bets/batch"): Row(
        "bets:write", id_in_body=lambda player: {"bets": [place_body(player)]}, body_id="player_id"
    ),
    ("GET", "/api/v2/bets/{betId}"): Row("bets:read"),
    ("GET", "/api/v2/statements"): Row("statements:read"),
    ("GET", "/api/v2/statements/{statementId}"): Row("statements:read"),
    ("GET", "/api/v2/statements/{statementId}/lines"): Row("statements:read"),
    ("GET", "/api/v2/statements/{statementId}/bets"): Row("statements:read"),
    ("GET", "/api/v2/statements/{statementId}/export"): Row("statements:read", query="format=csv"),
    ("GET", "/api/v2/webhook-endpoints"): Row("webhooks:write"),
    ("POST", "/api/v2/webhook-endpoints"): Row(
        "webhooks:write", body=lambda: {"url": "https://hooks.example.com/", "types": ["bet.placed"]}
    ),
    ("GET", ENDPOINT): Row("webhooks:write"),
    ("PATCH", ENDPOINT): Row("webhooks:write", body=lambda: {"description": "Bets"}),
    ("DELETE", ENDPOINT): Row("webhooks:write", needs_body=False),
    ("POST", f"{ENDPOINT}/secret-rotations"): Row("webhooks:write", needs_body=False),
    ("POST", f"{ENDPOINT}/tests"): Row("webhooks:write", needs_body=False),
    ("POST", f"{ENDPOINT}/replays"): Row("webhooks:write", body=lambda: {"fromSequence": 1, "toSequence": 2}),
    ("POST", f"{ENDPOINT}/retries"): Row("webhooks:write", body=lambda: {"state": "dead"}),
    ("GET", f"{ENDPOINT}/deliveries"): Row("webhooks:write"),
    ("GET", "/api/v2/webhook-deliveries/{deliveryId}"): Row("webhooks:write"),
    ("POST", "/api/v2/webhook-deliveries/{deliveryId}/retries"): Row("webhooks:write", needs_body=False),
}


@dataclass(frozen=True)
class Owned:
    """What a tenant owns, by the name of the path parameter that asks for it."""

    player_id: str
    fixture_id: str
    bet_id: str
    statement_id: str
    webhook_endpoint_id: str
    delivery_id: str


def make_owned(tenant: Tenant) -> Owned:
    """Return one of everything with an id, all of this tenant alone; committed."""
    player = bets.make_bettor(tenant)
    own = sportsbook.make_fixture(owner_tenant_id=tenant.pk)
    shared = sportsbook.make_fixture()
    bet = bets.placed(player, shared.outcome())
    endpoint = webhooks.make_endpoint(tenant)
    return Owned(
        player_id=typeid("plr", player.id),
        fixture_id=typeid("fix", own.fixture.id),
        bet_id=typeid("bet", bet.bet_id),
        statement_id=typeid("stm", _make_statement(tenant)),
        webhook_endpoint_id=typeid("whe", endpoint.pk),
        delivery_id=typeid("dlv", webhooks.make_delivery(endpoint).pk),
    )


def _make_statement(tenant: Tenant) -> UUID:
    settlement.make_plan(tenant)
    moment = now()
    with acting_as("b2b_jobs"):
        statement = draft_statement(
            tenant_id=tenant.pk, period_start_date=moment.date().replace(day=1), drafted_at=moment
        )
    return statement.id
