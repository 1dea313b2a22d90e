"""Commission: every figure of the published rules, and the sums behind a statement in fractions."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.rules.periods import BadPeriod, Month
from settlement.rules.plans import (
    Cpa,
    FixedFee,
    NegativeMonth,
    RatedPlan,
    RevenueShare,
    Tier,
    TieredRevenueShare,
    TierMode,
    TurnoverShare,
    bound_charge,
    carry_month,
    charge_months,
    find_correction,
)
from settlement.rules.statements import (
    ConversionRateMissing,
    LineKind,
    Settled,
    draw_lines,
    draw_statement,
)

TIERS = (
    Tier(Decimal(0), Decimal("0.20")),
    Tier(Decimal(50_000), Decimal("0.25")),
    Tier(Decimal(100_000), Decimal("0.30")),
)
MARGINAL = TieredRevenueShare(TIERS)
WHOLE = TieredRevenueShare(TIERS, TierMode.WHOLE)

bases = st.decimals(min_value=-(10**9), max_value=10**9, places=8)


def settled(
    revenue: str, fixture: int | None = 1, currency: str = "EUR", rate: str = "0.15", version: int = 1
) -> Settled:
    """What was settled so that stakes minus payouts is `revenue`."""
    stakes = Decimal(1_000_000)
    payouts = stakes - Decimal(revenue)
    fixture_id = UUID(int=fixture) if fixture is not None else None
    return Settled(version, Decimal(rate), fixture_id, currency, stakes, payouts, 1)


def half_up(exact: Fraction, scale: int) -> Fraction:
    units = floor(abs(exact) * 10**scale + Fraction(1, 2))
    return Fraction(units if exact >= 0 else -units, 10**scale)


class TestMonth:
    def test_written_month_reads_back(self) -> None:
        assert str(Month.parse("2026-03")) == "2026-03"

    @pytest.mark.parametrize(
        "text", ["", "2026", "2026-3", "2026-13", "2026-00", "0000-01", "9999-12", "2026-03-01", " 2026-03"]
    )
    def test_anything_else_is_a_broken_request(self, text: str) -> None:
        with pytest.raises(BadPeriod):
            Month.parse(text)

    def test_last_month_of_all_lies_in_the_future(self) -> None:
        with pytest.raises(BadPeriod, match="9999-12 lies in the future"):
            Month.parse("9999-12")

    def test_month_ends_where_the_next_begins(self) -> None:
        assert (Month(2026, 12).start_date, Month(2026, 12).end_date) == (date(2026, 12, 1), date(2027, 1, 1))

    @pytest.mark.parametrize(
        ("zone", "month", "start", "hours"),
        [
            ("UTC", Month(2026, 3), datetime(2026, 3, 1, tzinfo=UTC), 744),
            ("Europe/Berlin", Month(2026, 3), datetime(2026, 2, 28, 23, tzinfo=UTC), 743),
            ("Europe/Berlin", Month(2026, 10), datetime(2026, 9, 30, 22, tzinfo=UTC), 745),
            ("Asia/Tokyo", Month(2026, 3), datetime(2026, 2, 28, 15, tzinfo=UTC), 744),
            ("America/New_York", Month(2026, 11), datetime(2026, 11, 1, 4, tzinfo=UTC), 721),
            ("Asia/Kathmandu", Month(2026, 2), datetime(2026, 1, 31, 18, 15, tzinfo=UTC), 672),
        ],
    )
    def test_month_is_as_long_as_the_clocks_make_it(
        self, zone: str, month: Month, start: datetime, hours: int
    ) -> None:
        assert month.bounds(zone) == (start, start + timedelta(hours=hours))

    def test_midnight_that_clocks_skip_is_when_they_skip(self) -> None:
        """Clocks in Amman went from 24:00 on 31 March to 01:00 in 2005."""
        start, _ = Month(2005, 4).bounds("Asia/Amman")
        assert start == datetime(2005, 3, 31, 22, tzinfo=UTC)

    @given(
        at=st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2040, 1, 1)),  # noqa: DTZ001
        zone=st.sampled_from(["UTC", "Europe/London", "America/Havana", "Asia/Amman", "Pacific/Apia"]),
    )
    def test_every_moment_is_in_exactly_one_month(self, at: datetime, zone: str) -> None:
        moment = at.replace(tzinfo=UTC)
        month = Month.of(moment, zone)
        start, end = month.bounds(zone)
        assert start <= moment < end
        assert start.astimezone(ZoneInfo(zone)).month == month.month


class TestRevenueShare:
    @pytest.mark.parametrize(
        ("base", "rate", "charge"),
        [
            ("340", "0.15", "51.00"),
            ("0.60", "0.15", "0.09"),
            ("17.70", "0.25", "4.43"),
            ("-17.70", "0.25", "-4.43"),
            ("0", "0.25", "0.00"),
        ],
    )
    def test_charge_is_rounded_half_away_from_zero(self, base: str, rate: str, charge: str) -> None:
        assert str(RevenueShare(Decimal(rate)).charge(Decimal(base), 2)) == charge


class TestTieredRevenueShare:
    @pytest.mark.parametrize(
        ("base", "marginal", "whole"),
        [
            ("49999.99", "10000.00", "10000.00"),
            ("50000", "10000.00", "12500.00"),
            ("100000", "22500.00", "30000.00"),
            ("52000", "10500.00", "13000.00"),
            ("0", "0.00", "0.00"),
            ("-100", "-20.00", "-20.00"),
        ],
    )
    def test_lower_bound_of_a_tier_is_in_it(self, base: str, marginal: str, whole: str) -> None:
        assert str(MARGINAL.charge(Decimal(base), 2)) == marginal
        assert str(WHOLE.charge(Decimal(base), 2)) == whole

    def test_rates_on_the_whole_amount_may_not_fall(self) -> None:
        falling = (Tier(Decimal(0), Decimal("0.3")), Tier(Decimal(10), Decimal("0.2")))
        assert TieredRevenueShare(falling)
        with pytest.raises(ValueError, match="may not fall"):
            TieredRevenueShare(falling, TierMode.WHOLE)

    @pytest.mark.parametrize(
        "tiers",
        [(), (Tier(Decimal(1), Decimal("0.2")),), (TIERS[0], TIERS[0]), (TIERS[0], TIERS[2], TIERS[1])],
    )
    def test_tiers_begin_at_zero_and_rise(self, tiers: tuple[Tier, ...]) -> None:
        with pytest.raises(ValueError, match="begins"):
            TieredRevenueShare(tiers)

    @given(base=bases)
    def test_marginal_charge_is_the_sum_over_the_tiers(self, base: Decimal) -> None:
        exact = Fraction(base) * Fraction("0.2")
        for bound in (50_000, 100_000):
            exact += max(Fraction(base) - bound, Fraction(0)) * Fraction("0.05")
        assert Fraction(MARGINAL.charge(base, 2)) == half_up(exact, 2)

    @given(base=bases, more=st.decimals(min_value=0, max_value=10**6, places=2))
    def test_more_revenue_never_earns_less(self, base: Decimal, more: Decimal) -> None:
        for plan in (MARGINAL, WHOLE):
            assert plan.charge(base, 2) <= plan.charge(base + more, 2)


class TestOtherPlans:
    def test_turnover_share_is_of_the_stakes(self) -> None:
        stakes = Decimal("118000.00") + Decimal("73111.11")
        assert str(TurnoverShare(Decimal("0.0125")).charge(stakes, 2)) == "2388.89"

    def test_hybrid_is_the_sum_of_its_printed_lines(self) -> None:
        printed = [
            Cpa(Decimal(40)).charge_players(37, 2),
            RevenueShare(Decimal("0.18")).charge(Decimal("12345.67"), 2),
            FixedFee(Decimal(1_500)).charge_days(18, 30, 2),
        ]
        assert [str(each) for each in printed] == ["1480.00", "2222.22", "900.00"]
        assert sum(printed) == Decimal("4602.22")

    @given(
        days=st.integers(min_value=0, max_value=31), fee=st.decimals(min_value=0, max_value=10**6, places=2)
    )
    def test_fee_for_some_days_is_its_share(self, days: int, fee: Decimal) -> None:
        charge = FixedFee(fee).charge_days(days, 31, 2)
        assert Fraction(charge) == half_up(Fraction(fee) * days / 31, 2)

    @pytest.mark.parametrize(("charge", "bounded"), [("50", "100"), ("150", "150"), ("900", "500")])
    def test_charge_stays_within_minimum_and_cap(self, charge: str, bounded: str) -> None:
        assert bound_charge(Decimal(charge), minimum=Decimal(100), cap=Decimal(500)) == Decimal(bounded)

    def test_charge_without_bounds_is_free(self) -> None:
        assert bound_charge(Decimal(-7), minimum=None, cap=None) == -7


class TestChargeMonths:
    @pytest.mark.parametrize(
        ("policy", "charges"),
        [
            (NegativeMonth.CARRY, ["0.00", "0.00", "2700.00"]),
            (NegativeMonth.RESET, ["0.00", "1200.00", "4500.00"]),
            (NegativeMonth.CAPPED, ["0.00", "300.00", "4500.00"]),
        ],
    )
    def test_month_below_zero_leaves_what_the_policy_says(
        self, policy: NegativeMonth, charges: list[str]
    ) -> None:
        months = [Decimal(-10_000), Decimal(4_000), Decimal(15_000)]
        found = charge_months(RevenueShare(Decimal("0.30")), months, 2, policy, Decimal(3_000))
        assert [str(each) for each in found] == charges

    @given(months=st.lists(bases, max_size=12))
    def test_carrying_is_charged_on_no_more_than_there_was(self, months: list[Decimal]) -> None:
        charged, carried = Decimal(0), Decimal(0)
        for base in months:
            charged_on, carried = carry_month(base, carried, NegativeMonth.CARRY)
            charged += charged_on
            assert charged_on >= 0 >= carried
        assert charged + carried == sum(months)


class TestFindCorrection:
    @staticmethod
    def correct(plan: RatedPlan, then: str, now: str) -> Decimal:
        issued, replayed = (
            charge_months(plan, [Decimal(base)], 2, NegativeMonth.CARRY) for base in (then, now)
        )
        return find_correction(issued, replayed)

    def test_late_payout_of_march_is_taken_from_april(self) -> None:
        plan = RevenueShare(Decimal("0.20"))
        correction = self.correct(plan, "8000", "7200")
        assert correction == Decimal("-160.00")
        assert plan.charge(Decimal(5_000), 2) + correction == Decimal("840.00")

    def test_correction_across_a_tier_has_the_rates_of_both(self) -> None:
        assert self.correct(MARGINAL, "52000", "49000") == Decimal("-700.00")

    def test_correction_of_a_month_moves_what_later_months_carried(self) -> None:
        plan = RevenueShare(Decimal("0.30"))
        issued = charge_months(plan, [Decimal(-1_000), Decimal(1_000)], 2, NegativeMonth.CARRY)
        replayed = charge_months(plan, [Decimal(-400), Decimal(1_000)], 2, NegativeMonth.CARRY)
        assert find_correction(issued, replayed) == Decimal("180.00")


class TestDrawStatement:
    def test_fixtures_that_lost_net_against_those_that_won(self) -> None:
        draft = draw_statement(
            [settled("260", 1), settled("-120", 2), settled("200", 3)], {"EUR": Decimal(1)}, 2
        )
        assert [str(line.amount) for line in draft.lines] == ["39.00", "-18.00", "30.00"]
        assert (draft.revenue, draft.total) == (Decimal(340), Decimal("51.00"))

    def test_rounding_happens_once_and_not_by_fixture(self) -> None:
        parts = [settled(revenue, at) for at, revenue in enumerate(["0.10", "0.10", "0.10", "0.30"])]
        draft = draw_statement(parts, {"EUR": Decimal(1)}, 2)
        assert draft.total == Decimal("0.09")
        assert [str(line.amount) for line in draft.lines] == ["0.0150", "0.0150", "0.0150", "0.0450"]

    def test_currencies_convert_once_each_at_their_locked_rate(self) -> None:
        parts = [
            settled("10000", currency="EUR", rate="0.22"),
            settled("2500.55", currency="GBP", rate="0.22"),
            settled("-350123", currency="JPY", rate="0.22"),
            settled("0.12345678", currency="BTC", rate="0.22"),
        ]
        rates = {
            "EUR": Decimal(1),
            "GBP": Decimal("1.1624"),
            "JPY": Decimal("0.006117"),
            "BTC": Decimal("58321.45"),
        }
        draft = draw_statement(parts, rates, 2)
        assert (str(draft.revenue), str(draft.total)) == ("17965.12", "3952.33")
        assert [(charge.currency, str(charge.amount)) for charge in draft.charges] == [
            ("BTC", "1584.04"),
            ("EUR", "2200.00"),
            ("GBP", "639.46"),
            ("JPY", "-471.17"),
        ]

    def test_currency_without_a_rate_is_refused_by_name(self) -> None:
        with pytest.raises(ConversionRateMissing) as refused:
            draw_statement([settled("1", currency="GBP")], {"EUR": Decimal(1)}, 2)
        assert refused.value.details == {"currency": "GBP"}

    def test_nothing_settled_owes_nothing(self) -> None:
        draft = draw_statement([], {}, 2)
        assert (draft.lines, draft.charges, str(draft.revenue), str(draft.total)) == ((), (), "0.00", "0.00")

    def test_each_version_of_the_plan_has_its_own_charge(self) -> None:
        parts = [settled("100", rate="0.20", version=1), settled("100", rate="0.10", version=2)]
        draft = draw_statement(parts, {"EUR": Decimal(1)}, 2)
        assert [(each.plan_version, str(each.amount)) for each in draft.charges] == [
            (1, "20.00"),
            (2, "10.00"),
        ]

    @given(
        revenues=st.lists(
            st.tuples(
                st.integers(min_value=0, max_value=5),
                st.sampled_from(["EUR", "JPY"]),
                st.decimals(min_value=-(10**6), max_value=10**6, places=8),
            ),
            max_size=40,
        ),
        chance=st.randoms(use_true_random=False),
    )
    def test_total_is_the_sum_by_hand_in_any_order(
        self, revenues: list[tuple[int, str, Decimal]], chance: random.Random
    ) -> None:
        rates = {"EUR": Decimal(1), "JPY": Decimal("0.006117")}
        parts = [settled(str(revenue), fixture, currency) for fixture, currency, revenue in revenues]
        by_hand = Fraction(0)
        for currency, rate in rates.items():
            base = sum((Fraction(each) for _, mine, each in revenues if mine == currency), Fraction(0))
            by_hand += half_up(base * Fraction(rate) * Fraction("0.15"), 2)
        draft = draw_statement(parts, rates, 2)
        assert Fraction(draft.total) == by_hand
        chance.shuffle(parts)
        assert draw_statement(parts, rates, 2) == draft


class TestDrawLines:
    def test_line_is_a_fixture_in_a_currency_with_the_multiples_last(self) -> None:
        parts = [
            settled("5", None),
            settled("1", 2),
            settled("2", 1),
            settled("3", 2),
            settled("4", 1, currency="AUD"),
        ]
        lines = draw_lines(parts)
        assert [(line.currency, line.kind, line.fixture_id, line.revenue) for line in lines] == [
            ("AUD", LineKind.FIXTURE, UUID(int=1), Decimal(4)),
            ("EUR", LineKind.FIXTURE, UUID(int=1), Decimal(2)),
            ("EUR", LineKind.FIXTURE, UUID(int=2), Decimal(4)),
            ("EUR", LineKind.MULTI, None, Decimal(5)),
        ]
        assert [line.bet_count for line in lines] == [1, 1, 2, 1]

    @given(revenue=bases, rate=st.decimals(min_value=0, max_value=1, places=8))
    def test_line_is_never_rounded(self, revenue: Decimal, rate: Decimal) -> None:
        (line,) = draw_lines([settled(str(revenue), rate=str(rate))])
        assert Fraction(line.amount) == Fraction(revenue) * Fraction(rate)
        assert line.stakes - line.payouts == line.revenue
