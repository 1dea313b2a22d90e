"""Limits on a stake: which ones bind a player, and the largest stake that passes them.

Limits are in USD and players bet in their own currency, so a stake is converted at the rate of the day
before it is judged. All of it is exact: the largest stake named passes, and one smallest unit more does
not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, Context, Decimal
from enum import IntEnum, StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from core.errors import Rejected, Unavailable
from core.money import CONTEXT, DECIMALS_MAX, EXACT, amount_text, divide_down

_CEILING: Final = Context(prec=EXACT.prec, rounding=ROUND_CEILING)


class LimitKind(StrEnum):
    """What a limit is on: one bet, or all bets of a player on a day of the partner's time zone."""

    MAX_BET = "max_bet"
    DAILY_STAKE = "daily_stake"


class LimitScope(IntEnum):
    """Who set a limit, from the farthest to the nearest; the nearest replaces the others."""

    PLATFORM = 0
    PARTNER = 1
    TENANT = 2


PLATFORM_DEFAULTS_USD: Final = {
    LimitKind.MAX_BET: Decimal(10_000),
    LimitKind.DAILY_STAKE: Decimal(50_000),
}
"""For ordinary and vip players alike, until somebody sets another limit."""


class StakeAboveLimit(Rejected):
    code = "STAKE_ABOVE_LIMIT"
    message = "The stake is above the limit for one bet."


class DailyLimitExceeded(Rejected):
    code = "DAILY_LIMIT_EXCEEDED"
    message = "The stake is more than what is left of the player's limit for the day."


class ExchangeRateMissing(Unavailable):
    code = "EXCHANGE_RATE_MISSING"
    message = "There is no exchange rate to USD for this currency, so its limits cannot be checked."
    retry_after_seconds = 60


@dataclass(frozen=True, slots=True)
class Limit:
    """One configured limit, in USD. Limits of vip and of ordinary players are apart."""

    kind: LimitKind
    scope: LimitScope
    vip: bool
    amount: Decimal


@dataclass(frozen=True, slots=True)
class LimitFacts:
    """The limits that bind a player and how much of them is used, all in USD.

    `usd_rate` is what one unit of the player's currency costs in USD, or None when nobody has entered a rate.
    """

    max_bet: Decimal
    daily_stake: Decimal
    staked_today: Decimal
    usd_rate: Decimal | None


@dataclass(frozen=True, slots=True)
class Headroom:
    """The limit that binds, and the largest stake it lets pass, in the player's currency."""

    limit: LimitKind
    stake_max: Decimal


def resolve_limits(limits: Iterable[Limit], *, vip: bool) -> dict[LimitKind, Decimal]:
    """Return the limit of each kind for a player: the tenant's own, else the partner's, else the platform's.

    A nearer limit replaces a farther one, upwards too; afterwards the kinds bind together. A limit of
    ordinary players says nothing about vip players, and the other way round.
    """
    nearest: dict[LimitKind, tuple[LimitScope, Decimal]] = {
        kind: (LimitScope.PLATFORM, amount) for kind, amount in PLATFORM_DEFAULTS_USD.items()
    }
    for limit in limits:
        if limit.vip == vip and limit.scope >= nearest[limit.kind][0]:
            nearest[limit.kind] = (limit.scope, limit.amount)
    return {kind: amount for kind, (_, amount) in nearest.items()}


def limit_day(placed_at: datetime, time_zone: str) -> date:
    """Return the day whose daily limit a bet uses: the calendar day in the partner's time zone."""
    return placed_at.astimezone(ZoneInfo(time_zone)).date()


def stake_in_usd(stake: Decimal, usd_rate: Decimal | None) -> Decimal:
    """Return a stake in USD with 18 decimals, rounded up, so that it is within a limit only if the exact
    one is.

    Raises ExchangeRateMissing when there is no rate: a limit that cannot be checked is not passed.
    """
    if usd_rate is None or usd_rate <= 0:
        raise ExchangeRateMissing
    return EXACT.multiply(stake, usd_rate).quantize(
        Decimal(1).scaleb(-DECIMALS_MAX), rounding=ROUND_CEILING, context=_CEILING
    )


def find_headroom(facts: LimitFacts, scale: int) -> Headroom:
    """Return the most restrictive limit and the largest stake that passes, floored to the currency, never
    below 0.

    Where both limits leave the same, the limit on one bet is named. Raises ExchangeRateMissing.
    """
    if facts.usd_rate is None or facts.usd_rate <= 0:
        raise ExchangeRateMissing
    left_today = CONTEXT.subtract(facts.daily_stake, facts.staked_today)
    limit, usd = LimitKind.MAX_BET, facts.max_bet
    if left_today < usd:
        limit, usd = LimitKind.DAILY_STAKE, left_today
    return Headroom(limit, divide_down(max(usd, Decimal(0)), facts.usd_rate, scale))


def check_stake(stake: Decimal, facts: LimitFacts, scale: int) -> Decimal:
    """Return the stake in USD, as it counts towards the daily limit, if every limit lets it pass.

    Raises StakeAboveLimit or DailyLimitExceeded, whichever limit leaves less, with `details.limit` and
    `details.maxStake`, the largest stake that would pass; ExchangeRateMissing when none can be said.
    """
    stake_usd = stake_in_usd(stake, facts.usd_rate)
    within_day = CONTEXT.add(facts.staked_today, stake_usd) <= facts.daily_stake
    if stake_usd <= facts.max_bet and within_day:
        return stake_usd
    headroom = find_headroom(facts, scale)
    refusal = StakeAboveLimit if headroom.limit is LimitKind.MAX_BET else DailyLimitExceeded
    raise refusal(details={"limit": headroom.limit.value, "maxStake": amount_text(headroom.stake_max, scale)})
