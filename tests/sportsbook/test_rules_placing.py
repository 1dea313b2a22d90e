"""Placing a bet: it stands, or one refusal says why not."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from math import floor
from typing import Any

import pytest

from core.errors import BadRequest, Forbidden, Refusal, Rejected
from core.ids import typeid
from risk.rules import LimitFacts
from sportsbook.rules.facts import AskedBet, AskedLeg, BetFacts
from sportsbook.rules.odds import OddsChoice
from sportsbook.rules.placing import decide
from tests.makers.rules import NOW, ask, given_facts, leg, name, refuse

KINDS: dict[str, type[Refusal]] = {"Rejected": Rejected, "Forbidden": Forbidden, "BadRequest": BadRequest}


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
