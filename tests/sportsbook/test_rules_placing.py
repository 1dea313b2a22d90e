"""Placing a bet: it stands, or one refusal says why not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from math import floor
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadRequest, Forbidden, Refusal, Rejected
from core.ids import typeid
from risk.rules import LimitFacts
from sportsbook.rules.facts import Accepted, AskedBet, AskedLeg, BetFacts, LegFacts, PlayerFacts
from sportsbook.rules.odds import OddsChoice
from sportsbook.rules.placing import check, decide, decide_batch, picks_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SPACE = UUID(int=7)
PLAYER = uuid5(SPACE, "player")
KINDS: dict[str, type[Refusal]] = {"Rejected": Rejected, "Forbidden": Forbidden, "BadRequest": BadRequest}


def name(kind: str, number: int) -> UUID:
    return uuid5(SPACE, f"{kind} {number}")


def leg(number: int = 1, **changed: Any) -> LegFacts:
    facts = LegFacts(
        outcome_id=name("outcome", number),
        market_id=name("market", number),
        fixture_id=name("fixture", number),
        market_status="open",
        market_version=7,
        fixture_status="scheduled",
        starts_at=NOW + timedelta(hours=3),
        odds=Decimal("1.95"),
    )
    return replace(facts, **changed)


def given_facts(*legs: LegFacts, player: dict[str, Any] | None = None, **changed: Any) -> BetFacts:
    facts = BetFacts(
        legs=legs or (leg(),),
        player=replace(PlayerFacts("active", "EUR", False, Decimal(100_000)), **(player or {})),
        limits=LimitFacts(Decimal(10_000), Decimal(50_000), Decimal(0), Decimal(1)),
        scale=2,
        duplicate_seen=False,
        partner_status="active",
        tenant_status="active",
        enabled_products=frozenset({"prematch"}),
    )
    return replace(facts, **changed)


def ask(facts: BetFacts, **changed: Any) -> AskedBet:
    legs = tuple(AskedLeg(each.outcome_id, each.odds) for each in facts.legs)
    return replace(AskedBet(PLAYER, Decimal("25.00"), "EUR", legs), **changed)


def refuse(asked: AskedBet, facts: BetFacts) -> Refusal:
    with pytest.raises(Refusal) as refused:
        decide(asked, facts, NOW)
    return refused.value


def mend_ask(asked: AskedBet, facts: BetFacts, **changed: Any) -> tuple[AskedBet, BetFacts]:
    return replace(asked, **changed), facts


def mend_facts(asked: AskedBet, facts: BetFacts, **changed: Any) -> tuple[AskedBet, BetFacts]:
    return asked, replace(facts, **changed)


def mend_player(asked: AskedBet, facts: BetFacts, **changed: Any) -> tuple[AskedBet, BetFacts]:
    return asked, replace(facts, player=replace(facts.player, **changed))


def mend_leg(asked: AskedBet, facts: BetFacts, at: int, **changed: Any) -> tuple[AskedBet, BetFacts]:
    legs = list(facts.legs)
    legs[at] = replace(legs[at], **changed)
    return asked, replace(facts, legs=tuple(legs))


UNBANKED = tuple(AskedLeg(name("outcome", number), Decimal("1.95")) for number in (1, 2))
LIMITS = LimitFacts(Decimal(10_000), Decimal(50_000), Decimal(0), Decimal(1))

MENDS = [
    partial(mend_facts, partner_status="active"),
    partial(mend_player, status="active"),
    partial(mend_ask, system=None),
    partial(mend_ask, legs=UNBANKED),
    partial(mend_player, currency="EUR"),
    partial(mend_ask, stake=Decimal(10)),
    partial(mend_leg, at=1, fixture_id=name("fixture", 2)),
    partial(mend_facts, enabled_products=frozenset({"prematch"})),
    partial(mend_leg, at=0, starts_at=NOW + timedelta(hours=1)),
    partial(mend_leg, at=0, market_status="open"),
    partial(mend_leg, at=0, odds=Decimal("1.95")),
    partial(mend_facts, duplicate_seen=False),
    partial(mend_facts, limits=LIMITS),
    partial(mend_player, available=Decimal(10)),
]
"""What takes away one cause of refusal after the other, in the order of the checks."""


class TestDecide:
    def test_single_stands_at_the_odds_taken(self) -> None:
        facts = given_facts()
        bet = decide(ask(facts), facts, NOW)
        assert (bet.type, bet.total_odds, bet.potential_payout, bet.stake_usd) == (
            "single",
            Decimal("1.95"),
            Decimal("48.75"),
            Decimal(25),
        )
        assert bet.legs[0].requested_odds == bet.legs[0].odds == Decimal("1.95")

    def test_multiple_pays_the_product_of_its_odds(self) -> None:
        facts = given_facts(*(leg(number, odds=Decimal("1.333")) for number in range(3)))
        bet = decide(ask(facts), facts, NOW)
        assert bet.type == "multiple"
        assert bet.total_odds == Decimal("2.368593037")
        assert bet.potential_payout == Decimal("59.21")

    def test_odds_are_kept_to_eighteen_decimals_and_the_payout_is_of_all(self) -> None:
        facts = given_facts(*(leg(number, odds=Decimal("1.333333")) for number in range(20)))
        bet = decide(ask(facts, stake=Decimal("9999.99")), facts, NOW)
        exact = Fraction("1.333333") ** 20
        assert abs(Fraction(bet.total_odds) - exact) <= Fraction(1, 2 * 10**18)
        assert bet.total_odds.as_tuple().exponent == -18
        assert Fraction(bet.potential_payout) * 100 == floor(exact * 999_999 + Fraction(1, 2))

    @pytest.mark.parametrize("count", [2, 20])
    def test_multiple_has_up_to_twenty_legs(self, count: int) -> None:
        facts = given_facts(*(leg(number) for number in range(count)))
        assert len(decide(ask(facts), facts, NOW).legs) == count

    @pytest.mark.parametrize("count", [0, 21])
    def test_other_numbers_of_legs_are_a_broken_request(self, count: int) -> None:
        facts = replace(given_facts(), legs=tuple(leg(number) for number in range(count)))
        refusal = refuse(ask(facts), facts)
        assert isinstance(refusal, BadRequest)
        assert refusal.code == "LEGS_OUT_OF_RANGE"

    @pytest.mark.parametrize(
        ("kind", "code", "changed"),
        [
            ("Forbidden", "PARTNER_SUSPENDED", {"partner_status": "suspended"}),
            ("Forbidden", "PARTNER_SUSPENDED", {"tenant_status": "suspended"}),
            ("Forbidden", "PLAYER_SUSPENDED", {"player": {"status": "suspended"}}),
            ("Forbidden", "PLAYER_SUSPENDED", {"player": {"status": "closed"}}),
            ("Rejected", "CURRENCY_MISMATCH", {"player": {"currency": "USD"}}),
            ("Rejected", "PRODUCT_DISABLED", {"enabled_products": frozenset({"in_play"})}),
            ("Rejected", "DUPLICATE_BET", {"duplicate_seen": True}),
            ("Rejected", "INSUFFICIENT_FUNDS", {"player": {"available": Decimal("24.99")}}),
        ],
    )
    def test_fact_that_forbids_the_bet_has_its_code(
        self, kind: str, code: str, changed: dict[str, Any]
    ) -> None:
        facts = given_facts(**changed)
        refusal = refuse(ask(facts), facts)
        assert refusal.code == code
        assert isinstance(refusal, KINDS[kind])

    @pytest.mark.parametrize("system", [[2, 3], [], "trixie"])
    def test_system_is_named_as_not_available(self, system: Any) -> None:
        facts = given_facts(leg(1), leg(2), leg(3))
        assert refuse(ask(facts, system=system), facts).code == "SYSTEM_NOT_AVAILABLE"

    def test_banker_is_named_as_not_available(self) -> None:
        facts = given_facts()
        asked = ask(facts, legs=(AskedLeg(name("outcome", 1), Decimal("1.95"), banker=True),))
        assert refuse(asked, facts).code == "BANKER_NOT_AVAILABLE"

    @pytest.mark.parametrize(("scale", "least"), [(2, "0.01"), (0, "1"), (8, "0.00000001")])
    def test_least_stake_is_one_smallest_unit(self, scale: int, least: str) -> None:
        facts = given_facts(scale=scale)
        assert decide(ask(facts, stake=Decimal(least)), facts, NOW)
        refusal = refuse(ask(facts, stake=Decimal(0)), facts)
        assert (refusal.code, refusal.details) == ("STAKE_BELOW_MINIMUM", {"minStake": least})

    def test_legs_of_one_fixture_are_named(self) -> None:
        facts = given_facts(leg(1), leg(2), leg(3, fixture_id=name("fixture", 1)))
        refusal = refuse(ask(facts), facts)
        assert refusal.code == "LEGS_RELATED"
        assert refusal.details is not None
        assert [each["outcomeId"] for each in refusal.details["legs"]] == [
            typeid("out", name("outcome", 1)),
            typeid("out", name("outcome", 3)),
        ]

    @pytest.mark.parametrize(
        "changed",
        [
            {"starts_at": NOW},
            {"starts_at": NOW - timedelta(minutes=1)},
            {"fixture_status": "in_play"},
            {"fixture_status": "finished", "market_status": "settled"},
            {"fixture_status": "abandoned"},
        ],
    )
    def test_bet_from_the_kick_off_on_is_refused(self, changed: dict[str, Any]) -> None:
        facts = given_facts(leg(1), leg(2, **changed))
        refusal = refuse(ask(facts), facts)
        assert refusal.code == "FIXTURE_STARTED"
        assert refusal.details is not None
        assert [each["fixtureId"] for each in refusal.details["legs"]] == [typeid("fix", name("fixture", 2))]

    @pytest.mark.parametrize(
        ("changed", "status"),
        [
            *(
                ({"market_status": status}, status)
                for status in ("suspended", "closed", "settled", "cancelled")
            ),
            *(
                ({"fixture_status": status}, "suspended")
                for status in ("suspended", "postponed", "cancelled")
            ),
        ],
    )
    def test_market_that_is_not_open_is_refused(self, changed: dict[str, Any], status: str) -> None:
        facts = given_facts(leg(1), leg(2, **changed))
        refusal = refuse(ask(facts), facts)
        assert refusal.code == "MARKET_SUSPENDED"
        assert refusal.details is not None
        assert [each["status"] for each in refusal.details["legs"]] == [status]

    def test_bet_a_moment_before_the_kick_off_stands(self) -> None:
        facts = given_facts(leg(starts_at=NOW + timedelta(microseconds=1)))
        assert decide(ask(facts), facts, NOW)

    def test_moved_odds_are_named_leg_by_leg(self) -> None:
        facts = given_facts(leg(1), leg(2, odds=Decimal("1.77"), market_version=8))
        asked = ask(
            facts,
            legs=(
                AskedLeg(name("outcome", 1), Decimal("1.95")),
                AskedLeg(name("outcome", 2), Decimal("1.91")),
            ),
        )
        refusal = refuse(asked, facts)
        assert refusal.code == "ODDS_CHANGED"
        assert refusal.details == {
            "legs": [
                {
                    "outcomeId": typeid("out", name("outcome", 2)),
                    "marketId": typeid("mkt", name("market", 2)),
                    "fixtureId": typeid("fix", name("fixture", 2)),
                    "requestedOdds": "1.91",
                    "odds": "1.77",
                    "marketVersion": 8,
                }
            ]
        }

    def test_tolerance_is_judged_leg_by_leg_and_never_on_the_product(self) -> None:
        facts = given_facts(leg(1, odds=Decimal("1.90")), leg(2, odds=Decimal("2.12")))
        asked = ask(
            facts,
            odds_choice=OddsChoice.ANY,
            odds_tolerance=Decimal("0.05"),
            legs=(
                AskedLeg(name("outcome", 1), Decimal("2.00")),
                AskedLeg(name("outcome", 2), Decimal("2.00")),
            ),
        )
        refusal = refuse(asked, facts)
        assert refusal.details is not None
        assert [each["odds"] for each in refusal.details["legs"]] == ["2.12"]

    def test_bet_on_moved_odds_keeps_the_odds_asked_for(self) -> None:
        facts = given_facts(leg(odds=Decimal("2.10")))
        asked = ask(
            facts,
            odds_choice=OddsChoice.HIGHER,
            legs=(AskedLeg(name("outcome", 1), Decimal("1.95")),),
        )
        bet = decide(asked, facts, NOW)
        assert (bet.legs[0].requested_odds, bet.legs[0].odds) == (Decimal("1.95"), Decimal("2.10"))
        assert bet.potential_payout == Decimal("52.50")

    def test_market_that_moved_on_from_the_version_named_lapses_the_bet(self) -> None:
        facts = given_facts()
        asked = ask(
            facts,
            odds_choice=OddsChoice.ANY,
            legs=(AskedLeg(name("outcome", 1), Decimal("1.95"), market_version=6),),
        )
        assert refuse(asked, facts).code == "ODDS_CHANGED"

    def test_same_bet_again_stands_where_it_is_meant(self) -> None:
        facts = given_facts(duplicate_seen=True)
        assert decide(ask(facts, allow_duplicate=True), facts, NOW)

    def test_stake_above_a_limit_names_the_largest_that_passes(self) -> None:
        facts = given_facts()
        refusal = refuse(ask(facts, stake=Decimal("10000.01")), facts)
        assert refusal.code == "STAKE_ABOVE_LIMIT"
        assert refusal.details == {"limit": "max_bet", "maxStake": "10000.00"}

    def test_day_at_its_limit_names_what_is_left(self) -> None:
        facts = given_facts()
        facts = replace(facts, limits=replace(facts.limits, staked_today=Decimal("49980")))
        refusal = refuse(ask(facts), facts)
        assert refusal.code == "DAILY_LIMIT_EXCEEDED"
        assert refusal.details == {"limit": "daily_stake", "maxStake": "20.00"}

    def test_whole_balance_can_be_staked(self) -> None:
        facts = given_facts(player={"available": Decimal("25.00")})
        assert decide(ask(facts), facts, NOW)

    def test_too_little_money_says_what_there_is(self) -> None:
        facts = given_facts(player={"available": Decimal("24.990000000000000000")})
        assert refuse(ask(facts), facts).details == {"available": "24.99"}

    @pytest.mark.parametrize(("odds", "count"), [("1000000", 4), ("999999.999999", 20), ("1000", 6)])
    def test_bet_that_could_pay_more_than_an_amount_can_be_is_refused(self, odds: str, count: int) -> None:
        facts = given_facts(*(leg(number, odds=Decimal(odds)) for number in range(count)))
        refusal = refuse(ask(facts, stake=Decimal(9_000)), facts)
        assert refusal.code == "STAKE_ABOVE_LIMIT"
        assert refusal.details is not None
        assert refusal.details["limit"] == "payout"

    def test_refusals_come_in_the_order_described(self) -> None:
        facts = given_facts(
            leg(1, starts_at=NOW, market_status="suspended", odds=Decimal("1.50")),
            leg(2, fixture_id=name("fixture", 1)),
            player={"status": "suspended", "currency": "USD", "available": Decimal(0)},
            limits=LimitFacts(Decimal(0), Decimal(50_000), Decimal(0), Decimal(1)),
            partner_status="suspended",
            duplicate_seen=True,
            enabled_products=frozenset(),
        )
        asked = ask(given_facts(leg(1), leg(2)), stake=Decimal(0), system=[2])
        asked = replace(asked, legs=tuple(replace(each, banker=True) for each in asked.legs))
        codes = []
        for mend in MENDS:
            codes.append(refuse(asked, facts).code)
            asked, facts = mend(asked, facts)
        assert codes == [
            *("PARTNER_SUSPENDED", "PLAYER_SUSPENDED", "SYSTEM_NOT_AVAILABLE", "BANKER_NOT_AVAILABLE"),
            *("CURRENCY_MISMATCH", "STAKE_BELOW_MINIMUM", "LEGS_RELATED", "PRODUCT_DISABLED"),
            *("FIXTURE_STARTED", "MARKET_SUSPENDED", "ODDS_CHANGED", "DUPLICATE_BET"),
            *("STAKE_ABOVE_LIMIT", "INSUFFICIENT_FUNDS"),
        ]
        assert decide(asked, facts, NOW)


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
