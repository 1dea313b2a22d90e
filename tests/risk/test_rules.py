"""Limits on a stake: which bind, and the largest stake that passes."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.rules import (
    DailyLimitExceeded,
    ExchangeRateMissing,
    Limit,
    LimitFacts,
    LimitKind,
    LimitScope,
    StakeAboveLimit,
    check_stake,
    find_headroom,
    limit_day,
    resolve_limits,
    stake_in_usd,
)


def limit(
    amount: int, kind: str = "max_bet", scope: LimitScope = LimitScope.PARTNER, *, vip: bool = False
) -> Limit:
    return Limit(LimitKind(kind), scope, vip, Decimal(amount))


def facts(
    max_bet: str = "10000", daily: str = "50000", staked: str = "0", rate: str | None = "1"
) -> LimitFacts:
    return LimitFacts(Decimal(max_bet), Decimal(daily), Decimal(staked), Decimal(rate) if rate else None)


class TestResolveLimits:
    def test_platform_defaults_bind_everybody(self) -> None:
        expected = {LimitKind.MAX_BET: Decimal(10_000), LimitKind.DAILY_STAKE: Decimal(50_000)}
        assert resolve_limits([], vip=False) == resolve_limits([], vip=True) == expected

    def test_nearest_limit_replaces_the_others_in_any_order(self) -> None:
        limits = [
            limit(300, scope=LimitScope.TENANT),
            limit(20_000, scope=LimitScope.PLATFORM),
            limit(100, scope=LimitScope.PARTNER),
        ]
        for order in (limits, limits[::-1]):
            assert resolve_limits(order, vip=False)[LimitKind.MAX_BET] == 300

    def test_nearer_limit_can_be_higher(self) -> None:
        assert resolve_limits([limit(70_000, "daily_stake")], vip=False)[LimitKind.DAILY_STAKE] == 70_000

    def test_limit_of_vip_players_is_apart(self) -> None:
        limits = [limit(500), limit(25_000, vip=True)]
        assert resolve_limits(limits, vip=False)[LimitKind.MAX_BET] == 500
        assert resolve_limits(limits, vip=True)[LimitKind.MAX_BET] == 25_000

    def test_limit_of_ordinary_players_says_nothing_about_vip_players(self) -> None:
        assert resolve_limits([limit(500)], vip=True)[LimitKind.MAX_BET] == 10_000


class TestLimitDay:
    @pytest.mark.parametrize(
        ("zone", "day"),
        [("UTC", date(2026, 3, 1)), ("Asia/Tokyo", date(2026, 3, 2)), ("America/New_York", date(2026, 3, 1))],
    )
    def test_day_is_that_of_the_partners_time_zone(self, zone: str, day: date) -> None:
        assert limit_day(datetime(2026, 3, 1, 18, tzinfo=UTC), zone) == day


class TestCheckStake:
    def test_stake_at_the_limit_passes(self) -> None:
        assert check_stake(Decimal("10000.00"), facts(), 2) == 10_000

    def test_stake_above_the_limit_names_the_largest_that_passes(self) -> None:
        with pytest.raises(StakeAboveLimit) as refused:
            check_stake(Decimal("10000.01"), facts(), 2)
        assert refused.value.code == "STAKE_ABOVE_LIMIT"
        assert refused.value.details == {"limit": "max_bet", "maxStake": "10000.00"}

    def test_days_last_headroom_can_be_used_up(self) -> None:
        assert check_stake(Decimal("0.01"), facts(staked="49999.99"), 2) == Decimal("0.01")

    def test_stake_past_the_daily_limit_names_what_is_left(self) -> None:
        with pytest.raises(DailyLimitExceeded) as refused:
            check_stake(Decimal(251), facts(staked="49750"), 2)
        assert refused.value.code == "DAILY_LIMIT_EXCEEDED"
        assert refused.value.details == {"limit": "daily_stake", "maxStake": "250.00"}

    def test_most_restrictive_limit_is_named_when_both_refuse(self) -> None:
        with pytest.raises(DailyLimitExceeded):
            check_stake(Decimal(20_000), facts(staked="49000"), 2)
        with pytest.raises(StakeAboveLimit):
            check_stake(Decimal(60_000), facts(), 2)

    def test_day_over_its_limit_leaves_zero_and_never_less(self) -> None:
        with pytest.raises(DailyLimitExceeded) as refused:
            check_stake(Decimal(1), facts(staked="50001"), 2)
        assert refused.value.details == {"limit": "daily_stake", "maxStake": "0.00"}

    def test_stake_in_euro_is_judged_in_dollars(self) -> None:
        with pytest.raises(StakeAboveLimit) as refused:
            check_stake(Decimal("9000.00"), facts(rate="1.1624"), 2)
        assert refused.value.details == {"limit": "max_bet", "maxStake": "8602.89"}

    def test_largest_stake_has_the_currencys_scale(self) -> None:
        with pytest.raises(StakeAboveLimit) as refused:
            check_stake(Decimal(9_000_000), facts(rate="0.006117"), 0)
        assert refused.value.details == {"limit": "max_bet", "maxStake": "1634788"}

    @pytest.mark.parametrize("rate", [None, "0"])
    def test_stake_without_an_exchange_rate_is_not_passed(self, rate: str | None) -> None:
        with pytest.raises(ExchangeRateMissing):
            check_stake(Decimal(1), facts(rate=rate), 2)

    @given(
        max_bet=st.decimals(min_value=0, max_value=10**7, places=2),
        daily=st.decimals(min_value=0, max_value=10**7, places=2),
        staked=st.decimals(min_value=0, max_value=10**7, places=18),
        rate=st.decimals(min_value=Decimal("0.000001"), max_value=10**6, places=18),
        scale=st.integers(min_value=0, max_value=18),
    )
    def test_largest_stake_passes_and_one_unit_more_does_not(
        self, max_bet: Decimal, daily: Decimal, staked: Decimal, rate: Decimal, scale: int
    ) -> None:
        bound = LimitFacts(max_bet, daily, staked, rate)
        largest, unit = find_headroom(bound, scale).stake_max, Decimal(1).scaleb(-scale)
        if largest:
            check_stake(largest, bound, scale)
        with pytest.raises((StakeAboveLimit, DailyLimitExceeded)):
            check_stake(largest + unit, bound, scale)

    @given(
        stake=st.decimals(min_value=0, max_value=10**12, places=18),
        rate=st.decimals(min_value=Decimal("0.000001"), max_value=10**6, places=18),
    )
    def test_stake_in_usd_is_never_below_the_exact_one(self, stake: Decimal, rate: Decimal) -> None:
        excess = Fraction(stake_in_usd(stake, rate)) - Fraction(stake) * Fraction(rate)
        assert 0 <= excess < Fraction(1, 10**18)
