"""What a statement of revenue share says: exact lines, charges rounded once, and a total that is their sum.

`S = sum over fixtures i of B_i x C_r`, where B_i is what was staked on a fixture less what was paid. A line
is a fixture (or all multiples) in one currency under one version of the plan and is never rounded. A charge
is one version of the plan in one currency: the lines' sum, converted once at a locked rate, times the
plan's rate, rounded once. Fixtures that lost net against those that won. The same bets give the same
statement, in the same order.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from core.errors import Conflict
from core.money import CONTEXT, EXACT, round_half_up


class LineKind(StrEnum):
    FIXTURE = "fixture"
    MULTI = "multi"


class ConversionRateMissing(Conflict):
    code = "EXCHANGE_RATE_MISSING"
    message = "There is no exchange rate from a currency of the bets to the statement's currency."


@dataclass(frozen=True, slots=True)
class Settled:
    """What was settled on a fixture (None: on multiples) in one currency, under one version of the plan."""

    plan_version: int
    rate: Decimal
    fixture_id: UUID | None
    currency: str
    stakes: Decimal
    payouts: Decimal
    bet_count: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a statement, in the currency of its bets, exact and unrounded."""

    kind: LineKind
    plan_version: int
    fixture_id: UUID | None
    currency: str
    stakes: Decimal
    payouts: Decimal
    revenue: Decimal
    rate: Decimal
    amount: Decimal
    bet_count: int


@dataclass(frozen=True, slots=True)
class Charge:
    """A printed line. `base` is in its own currency, `revenue` and `amount` are in the statement's.

    `revenue` is the converted base, unrounded; `amount` is rounded half up.
    """

    plan_version: int
    currency: str
    base: Decimal
    rate: Decimal
    conversion_rate: Decimal
    revenue: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Draft:
    """All that a statement says; `revenue` is in its currency, rounded, and `total` sums the charges."""

    lines: tuple[Line, ...]
    charges: tuple[Charge, ...]
    revenue: Decimal
    total: Decimal


def draw_statement(settled: Iterable[Settled], conversion_rates: Mapping[str, Decimal], scale: int) -> Draft:
    """Return the statement of what was settled in a period.

    `conversion_rates` says what one unit of a currency is in the statement's currency, 1 for that currency
    itself; `scale` is the statement's currency's. Raises ConversionRateMissing.
    """
    lines = draw_lines(settled)
    charges = draw_charges(lines, conversion_rates, scale)
    revenue = total = Decimal(0)
    for charge in charges:
        revenue = EXACT.add(revenue, charge.revenue)
        total = CONTEXT.add(total, charge.amount)
    return Draft(lines, charges, round_half_up(revenue, scale), round_half_up(total, scale))


def draw_lines(settled: Iterable[Settled]) -> tuple[Line, ...]:
    """Return the exact lines, by version of the plan, currency and fixture, with the multiples last.

    Several sums for one line are added up; versions of one plan with different rates are different lines.
    """
    sums: dict[tuple[int, Decimal, str, UUID | None], tuple[Decimal, Decimal, int]] = {}
    for part in settled:
        key = (part.plan_version, part.rate, part.currency, part.fixture_id)
        stakes, payouts, count = sums.get(key, (Decimal(0), Decimal(0), 0))
        sums[key] = (
            CONTEXT.add(stakes, part.stakes),
            CONTEXT.add(payouts, part.payouts),
            count + part.bet_count,
        )
    order = sorted(sums, key=lambda key: (key[0], key[1], key[2], key[3] is None, key[3] or UUID(int=0)))
    return tuple(_draw_line(*key, *sums[key]) for key in order)


def draw_charges(
    lines: Iterable[Line], conversion_rates: Mapping[str, Decimal], scale: int
) -> tuple[Charge, ...]:
    """Return one charge a version of the plan and currency, in the order of the lines."""
    bases: defaultdict[tuple[int, Decimal, str], Decimal] = defaultdict(Decimal)
    for line in lines:
        key = (line.plan_version, line.rate, line.currency)
        bases[key] = CONTEXT.add(bases[key], line.revenue)
    return tuple(
        _draw_charge(version, rate, currency, base, conversion_rates, scale)
        for (version, rate, currency), base in bases.items()
    )


def _draw_line(
    plan_version: int,
    rate: Decimal,
    currency: str,
    fixture_id: UUID | None,
    stakes: Decimal,
    payouts: Decimal,
    bet_count: int,
) -> Line:
    revenue = CONTEXT.subtract(stakes, payouts)
    return Line(
        kind=LineKind.MULTI if fixture_id is None else LineKind.FIXTURE,
        plan_version=plan_version,
        fixture_id=fixture_id,
        currency=currency,
        stakes=stakes,
        payouts=payouts,
        revenue=revenue,
        rate=rate,
        amount=EXACT.multiply(revenue, rate),
        bet_count=bet_count,
    )


def _draw_charge(
    plan_version: int,
    rate: Decimal,
    currency: str,
    base: Decimal,
    conversion_rates: Mapping[str, Decimal],
    scale: int,
) -> Charge:
    conversion_rate = conversion_rates.get(currency)
    if conversion_rate is None:
        raise ConversionRateMissing(details={"currency": currency})
    revenue = EXACT.multiply(base, conversion_rate)
    return Charge(
        plan_version=plan_version,
        currency=currency,
        base=base,
        rate=rate,
        conversion_rate=conversion_rate,
        revenue=revenue,
        amount=round_half_up(EXACT.multiply(revenue, rate), scale),
    )
