"""Money: what is read, how it is rounded, how it is written."""

import decimal
import threading
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import (
    CONTEXT,
    EXACT,
    BadAmount,
    BadOdds,
    MixedCurrencies,
    Money,
    amount_text,
    divide_down,
    divide_half_up,
    exact_text,
    install_context,
    odds_text,
    parse_amount,
    parse_odds,
    parse_tolerance,
    round_down,
    round_half_up,
)

amounts = st.decimals(
    min_value=Decimal("-99999999999999999999"), max_value=Decimal("99999999999999999999"), places=18
)
scales = st.integers(min_value=0, max_value=18)


class TestParseAmount:
    @pytest.mark.parametrize(
        ("text", "scale", "amount"),
        [
            ("25.00", 2, "25.00"),
            ("25", 2, "25"),
            ("0.01", 2, "0.01"),
            ("12345678901234567890", 0, "12345678901234567890"),
            ("0.000000000000000001", 18, "0.000000000000000001"),
        ],
    )
    def test_plain_decimal_string_is_read_exactly(self, text: str, scale: int, amount: str) -> None:
        assert parse_amount(text, scale) == Decimal(amount)

    @pytest.mark.parametrize("value", [25, 25.0, True, None, ["25"], {"amount": "25"}, b"25", Decimal(25)])
    def test_anything_but_a_string_is_refused(self, value: Any) -> None:
        with pytest.raises(BadAmount) as refused:
            parse_amount(value, 2)
        assert refused.value.code == "AMOUNT_NOT_A_STRING"

    @pytest.mark.parametrize(
        "text",
        [
            *("", " ", " 25", "25 ", "2 5", "25\n", "\t25", "25\0"),
            *("NaN", "nan", "sNaN", "Infinity", "-Infinity", "inf", "1e400", "1e-400", "1E2", "0x10"),
            *(
                "-1",
                "-0",
                "+1",
                "--1",
                "-0.00",
                "01",
                "00",
                ".5",
                "5.",
                ".",
                "1.2.3",
                "1,000",
                "1_000",
                "1,5",
            ),
            *("\u0662\u0665", "\uff12\uff15", "25\xb2", "\xbd", "\u221225", "25.\u0660", "$25", "twenty"),
        ],
    )
    def test_anything_but_a_plain_decimal_is_refused(self, text: str) -> None:
        with pytest.raises(BadAmount) as refused:
            parse_amount(text, 2)
        assert refused.value.code == "AMOUNT_INVALID"

    @pytest.mark.parametrize(
        ("text", "scale"), [("25.001", 2), ("25.000", 2), ("25.0", 0), ("0." + "0" * 19, 18)]
    )
    def test_more_decimals_than_the_currency_has_are_refused_even_if_zero(
        self, text: str, scale: int
    ) -> None:
        with pytest.raises(BadAmount) as refused:
            parse_amount(text, scale)
        assert refused.value.code == "AMOUNT_TOO_PRECISE"

    @pytest.mark.parametrize("text", ["123456789012345678901", "9" * 10_000, "0", "0.00"])
    def test_amount_out_of_range_is_refused(self, text: str) -> None:
        with pytest.raises(BadAmount) as refused:
            parse_amount(text, 2)
        assert refused.value.code == "AMOUNT_OUT_OF_RANGE"

    def test_zero_passes_where_it_is_allowed(self) -> None:
        assert parse_amount("0.00", 2, zero_allowed=True) == 0

    def test_refusal_names_the_field(self) -> None:
        with pytest.raises(BadAmount) as refused:
            parse_amount("x", 2, field="stake")
        assert refused.value.details == {"field": "stake"}

    @given(amount=st.decimals(min_value=0, max_value=Decimal("9" * 20), places=8))
    def test_what_is_written_reads_back(self, amount: Decimal) -> None:
        assert parse_amount(amount_text(amount, 8), 8, zero_allowed=True) == amount

    @given(text=st.text())
    def test_no_text_makes_a_bug(self, text: str) -> None:
        try:
            amount = parse_amount(text, 2, zero_allowed=True)
        except BadAmount:
            return
        assert amount.is_finite()
        assert 0 <= amount < 10**20


class TestParseOdds:
    @pytest.mark.parametrize("text", ["1.000001", "1.95", "2", "1000000"])
    def test_decimal_odds_above_one_are_read(self, text: str) -> None:
        assert parse_odds(text) == Decimal(text)

    @pytest.mark.parametrize(
        ("value", "code"),
        [
            (1.95, "ODDS_NOT_A_STRING"),
            ("1/2", "ODDS_INVALID"),
            ("+150", "ODDS_INVALID"),
            ("-2", "ODDS_INVALID"),
            ("NaN", "ODDS_INVALID"),
            ("1.0000001", "ODDS_TOO_PRECISE"),
            ("1", "ODDS_OUT_OF_RANGE"),
            ("0.99", "ODDS_OUT_OF_RANGE"),
            ("0", "ODDS_OUT_OF_RANGE"),
            ("1000000.01", "ODDS_OUT_OF_RANGE"),
            ("1" + "0" * 30, "ODDS_OUT_OF_RANGE"),
        ],
    )
    def test_anything_else_is_refused_with_its_code(self, value: Any, code: str) -> None:
        with pytest.raises(BadOdds) as refused:
            parse_odds(value)
        assert refused.value.code == code


class TestParseTolerance:
    @pytest.mark.parametrize("text", ["0", "0.05", "1", "1.000000"])
    def test_fraction_up_to_one_is_read(self, text: str) -> None:
        assert parse_tolerance(text) == Decimal(text)

    @pytest.mark.parametrize(
        ("value", "code"),
        [(0, "ODDS_NOT_A_STRING"), ("-0.1", "ODDS_INVALID"), ("1.01", "ODDS_OUT_OF_RANGE")],
    )
    def test_anything_else_is_refused_with_its_code(self, value: Any, code: str) -> None:
        with pytest.raises(BadOdds) as refused:
            parse_tolerance(value)
        assert refused.value.code == code


class TestRounding:
    @pytest.mark.parametrize(
        ("amount", "scale", "rounded"),
        [
            ("4.425", 2, "4.43"),
            ("-4.425", 2, "-4.43"),
            ("0.5", 0, "1"),
            ("2.5", 0, "3"),
            ("-2.5", 0, "-3"),
            ("1.004999999999999999", 2, "1.00"),
        ],
    )
    def test_half_goes_away_from_zero(self, amount: str, scale: int, rounded: str) -> None:
        assert round_half_up(Decimal(amount), scale) == Decimal(rounded)

    def test_down_goes_towards_zero(self) -> None:
        assert round_down(Decimal("4.429"), 2) == Decimal("4.42")
        assert round_down(Decimal("-4.429"), 2) == Decimal("-4.42")

    def test_thread_with_a_poor_context_rounds_alike(self) -> None:
        with decimal.localcontext(prec=3, rounding=decimal.ROUND_DOWN):
            assert round_half_up(Decimal("12345678901234567890.125"), 2) == Decimal("12345678901234567890.13")
            assert amount_text(Decimal("12345678901234567890.12"), 2) == "12345678901234567890.12"

    @given(amount=amounts, scale=scales)
    def test_half_up_is_within_half_a_unit(self, amount: Decimal, scale: int) -> None:
        moved = Fraction(round_half_up(amount, scale)) - Fraction(amount)
        assert abs(moved) <= Fraction(1, 2 * 10**scale)

    @given(
        amount=st.decimals(min_value=0, max_value=10**20, places=6),
        divisor=st.decimals(min_value=Decimal("0.000001"), max_value=10**6, places=6),
        scale=scales,
    )
    def test_quotient_cut_down_is_the_largest_that_fits(
        self, amount: Decimal, divisor: Decimal, scale: int
    ) -> None:
        cut, unit = Fraction(divide_down(amount, divisor, scale)), Fraction(1, 10**scale)
        assert cut * Fraction(divisor) <= Fraction(amount) < (cut + unit) * Fraction(divisor)

    @given(amount=amounts, divisor=st.integers(min_value=1, max_value=10_000), scale=scales)
    def test_quotient_rounds_half_away_from_zero(self, amount: Decimal, divisor: int, scale: int) -> None:
        units = abs(Fraction(amount)) / divisor * 10**scale
        nearest = int(units + Fraction(1, 2))
        assert abs(Fraction(divide_half_up(amount, divisor, scale))) * 10**scale == nearest

    def test_payout_in_cryptocurrency_is_cut_to_the_chains_unit(self) -> None:
        assert divide_down(Decimal("12345.67"), Decimal("0.9987"), 6) == Decimal("12361.740262")


class TestAmountText:
    @pytest.mark.parametrize(
        ("amount", "scale", "text"),
        [
            ("25", 2, "25.00"),
            ("25.000000000000000000", 2, "25.00"),
            ("1E+3", 0, "1000"),
            ("0", 18, "0.000000000000000000"),
            ("-0.00", 2, "0.00"),
            ("-5.5", 2, "-5.50"),
        ],
    )
    def test_amount_is_plain_digits_at_its_scale(self, amount: str, scale: int, text: str) -> None:
        assert amount_text(Decimal(amount), scale) == text

    def test_writing_never_rounds(self) -> None:
        with pytest.raises(ValueError, match="more than 2 decimals"):
            amount_text(Decimal("25.001"), 2)


class TestOddsText:
    @pytest.mark.parametrize(
        ("odds", "text"),
        [("1.950000", "1.95"), ("2", "2.00"), ("1.333", "1.333"), ("1E+2", "100.00"), ("10", "10.00")],
    )
    def test_odds_have_two_decimals_or_as_many_as_needed(self, odds: str, text: str) -> None:
        assert odds_text(Decimal(odds)) == text

    def test_exact_amount_keeps_every_digit(self) -> None:
        assert exact_text(Decimal("0.033333333333333333000"), 2) == "0.033333333333333333"
        assert exact_text(Decimal("1E+2"), 0) == "100"
        assert exact_text(Decimal("-0"), 0) == "0"


class TestMoney:
    def test_sums_keep_the_currency(self) -> None:
        assert Money(Decimal("0.10"), "EUR") + Money(Decimal("0.20"), "EUR") == Money(Decimal("0.30"), "EUR")
        assert Money(Decimal(1), "EUR") - Money(Decimal(3), "EUR") == -Money(Decimal(2), "EUR")

    def test_two_currencies_do_not_mix(self) -> None:
        euro, dollar = Money(Decimal(1), "EUR"), Money(Decimal(1), "USD")
        with pytest.raises(MixedCurrencies):
            euro + dollar
        with pytest.raises(MixedCurrencies):
            _ = euro < dollar

    @pytest.mark.parametrize("amount", [Decimal("NaN"), Decimal("Infinity"), 1, 1.0])
    def test_amount_is_a_finite_decimal(self, amount: Any) -> None:
        with pytest.raises(ValueError, match="finite Decimal"):
            Money(amount, "EUR")

    @given(first=amounts, second=amounts)
    def test_taking_back_what_was_added_restores(self, first: Decimal, second: Decimal) -> None:
        money = Money(first, "ETH")
        assert money + Money(second, "ETH") - Money(second, "ETH") == money


class TestInstallContext:
    def test_threads_started_later_have_sixty_digits(self) -> None:
        install_context()
        seen: list[tuple[int, str]] = []
        thread = threading.Thread(
            target=lambda: seen.append((decimal.getcontext().prec, decimal.getcontext().rounding))
        )
        thread.start()
        thread.join()
        assert seen == [(60, ROUND_HALF_UP)]
        assert decimal.getcontext().prec == CONTEXT.prec

    def test_exact_products_raise_sooner_than_round(self) -> None:
        with pytest.raises(decimal.Inexact):
            EXACT.divide(Decimal(1), Decimal(3))
