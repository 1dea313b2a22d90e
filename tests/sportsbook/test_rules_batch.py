"""Bets in a batch, bets only checked, and what makes two bets the same."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refusal
from risk.rules import LimitFacts
from sportsbook.rules.facts import Accepted, AskedLeg
from sportsbook.rules.placing import check, decide, decide_batch, picks_of
from tests.makers.rules import NOW, SPACE, ask, given_facts, leg, name, refuse


class TestDecideBatch:
    def test_bets_share_one_balance(self) -> None:
        facts = given_facts(player={"available": Decimal("60.00")})
        bets = [(ask(facts, allow_duplicate=True), facts)] * 3
        codes = [getattr(answer, "code", "accepted") for answer in decide_batch(bets, NOW)]
        assert codes == ["accepted", "accepted", "INSUFFICIENT_FUNDS"]

    def test_bets_share_one_daily_limit(self) -> None:
        facts = given_facts()
        facts = replace(facts, limits=replace(facts.limits, staked_today=Decimal(49_940)))
        answers = decide_batch([(ask(facts, allow_duplicate=True), facts)] * 3, NOW)
        refusal = answers[2]
        assert isinstance(refusal, Refusal)
        assert refusal.details == {"limit": "daily_stake", "maxStake": "10.00"}

    def test_same_bet_twice_in_a_batch_is_a_duplicate(self) -> None:
        facts = given_facts(leg(1), leg(2))
        turned = replace(facts, legs=facts.legs[::-1])
        first, second = decide_batch([(ask(facts), facts), (ask(turned), turned)], NOW)
        assert isinstance(first, Accepted)
        assert isinstance(second, Refusal)
        assert second.code == "DUPLICATE_BET"

    def test_players_do_not_share_anything(self) -> None:
        facts = given_facts(player={"available": Decimal("30.00")})
        other = ask(facts, player_id=uuid5(SPACE, "another player"))
        answers = decide_batch([(ask(facts), facts), (other, facts)], NOW)
        assert all(isinstance(answer, Accepted) for answer in answers)

    def test_refused_bet_takes_nothing_from_the_next(self) -> None:
        facts = given_facts(player={"available": Decimal("30.00")})
        shut = replace(facts, legs=(leg(market_status="suspended"),))
        first, second = decide_batch([(ask(shut), shut), (ask(facts), facts)], NOW)
        assert isinstance(first, Refusal)
        assert isinstance(second, Accepted)

    @given(
        stakes=st.lists(st.decimals(min_value=0, max_value=200, places=2), max_size=30),
        available=st.decimals(min_value=0, max_value=500, places=2),
        daily=st.decimals(min_value=0, max_value=500, places=2),
        rate=st.decimals(min_value=Decimal("0.01"), max_value=3, places=4),
    )
    def test_neither_balance_nor_limit_is_ever_exceeded(
        self, stakes: list[Decimal], available: Decimal, daily: Decimal, rate: Decimal
    ) -> None:
        facts = given_facts(player={"available": available})
        facts = replace(facts, limits=LimitFacts(Decimal(10_000), daily, Decimal(0), rate))
        bets = [(ask(facts, stake=stake, allow_duplicate=True), facts) for stake in stakes]
        answers = decide_batch(bets, NOW)
        accepted = [
            stake for stake, answer in zip(stakes, answers, strict=True) if isinstance(answer, Accepted)
        ]
        assert sum(accepted) <= available
        assert sum(accepted) * rate <= daily


class TestCheck:
    @pytest.mark.parametrize(
        ("available", "max_bet", "staked", "stake_max", "binding"),
        [
            ("80.00", "10000", "0", "80.00", "balance"),
            ("20000.00", "10000", "0", "10000.00", "max_bet"),
            ("20000.00", "10000", "49900", "100.00", "daily_stake"),
            ("-5.00", "10000", "0", "0", "balance"),
        ],
    )
    def test_largest_stake_names_what_binds(
        self, available: str, max_bet: str, staked: str, stake_max: str, binding: str
    ) -> None:
        facts = given_facts(player={"available": Decimal(available)})
        facts = replace(
            facts, limits=LimitFacts(Decimal(max_bet), Decimal(50_000), Decimal(staked), Decimal(1))
        )
        checked = check(ask(facts), facts, NOW)
        assert (checked.stake_max, checked.binding_limit) == (Decimal(stake_max), binding)
        assert checked.potential_payout == Decimal("48.75")

    def test_longest_odds_bind_by_what_they_could_pay(self) -> None:
        facts = given_facts(*(leg(number, odds=Decimal(1_000_000)) for number in range(3)))
        checked = check(ask(facts), facts, NOW)
        assert (checked.stake_max, checked.binding_limit) == (Decimal("99.99"), "payout")

    @pytest.mark.parametrize(
        ("changed", "status"),
        [
            ({}, "open"),
            ({"market_status": "suspended"}, "suspended"),
            ({"starts_at": NOW}, "closed"),
            ({"fixture_status": "postponed"}, "suspended"),
            ({"fixture_status": "finished", "market_status": "settled"}, "settled"),
        ],
    )
    def test_legs_are_shown_as_they_are_now(self, changed: dict[str, Any], status: str) -> None:
        facts = given_facts(leg(odds=Decimal("1.77"), **changed))
        asked = ask(facts, legs=(AskedLeg(name("outcome", 1), Decimal("1.95")),))
        (shown,) = check(asked, facts, NOW).legs
        assert (shown.odds, shown.status) == (Decimal("1.77"), status)

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"market_status": "suspended"}, "MARKET_SUSPENDED"),
            ({"fixture_status": "postponed"}, "MARKET_SUSPENDED"),
            ({"starts_at": NOW}, "FIXTURE_STARTED"),
            ({"fixture_status": "in_play"}, "FIXTURE_STARTED"),
            ({"fixture_status": "finished", "market_status": "settled"}, "FIXTURE_STARTED"),
        ],
    )
    def test_no_stake_passes_where_a_leg_is_shut(self, changed: dict[str, Any], code: str) -> None:
        facts = given_facts(leg(1), leg(2, **changed))
        checked = check(ask(facts), facts, NOW)
        assert (checked.stake_max, checked.binding_limit) == (Decimal(0), "legs")
        assert checked.refusal_code == code
        assert refuse(ask(facts), facts).code == code

    @pytest.mark.parametrize(
        ("code", "changed"),
        [
            ("PLAYER_SUSPENDED", {"player": {"status": "suspended"}}),
            ("CURRENCY_MISMATCH", {"player": {"currency": "USD"}}),
            ("PRODUCT_DISABLED", {"enabled_products": frozenset()}),
        ],
    )
    def test_bet_that_no_stake_could_mend_is_refused(self, code: str, changed: dict[str, Any]) -> None:
        facts = given_facts(**changed)
        with pytest.raises(Refusal) as refused:
            check(ask(facts), facts, NOW)
        assert refused.value.code == code

    @given(
        available=st.decimals(min_value=0, max_value=20_000, places=2),
        staked=st.decimals(min_value=0, max_value=60_000, places=2),
        rate=st.decimals(min_value=Decimal("0.01"), max_value=3, places=4),
        count=st.integers(min_value=1, max_value=20),
    )
    def test_largest_stake_stands_and_one_unit_more_does_not(
        self, available: Decimal, staked: Decimal, rate: Decimal, count: int
    ) -> None:
        facts = given_facts(
            *(leg(number, odds=Decimal(9)) for number in range(count)), player={"available": available}
        )
        facts = replace(facts, limits=LimitFacts(Decimal(10_000), Decimal(50_000), staked, rate))
        largest = check(ask(facts), facts, NOW).stake_max
        if largest:
            assert decide(ask(facts, stake=largest), facts, NOW)
        refuse(ask(facts, stake=largest + Decimal("0.01")), facts)


class TestPicksOf:
    def test_order_of_legs_and_way_of_writing_do_not_matter(self) -> None:
        facts = given_facts(leg(1), leg(2))
        asked = ask(facts, stake=Decimal("25"))
        assert picks_of(asked) == picks_of(replace(asked, legs=asked.legs[::-1], stake=Decimal("25.00")))

    def test_another_stake_or_outcome_is_another_bet(self) -> None:
        asked = ask(given_facts(leg(1), leg(2)))
        others = [replace(asked, stake=Decimal(26)), replace(asked, legs=asked.legs[:1])]
        assert len({picks_of(each) for each in (asked, *others)}) == 3
