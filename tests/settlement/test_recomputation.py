"""Statements against an independent calculation in fractions, over random books of bets (TX-05)."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from core.ids import parse_typeid
from partners.services import enter_exchange_rate
from settlement import queries, services
from settlement.api.serializers import StatementView, statement_view
from settlement.rules.periods import Month
from tests.makers.partners import make_tenant
from tests.makers.settlement import Settled, make_currency, make_named_fixture, make_plan, settle

ZONE = "Europe/Malta"
CHANGE_DAY = date(2026, 3, 17)
RATES = {1: Fraction("0.175"), 2: Fraction("0.2233")}
SECOND_IN_FIRST = Fraction("0.91337")
PAYOUT_FACTORS = (
    lambda odds: Fraction(0),  # lost
    lambda odds: odds,  # won
    lambda odds: Fraction(1),  # void
    lambda odds: (1 + odds) / 2,  # half won
    lambda odds: Fraction(1, 2),  # half lost
)


class Row(NamedTuple):
    """One settlement, in fractions."""

    fixture: UUID | None
    currency: str
    stake: Fraction
    payout: Fraction
    at: datetime


def cents(amount: Fraction) -> Fraction:
    """Round to 2 decimals, half away from zero."""
    scaled = abs(amount) * 100 + Fraction(1, 2)
    rounded = Fraction(scaled.numerator // scaled.denominator, 100)
    return rounded if amount >= 0 else -rounded


def text(amount: Fraction) -> str:
    return format(Decimal(amount.numerator) / Decimal(amount.denominator), "f")


def random_book(seed: int, fixtures: list[UUID], currencies: tuple[str, str]) -> list[list[Row]]:
    """Bets of February to April, some settled twice: for each bet its settlements in order."""
    chance = random.Random(seed)
    bets = []
    for _ in range(150):
        at = datetime(2026, 2, 20, tzinfo=UTC) + timedelta(minutes=chance.randrange(60 * 24 * 50))
        stake = Fraction(chance.randrange(1, 50_000), 100)
        odds = Fraction(chance.randrange(101, 1500), 100)
        fixture, currency = chance.choice([*fixtures, None]), chance.choice(currencies)
        payout = cents(stake * chance.choice(PAYOUT_FACTORS)(odds))
        rows = [Row(fixture, currency, stake, payout, at)]
        if chance.random() < 0.2:
            other = cents(stake * chance.choice(PAYOUT_FACTORS)(odds))
            later = at + timedelta(minutes=chance.randrange(1, 60 * 24 * 30))
            rows.append(Row(fixture, currency, Fraction(0), other - payout, later))
        bets.append(rows)
    return bets


def plan_version(row: Row) -> int:
    return 1 if row.at.astimezone(ZoneInfo(ZONE)).date() < CHANGE_DAY else 2


def month_of(row: Row) -> tuple[int, int]:
    local = row.at.astimezone(ZoneInfo(ZONE))
    return local.year, local.month


@pytest.mark.usefixtures("committed")
@pytest.mark.role("b2b_jobs")
class TestRecomputation:
    @pytest.mark.parametrize("seed", range(4))
    def test_a_statement_equals_its_calculation_in_fractions(self, seed: int) -> None:
        tenant = make_tenant(time_zone=ZONE)
        first, second = make_currency(2), make_currency(2)
        enter_exchange_rate(
            base=second,
            quote=first,
            valid_date=date(2026, 1, 1),
            rate=Decimal(text(SECOND_IN_FIRST)),
            source="test",
            entered_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        make_plan(tenant, text(RATES[1]), currency=first, version=1, valid_to=CHANGE_DAY)
        make_plan(tenant, text(RATES[2]), currency=first, version=2, valid_from=CHANGE_DAY)
        fixtures = {fixture.pk: fixture for fixture in (make_named_fixture() for _ in range(6))}
        bets = random_book(seed, list(fixtures), (first, second))
        for number in (0, 1):
            settle(
                tenant,
                [
                    Settled(
                        text(row.stake),
                        text(row.payout),
                        row.at,
                        fixtures[row.fixture] if row.fixture is not None else None,
                        row.currency,
                    )
                    for rows in bets
                    for row in rows[number : number + 1]
                ],
            )

        for month in (Month(2026, 2), Month(2026, 3), Month(2026, 4)):
            statement = self.draft(tenant.pk, month)
            rows = [row for rows in bets for row in rows if month_of(row) == (month.year, month.month)]
            self.check(statement, rows, first)

    def draft(self, tenant_id: UUID, month: Month) -> StatementView:
        statement = services.draft_statement(
            tenant_id=tenant_id,
            period_start_date=month.start_date,
            drafted_at=datetime(2026, 6, 1, tzinfo=UTC),
        )
        with queries.snapshot(tenant_id):
            return statement_view(
                queries.get_content(queries.get_any_statement(tenant_id=tenant_id, statement_id=statement.pk))
            )

    def check(self, statement: StatementView, rows: list[Row], currency: str) -> None:
        lines: defaultdict[tuple[UUID | None, str, int], list[Row]] = defaultdict(list)
        bases: defaultdict[tuple[str, int], Fraction] = defaultdict(Fraction)
        for row in rows:
            lines[row.fixture, row.currency, plan_version(row)].append(row)
            bases[row.currency, plan_version(row)] += row.stake - row.payout
        assert len(statement.lines) == len(lines)
        for line in statement.lines:
            fixture = parse_typeid("fix", line.fixture_id) if line.kind == "fixture" else None
            of_line = lines[fixture, line.currency, line.plan_version]
            revenue = sum((row.stake - row.payout for row in of_line), Fraction(0))
            assert Fraction(line.stakes) == sum(row.stake for row in of_line)
            assert Fraction(line.payouts) == sum(row.payout for row in of_line)
            assert Fraction(line.revenue) == revenue
            assert Fraction(line.amount) == revenue * RATES[line.plan_version]
        converted = {
            key: base * (1 if key[0] == currency else SECOND_IN_FIRST) for key, base in bases.items()
        }
        charged = {key: cents(base * RATES[key[1]]) for key, base in converted.items()}
        assert {
            (charge.currency, charge.plan_version): Fraction(charge.amount) for charge in statement.charges
        } == charged
        assert Fraction(statement.total) == sum(charged.values())
        assert Fraction(statement.revenue) == cents(sum(converted.values(), Fraction(0)))
