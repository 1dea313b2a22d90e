"""Odds: which moves a player takes, leg by leg."""

from decimal import Decimal
from fractions import Fraction
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sportsbook.rules.odds import OddsChoice, find_potential_payout, is_taken, multiply_odds

odds = st.decimals(min_value=Decimal("1.01"), max_value=1_000, places=2)


def taken(seen: str, now: str, choice: str, tolerance: str = "0") -> bool:
    return is_taken(
        seen=Decimal(seen), now=Decimal(now), choice=OddsChoice(choice), tolerance=Decimal(tolerance)
    )


class TestIsTaken:
    @pytest.mark.parametrize("choice", list(OddsChoice))
    def test_odds_that_stayed_are_taken_by_every_choice(self, choice: str) -> None:
        assert taken("1.95", "1.950000", choice)

    @pytest.mark.parametrize(
        ("choice", "up", "down"),
        [("none", False, False), ("higher", True, False), ("lower", False, True), ("any", True, True)],
    )
    def test_choice_names_the_directions(self, choice: str, up: bool, down: bool) -> None:
        assert taken("1.91", "2.50", choice) is up
        assert taken("1.91", "1.10", choice) is down

    @pytest.mark.parametrize("choice", ["none", "lower", "any"])
    def test_tolerance_bounds_a_move_relative_to_the_odds_seen(self, choice: str) -> None:
        assert taken("1.91", "1.77", choice, "0.0733")
        assert not taken("1.91", "1.77", choice, "0.0732")

    def test_tolerance_is_inclusive(self) -> None:
        assert taken("2.00", "1.90", "lower", "0.05")
        assert not taken("2.00", "1.899999", "lower", "0.05")
        assert taken("2.00", "2.10", "higher", "0.05")

    def test_tolerance_does_not_turn_a_choice_round(self) -> None:
        assert not taken("1.91", "1.90", "higher", "0.5")
        assert not taken("1.91", "1.92", "lower", "0.5")


class TestMultiplyOdds:
    @given(legs=st.lists(odds, min_size=1, max_size=20))
    def test_product_keeps_every_digit(self, legs: list[Decimal]) -> None:
        assert Fraction(multiply_odds(legs)) == prod(map(Fraction, legs), start=Fraction(1))

    def test_twenty_legs_of_the_longest_odds_are_exact(self) -> None:
        product = multiply_odds([Decimal("999999.999999")] * 20)
        assert Fraction(product) == Fraction(999999999999, 10**6) ** 20


class TestFindPotentialPayout:
    @pytest.mark.parametrize(
        ("stake", "total_odds", "scale", "payout"),
        [("25.00", "1.95", 2, "48.75"), ("0.01", "1.5", 2, "0.02"), ("101", "1.005", 0, "102")],
    )
    def test_payout_is_rounded_half_up_to_the_currency(
        self, stake: str, total_odds: str, scale: int, payout: str
    ) -> None:
        assert find_potential_payout(Decimal(stake), Decimal(total_odds), scale) == Decimal(payout)
