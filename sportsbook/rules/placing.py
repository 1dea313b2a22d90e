"""Placing a bet: given what is asked and the facts at that moment, it stands, or one refusal says why not.

The checks run in this order, and the first that fails is the answer:

1. the partner and its tenant are active, then the player is, and in the ramp:
   `PARTNER_SUSPENDED`, `PLAYER_SUSPENDED`, `NOT_ROUTED`;
2. the kind of bet exists: `SYSTEM_NOT_AVAILABLE`, `BANKER_NOT_AVAILABLE`, `LEGS_OUT_OF_RANGE`;
3. the currency and the least stake: `CURRENCY_MISMATCH`, `STAKE_BELOW_MINIMUM`;
4. the legs together: `LEGS_RELATED`;
5. the legs one by one: `PRODUCT_DISABLED`, `FIXTURE_STARTED`, `MARKET_SUSPENDED`, `ODDS_CHANGED`;
6. the same bet a moment ago: `DUPLICATE_BET`;
7. the limits: `STAKE_ABOVE_LIMIT` or `DAILY_LIMIT_EXCEEDED`, whichever leaves less;
8. the money: `INSUFFICIENT_FUNDS`.

Who may bet comes before what is bet on, and that before how much, so that a partner's system can mend a
request from the front. Whatever cannot be checked is refused.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from core.errors import Refusal
from core.money import (
    AMOUNT_LIMIT,
    CONTEXT,
    DECIMALS_MAX,
    amount_text,
    divide_down,
    exact_text,
    round_half_up,
)
from risk.rules import StakeAboveLimit, check_stake, find_headroom
from sportsbook.rules import refusals
from sportsbook.rules.facts import Accepted, AskedBet, BetFacts, Checked, LegChecked
from sportsbook.rules.legs import check_products, check_unrelated, find_shut, status_of, take_legs
from sportsbook.rules.odds import find_potential_payout, multiply_odds

LEGS_MAX: Final = 20
DUPLICATE_WINDOW: Final = timedelta(seconds=5)
TOTAL_ODDS_LIMIT: Final = CONTEXT.subtract(AMOUNT_LIMIT, Decimal(1))
"""Total odds are below this, so that rounded to 18 decimals they still have 20 digits before the point."""


def decide(asked: AskedBet, facts: BetFacts, placed_at: datetime) -> Accepted:
    """Return the bet as it stands, or raise the first refusal in the order of this module's description."""
    _check_form(asked, facts)
    unit = Decimal(1).scaleb(-facts.scale)
    if asked.stake < unit:
        raise refusals.StakeBelowMinimum(details={"minStake": amount_text(unit, facts.scale)})
    check_unrelated(facts)
    legs = take_legs(asked, facts, placed_at)
    if facts.duplicate_seen and not asked.allow_duplicate:
        raise refusals.DuplicateBet
    stake_usd = check_stake(asked.stake, facts.limits, facts.scale)
    total_odds = multiply_odds(leg.odds for leg in legs)
    payout = find_potential_payout(asked.stake, total_odds, facts.scale)
    _check_payout(payout, total_odds, facts.scale)
    if asked.stake > facts.player.available:
        raise refusals.InsufficientFunds(
            details={"available": amount_text(max(facts.player.available, Decimal(0)), facts.scale)}
        )
    return Accepted(legs, round_half_up(total_odds, DECIMALS_MAX), payout, stake_usd)


def decide_batch(
    bets: Sequence[tuple[AskedBet, BetFacts]], placed_at: datetime
) -> tuple[Accepted | Refusal, ...]:
    """Decide bets in order, each as if those before it had been placed; the answers are in the same order.

    The facts of every bet are those before the batch: what accepted bets take from the player's balance and
    daily limit, and the duplicates they make, is kept here. A refused bet changes nothing.
    """
    staked: dict[UUID, Decimal] = {}
    staked_usd: dict[UUID, Decimal] = {}
    seen: set[tuple[UUID, bytes]] = set()
    answers: list[Accepted | Refusal] = []
    for asked, before in bets:
        player_id, pick = asked.player_id, (asked.player_id, picks_of(asked))
        player, limits = before.player, before.limits
        available = CONTEXT.subtract(player.available, staked.get(player_id, Decimal(0)))
        today = CONTEXT.add(limits.staked_today, staked_usd.get(player_id, Decimal(0)))
        facts = replace(
            before,
            player=replace(player, available=available),
            limits=replace(limits, staked_today=today),
            duplicate_seen=before.duplicate_seen or pick in seen,
        )
        try:
            accepted = decide(asked, facts, placed_at)
        except Refusal as refusal:
            answers.append(refusal)
            continue
        answers.append(accepted)
        seen.add(pick)
        staked[player_id] = CONTEXT.add(staked.get(player_id, Decimal(0)), asked.stake)
        staked_usd[player_id] = CONTEXT.add(staked_usd.get(player_id, Decimal(0)), accepted.stake_usd)
    return tuple(answers)


def check(asked: AskedBet, facts: BetFacts, placed_at: datetime) -> Checked:
    """Return what the bet could be at the odds now, without placing it.

    Odds that moved, markets that are shut, the stake and the balance raise nothing: they are what is asked
    about. On a fixture that has started or a market that is shut, the largest stake is 0. Raises the other
    refusals of `decide`: who bets, the kind of bet, the currency, related legs, a product that is not
    offered.
    """
    _check_form(asked, facts)
    check_unrelated(facts)
    check_products(facts)
    total_odds = multiply_odds(leg.odds for leg in facts.legs)
    headroom = find_headroom(facts.limits, facts.scale)
    candidates = (
        (headroom.stake_max, headroom.limit.value),
        (_find_payable_stake(total_odds, facts.scale), "payout"),
        (max(facts.player.available, Decimal(0)), "balance"),
    )
    stake_max, binding_limit = min(candidates, key=lambda candidate: candidate[0])
    shut = find_shut(facts, placed_at)
    if shut is not None:
        stake_max, binding_limit = Decimal(0), "legs"
    return Checked(
        stake_max=stake_max,
        binding_limit=binding_limit,
        refusal_code=None if shut is None else shut.code,
        legs=tuple(LegChecked(leg.outcome_id, leg.odds, status_of(leg, placed_at)) for leg in facts.legs),
        potential_payout=find_potential_payout(asked.stake, total_odds, facts.scale),
    )


def picks_of(asked: AskedBet) -> bytes:
    """Return the SHA-256 of a bet's outcomes, in any order, and its stake: equal for duplicates."""
    digest = hashlib.sha256(exact_text(asked.stake, 0).encode())
    for outcome in sorted(leg.outcome_id.bytes for leg in asked.legs):
        digest.update(outcome)
    return digest.digest()


def _check_form(asked: AskedBet, facts: BetFacts) -> None:
    """Check what has nothing to do with stake, odds or time."""
    if facts.partner_status != "active" or facts.tenant_status != "active":
        raise refusals.PartnerSuspended
    if facts.player.status != "active":
        raise refusals.PlayerSuspended
    if not facts.is_routed:
        raise refusals.NotRouted
    if asked.system is not None:
        raise refusals.SystemNotAvailable
    if any(leg.banker for leg in asked.legs):
        raise refusals.BankerNotAvailable
    if not 1 <= len(asked.legs) <= LEGS_MAX:
        raise refusals.LegsOutOfRange
    if asked.currency != facts.player.currency:
        raise refusals.CurrencyMismatch(details={"currency": facts.player.currency})


def _check_payout(payout: Decimal, total_odds: Decimal, scale: int) -> None:
    """Refuse a bet whose odds or payout have more digits than money has (20 before the point)."""
    if total_odds < TOTAL_ODDS_LIMIT and payout < AMOUNT_LIMIT:
        return
    stake_max = _find_payable_stake(total_odds, scale)
    raise StakeAboveLimit(
        "The bet could pay more than an amount can be.",
        details={"limit": "payout", "maxStake": amount_text(stake_max, scale)},
    )


def _find_payable_stake(total_odds: Decimal, scale: int) -> Decimal:
    if total_odds >= TOTAL_ODDS_LIMIT:
        return Decimal(0)
    return divide_down(CONTEXT.subtract(AMOUNT_LIMIT, Decimal(1).scaleb(-scale)), total_odds, scale)
