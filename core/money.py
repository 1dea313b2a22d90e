"""Money and odds as exact decimals: reading them strictly, rounding them once, writing them one way.

Nothing here looks at the thread's decimal context: every operation names its own, so that a forgotten
`install_context()` can never move a cent. Amounts fit `numeric(38,18)`: 20 digits before the point, 18 after.
"""

import decimal
import re
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from typing import Any, Final

from core.errors import BadRequest

INTEGER_DIGITS_MAX: Final = 20
DECIMALS_MAX: Final = 18
AMOUNT_LIMIT: Final = Decimal(10) ** INTEGER_DIGITS_MAX
"""Every amount is smaller than this."""
ODDS_MAX: Final = Decimal(1_000_000)
ODDS_DECIMALS_MAX: Final = 6

CONTEXT: Final = Context(
    prec=60,
    rounding=ROUND_HALF_UP,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
"""Sixty digits: an 18-decimal amount times odds and a rate stays exact; the default 28 loses its tail."""

EXACT: Final = Context(
    prec=2_000,
    rounding=ROUND_HALF_UP,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow, decimal.Inexact],
)
"""For products that keep every digit (the odds of 20 legs have up to 260): it raises sooner than round."""

_ROUNDING: Final = Context(
    prec=EXACT.prec, traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow]
)
# Wide enough for whatever EXACT can hold; each caller names the rounding itself.

_CUTTING: Final = Context(
    prec=CONTEXT.prec,
    rounding=ROUND_DOWN,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)

_PLAIN_DECIMAL: Final = re.compile(r"(?P<integer>0|[1-9][0-9]*)(?:\.(?P<decimals>[0-9]+))?")


class BadAmount(BadRequest):
    """An amount in a request is not a plain decimal string that fits its currency."""

    code = "AMOUNT_INVALID"
    message = "The amount is not a plain decimal number."


class BadOdds(BadRequest):
    """Odds in a request are not a plain decimal string above 1."""

    code = "ODDS_INVALID"
    message = "The odds are not a plain decimal number."


class MixedCurrencies(ValueError):
    """Two currencies met in one sum: a bug, since nothing is converted silently."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency. Adding or comparing two currencies raises MixedCurrencies."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise ValueError("an amount of money is a finite Decimal")

    def __add__(self, other: "Money") -> "Money":
        return Money(CONTEXT.add(self.amount, self._amount_of(other)), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(CONTEXT.subtract(self.amount, self._amount_of(other)), self.currency)

    def __neg__(self) -> "Money":
        return Money(self.amount.copy_negate() if self.amount else self.amount, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._amount_of(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._amount_of(other)

    def __gt__(self, other: "Money") -> bool:
        return self.amount > self._amount_of(other)

    def __ge__(self, other: "Money") -> bool:
        return self.amount >= self._amount_of(other)

    def _amount_of(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            raise MixedCurrencies(f"{self.currency} and {other.currency} do not mix")
        return other.amount


def install_context() -> None:
    """Give this thread, and every thread started later, the context of 60 digits.

    Decimals that pass through libraries (the database driver, the ORM) then keep all their digits.
    """
    decimal.DefaultContext.prec = CONTEXT.prec
    decimal.DefaultContext.rounding = CONTEXT.rounding
    decimal.setcontext(CONTEXT.copy())


def parse_amount(text: Any, scale: int, *, field: str = "amount", zero_allowed: bool = False) -> Decimal:
    """Return the amount that a request gives as a decimal string, for a currency of this scale.

    Raises BadAmount naming the field, with code `AMOUNT_NOT_A_STRING` (a JSON number or anything else),
    `AMOUNT_INVALID` (signs, exponents, NaN, blanks, leading zeros, digits that are not ASCII),
    `AMOUNT_TOO_PRECISE` (more decimals than the currency has, zeros included) or `AMOUNT_OUT_OF_RANGE` (more
    than 20 digits before the point, or zero where it is not allowed).
    """
    amount = _parse_plain(text, field=field, decimals_max=scale, kind="AMOUNT", refusal=BadAmount)
    if not zero_allowed and not amount:
        raise BadAmount(
            "The amount must be more than zero.", code="AMOUNT_OUT_OF_RANGE", details={"field": field}
        )
    return amount


def parse_odds(text: Any, *, field: str = "odds") -> Decimal:
    """Return decimal odds above 1, up to 1,000,000, of at most 6 decimals, given as a decimal string.

    Raises BadOdds naming the field, with code `ODDS_NOT_A_STRING`, `ODDS_INVALID`, `ODDS_TOO_PRECISE` or
    `ODDS_OUT_OF_RANGE`.
    """
    odds = _parse_plain(text, field=field, decimals_max=ODDS_DECIMALS_MAX, kind="ODDS", refusal=BadOdds)
    if not 1 < odds <= ODDS_MAX:
        raise BadOdds(
            f"Odds are more than 1 and at most {ODDS_MAX}.",
            code="ODDS_OUT_OF_RANGE",
            details={"field": field},
        )
    return odds


def parse_tolerance(text: Any, *, field: str = "oddsTolerance") -> Decimal:
    """Return a relative tolerance of odds, from 0 to 1, of at most 6 decimals, given as a decimal string.

    Raises BadOdds with the codes of `parse_odds`.
    """
    tolerance = _parse_plain(text, field=field, decimals_max=ODDS_DECIMALS_MAX, kind="ODDS", refusal=BadOdds)
    if tolerance > 1:
        raise BadOdds(
            "A tolerance is a fraction from 0 to 1.", code="ODDS_OUT_OF_RANGE", details={"field": field}
        )
    return tolerance


def round_half_up(amount: Decimal, scale: int) -> Decimal:
    """Return the amount with so many decimals, half away from zero as PostgreSQL's `round(numeric)`."""
    return amount.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP, context=_ROUNDING)


def round_down(amount: Decimal, scale: int) -> Decimal:
    """Return the amount cut to so many decimals, towards zero."""
    return amount.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_DOWN, context=_ROUNDING)


def divide_half_up(amount: Decimal, divisor: int, scale: int) -> Decimal:
    """Return the exact quotient by a whole number, rounded once, half away from zero, to so many decimals."""
    if divisor == 1:
        return round_half_up(amount, scale)
    # So many digits are kept in between that only an exact tie can look like one.
    return round_half_up(_ROUNDING.divide(amount, Decimal(divisor)), scale)


def divide_down(amount: Decimal, divisor: Decimal, scale: int) -> Decimal:
    """Return a quotient cut to so many decimals, towards zero: never more than the exact one."""
    # Cutting twice is cutting once, so the 60 digits in between cannot move the result.
    return round_down(_CUTTING.divide(amount, divisor), scale)


def amount_text(amount: Decimal, scale: int) -> str:
    """Return an amount as partners see it: plain digits at the currency's scale, `25.00`, never `-0.00`.

    Raises ValueError if the amount has digits below the scale: writing never rounds.
    """
    written = round_down(amount, scale)
    if written != amount:
        raise ValueError(f"{amount} has more than {scale} decimals")
    return format(written if written else abs(written), "f")


def exact_text(amount: Decimal, decimals_min: int) -> str:
    """Return all digits of an unrounded amount, without trailing zeros past `decimals_min`."""
    if not amount:
        return format(Decimal(0).scaleb(-decimals_min), "f")
    integer, _, decimals = format(amount, "f").partition(".")
    decimals = decimals.rstrip("0").ljust(decimals_min, "0")
    return f"{integer}.{decimals}" if decimals else integer


def apart(plain: str) -> str:
    """Return the digits of an amount as people read them, its thousands apart: `-50,000.00`."""
    whole, point, decimals = plain.partition(".")
    digits = whole.removeprefix("-")
    return f"{'-' if digits != whole else ''}{int(digits):,}{point}{decimals}"


def odds_text(odds: Decimal) -> str:
    """Return odds as partners see them: no trailing zeros, but at least 2 decimals."""
    return exact_text(odds, 2)


def _parse_plain(
    text: Any, *, field: str, decimals_max: int, kind: str, refusal: type[BadRequest]
) -> Decimal:
    details = {"field": field}
    if not isinstance(text, str):
        raise refusal(
            f"The field {field} must be a decimal string.", code=f"{kind}_NOT_A_STRING", details=details
        )
    match = _PLAIN_DECIMAL.fullmatch(text)
    if match is None:
        raise refusal(
            f"The field {field} must be a plain decimal number: digits, optionally a point and digits.",
            code=f"{kind}_INVALID",
            details=details,
        )
    if len(match["integer"]) > INTEGER_DIGITS_MAX:
        raise refusal(
            f"The field {field} has more than {INTEGER_DIGITS_MAX} digits before the point.",
            code=f"{kind}_OUT_OF_RANGE",
            details=details,
        )
    if len(match["decimals"] or "") > decimals_max:
        raise refusal(
            f"The field {field} has more than {decimals_max} decimals.",
            code=f"{kind}_TOO_PRECISE",
            details={**details, "decimalsMax": decimals_max},
        )
    return Decimal(text)
