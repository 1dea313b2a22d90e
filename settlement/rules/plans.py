"""What a commission plan charges for a month: exact until the printed line, which is rounded once, half up.

A base, a tier's bounds, a fee and a limit are amounts in the statement's currency. A charge below zero is
owed the other way round.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

from core.money import CONTEXT, EXACT, divide_half_up, round_half_up


class NegativeMonth(StrEnum):
    """What a month below zero leaves behind: all of it, nothing, or so much at most."""

    CARRY = "carry"
    RESET = "reset"
    CAPPED = "capped"


class TierMode(StrEnum):
    """Whether a tier's rate is for the part of the base in the tier, or for the whole base."""

    MARGINAL = "marginal"
    WHOLE = "whole"


class RatedPlan(Protocol):
    """A plan that charges for a base."""

    def charge(self, base: Decimal, scale: int) -> Decimal:
        """Return the printed line for a month's base."""
        ...


@dataclass(frozen=True, slots=True)
class RevenueShare:
    """A fraction of the revenue: stakes minus payouts of the bets settled."""

    rate: Decimal

    def charge(self, base: Decimal, scale: int) -> Decimal:
        return round_half_up(EXACT.multiply(base, self.rate), scale)


@dataclass(frozen=True, slots=True)
class TurnoverShare:
    """A fraction of the stakes of the bets settled, whatever they paid."""

    rate: Decimal

    def charge(self, base: Decimal, scale: int) -> Decimal:
        return round_half_up(EXACT.multiply(base, self.rate), scale)


@dataclass(frozen=True, slots=True)
class Tier:
    """A rate from a base on, that base included."""

    base_from: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True)
class TieredRevenueShare:
    """A revenue share whose rate depends on the month's revenue.

    Tiers begin at 0 and rise. Rates on the whole amount may not fall, or more revenue would earn less. A base
    below zero has the first tier's rate.
    """

    tiers: tuple[Tier, ...]
    mode: TierMode = TierMode.MARGINAL

    def __post_init__(self) -> None:
        if not self.tiers or self.tiers[0].base_from != 0:
            raise ValueError("the first tier begins at 0")
        for lower, upper in pairwise(self.tiers):
            if upper.base_from <= lower.base_from:
                raise ValueError("each tier begins above the one before")
            if self.mode is TierMode.WHOLE and upper.rate < lower.rate:
                raise ValueError("rates on the whole amount may not fall")

    def charge(self, base: Decimal, scale: int) -> Decimal:
        if base <= 0:
            return round_half_up(EXACT.multiply(base, self.tiers[0].rate), scale)
        reached = [tier for tier in self.tiers if tier.base_from <= base]
        if self.mode is TierMode.WHOLE:
            return round_half_up(EXACT.multiply(base, reached[-1].rate), scale)
        ends = [*(tier.base_from for tier in reached[1:]), base]
        total = Decimal(0)
        for tier, end in zip(reached, ends, strict=True):
            total = EXACT.add(total, EXACT.multiply(EXACT.subtract(end, tier.base_from), tier.rate))
        return round_half_up(total, scale)


@dataclass(frozen=True, slots=True)
class FixedFee:
    """A fee a month, by days where the plan was not valid for all of it."""

    amount: Decimal

    def charge_days(self, days: int, days_of_month: int, scale: int) -> Decimal:
        """Return the printed line for the days of the month on which the plan was valid."""
        return divide_half_up(EXACT.multiply(self.amount, Decimal(days)), days_of_month, scale)


@dataclass(frozen=True, slots=True)
class Cpa:
    """A fee a qualified player."""

    amount: Decimal

    def charge_players(self, players: int, scale: int) -> Decimal:
        """Return the printed line for so many players who qualified in the month."""
        return round_half_up(EXACT.multiply(self.amount, Decimal(players)), scale)


def bound_charge(charge: Decimal, *, minimum: Decimal | None, cap: Decimal | None) -> Decimal:
    """Return a charge kept within the plan's own minimum and cap, each optional."""
    if minimum is not None and charge < minimum:
        return minimum
    if cap is not None and charge > cap:
        return cap
    return charge


def carry_month(
    base: Decimal, carried: Decimal, policy: NegativeMonth, carried_max: Decimal = Decimal(0)
) -> tuple[Decimal, Decimal]:
    """Return what a month is charged on, and what it carries into the next: a base of zero or below.

    `carried` came from the month before. `capped` carries `carried_max` at most; the rest is forgotten.
    """
    total = CONTEXT.add(base, carried)
    if total >= 0:
        return total, Decimal(0)
    if policy is NegativeMonth.RESET:
        return Decimal(0), Decimal(0)
    if policy is NegativeMonth.CAPPED:
        return Decimal(0), max(total, carried_max.copy_negate())
    return Decimal(0), total


def charge_months(
    plan: RatedPlan,
    bases: Sequence[Decimal],
    scale: int,
    policy: NegativeMonth,
    carried_max: Decimal = Decimal(0),
) -> tuple[Decimal, ...]:
    """Return the charges of consecutive months, each carrying into the next as the policy says."""
    charges: list[Decimal] = []
    carried = Decimal(0)
    for base in bases:
        charged_on, carried = carry_month(base, carried, policy, carried_max)
        charges.append(plan.charge(charged_on, scale))
    return tuple(charges)


def find_correction(issued: Sequence[Decimal], replayed: Sequence[Decimal]) -> Decimal:
    """Return the correction line for closed months: what they come to when replayed, less what was issued."""
    correction = Decimal(0)
    for before, after in zip(issued, replayed, strict=True):
        correction = CONTEXT.add(correction, CONTEXT.subtract(after, before))
    return correction
