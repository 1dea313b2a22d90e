"""The one read before a placement: what `sportsbook_placement_facts` tells, as the rules want it."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from core.errors import NotFound
from core.tenancy import call_in_tenant
from partners.rules import is_routed
from risk.rules import Limit, LimitFacts, LimitKind, LimitScope, resolve_limits
from sportsbook.rules.facts import AskedBet, BetFacts, LegFacts, PlayerFacts


class PlayerRow(msgspec.Struct, array_like=True):
    """A player with wallet; amounts in its currency, `staked_today` and `usd_rate` in USD."""

    player_id: UUID
    status: str
    currency: str
    vip: bool
    available: Decimal
    in_play: Decimal
    debt: Decimal
    staked_today: Decimal
    usd_rate: Decimal | None
    scale: int


class OutcomeRow(msgspec.Struct, array_like=True):
    outcome_id: UUID
    market_id: UUID
    fixture_id: UUID
    market_status: str
    market_version: int
    fixture_status: str
    starts_at: datetime
    odds: Decimal


class AnswerRow(msgspec.Struct, array_like=True):
    """How a reference was answered before: a bet (`subject_id`) or a refusal."""

    reference: str
    fingerprint: str | None
    status: int
    subject_id: UUID | None
    refusal: dict[str, Any] | None


class PlacementFacts(msgspec.Struct, rename="camel"):
    """What the database knew at one moment about some bets that are asked for."""

    tenant_status: str
    partner_status: str
    products: list[str]
    ramp: int
    day: date
    limits: list[tuple[LimitKind, int, bool, Decimal]] | None
    players: list[PlayerRow] | None
    outcomes: list[OutcomeRow] | None
    answers: list[AnswerRow] | None
    duplicates: list[int] | None

    def of_bets(self, asked: Sequence[AskedBet]) -> "list[BetFacts | NotFound]":
        """Return each bet's facts, in order; NotFound where a player or outcome is not this tenant's."""
        players = {row.player_id: row for row in self.players or ()}
        outcomes = {row.outcome_id: row for row in self.outcomes or ()}
        limits = [
            Limit(kind, LimitScope(scope), vip, amount) for kind, scope, vip, amount in self.limits or ()
        ]
        by_vip = {vip: resolve_limits(limits, vip=vip) for vip in {row.vip for row in players.values()}}
        products = frozenset(self.products)
        duplicates = set(self.duplicates or ())
        return [
            self._of_bet(bet, players, outcomes, by_vip, products, duplicate_seen=place in duplicates)
            for place, bet in enumerate(asked, start=1)
        ]

    def _of_bet(
        self,
        bet: AskedBet,
        players: dict[UUID, PlayerRow],
        outcomes: dict[UUID, OutcomeRow],
        limits_by_vip: dict[bool, dict[LimitKind, Decimal]],
        products: frozenset[str],
        *,
        duplicate_seen: bool,
    ) -> BetFacts | NotFound:
        player = players.get(bet.player_id)
        if player is None:
            return NotFound("There is no player with this id.", details={"field": "playerId"})
        legs = [outcomes.get(leg.outcome_id) for leg in bet.legs]
        known = [leg for leg in legs if leg is not None]
        if len(known) < len(legs):
            return NotFound(
                "There is no outcome with this id.", details={"field": f"legs[{legs.index(None)}].outcomeId"}
            )
        limits = limits_by_vip[player.vip]
        return BetFacts(
            legs=tuple(
                LegFacts(
                    outcome_id=row.outcome_id,
                    market_id=row.market_id,
                    fixture_id=row.fixture_id,
                    market_status=row.market_status,
                    market_version=row.market_version,
                    fixture_status=row.fixture_status,
                    starts_at=row.starts_at,
                    odds=row.odds,
                )
                for row in known
            ),
            player=PlayerFacts(player.status, player.currency, player.vip, player.available),
            limits=LimitFacts(
                max_bet=limits[LimitKind.MAX_BET],
                daily_stake=limits[LimitKind.DAILY_STAKE],
                staked_today=player.staked_today,
                usd_rate=player.usd_rate,
            ),
            scale=player.scale,
            duplicate_seen=duplicate_seen,
            partner_status=self.partner_status,
            tenant_status=self.tenant_status,
            enabled_products=products,
            is_routed=is_routed(bet.player_id, self.ramp),
        )


_decoder = msgspec.json.Decoder(PlacementFacts)

READ = "SELECT sportsbook_placement_facts(%s, %s, %s::uuid[], %s::bytea[], %s::text[], %s::uuid[])::text"


def get_placement_facts(
    *,
    tenant_id: UUID,
    at: datetime,
    players: list[UUID],
    picks: list[bytes],
    references: list[str],
    outcomes: list[UUID],
) -> PlacementFacts:
    """Read the facts of some bets, in a transaction of their own. `picks[i]` belongs to `players[i]`."""
    ((text,),) = call_in_tenant(READ, [tenant_id, at, players, picks, references, outcomes])
    return _decoder.decode(text)
