"""Exchange rates: entered by staff or imported from a file; dated, never taken out."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db import connection, transaction

from approvals.services import void_requests
from core.audit import current_actor, record
from core.days import DayInvalid, check_day
from core.errors import BadRequest
from core.models import Currency
from core.text import quoted
from partners.models import ExchangeRate

EXCHANGE_RATE: Final = "exchange_rate"
RATE: Final = "partners.exchangerate"
MOVED: Final = "The rate has been changed since this was asked for."
COLUMNS: Final = ("base", "quote", "date", "rate", "source")
AHEAD_DAYS_MAX: Final = 366
"""A rate is entered for a day at most so far ahead."""
_RATE: Final = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,18})?")


class BadRate(BadRequest):
    """What was entered is not an exchange rate."""

    code = "EXCHANGE_RATE_INVALID"
    message = "This is not an exchange rate."


@dataclass(frozen=True, slots=True)
class BrokenRate:
    """A row of a file that was left out, and why."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class RatesImport:
    """What became of a file: rates new or changed, rates known already, and rows left out."""

    entered: int
    unchanged: int
    broken: tuple[BrokenRate, ...]


def enter_exchange_rate(
    *,
    base: str,
    quote: str,
    valid_date: date,
    rate: Decimal,
    source: str,
    entered_at: datetime,
    reason: str = "",
) -> bool:
    """Enter what one unit of `base` costs in `quote` from a day on; return whether that is news.

    A rate of the same pair and day is corrected; what was converted with the old one stays as it was, and
    what was asked of it is void. Raises BadRate, and DayInvalid.
    """
    check_exchange_rate(base, quote, rate, source)
    check_valid_date(valid_date, today=entered_at.date())
    with transaction.atomic():
        lock_rate(base, quote, valid_date)
        entry = (
            ExchangeRate.objects.select_for_update()
            .filter(base_id=base, quote_id=quote, valid_date=valid_date)
            .first()
        )
        if entry is not None and (entry.rate, entry.source) == (rate, source):
            return False
        void_requests(
            kind=EXCHANGE_RATE,
            subject_type=RATE,
            subject_ids=[rate_subject(base, quote, valid_date)],
            why=MOVED,
            voided_at=entered_at,
        )
        before = None if entry is None else {"rate": format(entry.rate, "f"), "source": entry.source}
        entry = entry or ExchangeRate(base_id=base, quote_id=quote, valid_date=valid_date)
        entry.rate, entry.source = rate, source
        entry.created_at, entry.created_by = entered_at, current_actor().name
        entry.save()
        record(
            action="enter exchange rate" if before is None else "correct exchange rate",
            subject=entry,
            recorded_at=entered_at,
            before=before,
            after={
                "base": base,
                "quote": quote,
                "date": valid_date.isoformat(),
                "rate": format(rate, "f"),
                "source": source,
            },
            reason=reason,
        )
    return True


def lock_rate(base: str, quote: str, valid_date: date) -> None:
    """Let one transaction at a time enter a rate of a pair and day, whether or not there is one yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 9))", [rate_subject(base, quote, valid_date)]
        )


def rate_subject(base: str, quote: str, valid_date: date) -> str:
    """Return how requests name the rate of a pair and day, whether or not there is one yet."""
    return f"{base}/{quote}/{valid_date.isoformat()}"


def import_exchange_rates(lines: Iterable[str], *, imported_at: datetime) -> RatesImport:
    """Enter the rates of a CSV file with the columns base, quote, date, rate, source.

    A broken row is left out and told with its line; the others are entered, each on its own. Raises BadRate
    when the header is another.
    """
    reader = csv.DictReader(lines, skipinitialspace=True)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise BadRate(f"The first line must be {','.join(COLUMNS)}.")
    entered = unchanged = 0
    broken: list[BrokenRate] = []
    for row in reader:
        try:
            is_news = _enter_row(row, imported_at)
        except (BadRate, DayInvalid) as error:
            broken.append(BrokenRate(reader.line_num, error.message))
        else:
            entered, unchanged = entered + is_news, unchanged + (not is_news)
    return RatesImport(entered, unchanged, tuple(broken))


def _enter_row(row: dict[str, str | None], entered_at: datetime) -> bool:
    texts = [row.get(name) for name in COLUMNS]
    if None in row or None in texts:
        raise BadRate(f"The row does not have {len(COLUMNS)} fields.")
    base, quote, day, rate, source = ((text or "").strip() for text in texts)
    parsed = parse_rate(rate)
    try:
        valid_date = date.fromisoformat(day)
    except ValueError:
        raise BadRate(f"{day!r} is not a date such as 2026-03-01.") from None
    return enter_exchange_rate(
        base=base,
        quote=quote,
        valid_date=valid_date,
        rate=parsed,
        source=source,
        entered_at=entered_at,
    )


def parse_rate(text: str) -> Decimal:
    """Return a rate written as a plain decimal number. Raises BadRate."""
    if not _RATE.fullmatch(text):
        raise BadRate(
            f"{quoted(text)!r} is not a plain decimal number with at most 18 decimals.",
            details={"field": "rate"},
        )
    return Decimal(text)


def check_valid_date(day: date, *, today: date) -> date:
    """Return a day that a rate may be valid from. Raises DayInvalid."""
    return check_day(day, field="valid_date", today=today, ahead_days=AHEAD_DAYS_MAX)


def check_exchange_rate(base: str, quote: str, rate: Decimal, source: str) -> None:
    """Raise BadRate where this is no exchange rate between two currencies of the platform."""
    if base == quote:
        raise BadRate("A rate is between two currencies.", details={"field": "quote"})
    unknown = sorted(
        {base, quote} - set(Currency.objects.filter(code__in=(base, quote)).values_list("code", flat=True))
    )
    if unknown:
        raise BadRate(f"The platform does not have the currency {unknown[0]!r}.")
    if not rate.is_finite() or rate <= 0:
        raise BadRate("A rate is above zero.", details={"field": "rate"})
    if not 0 < len(source) <= 64:
        raise BadRate("The source of a rate is named in 1 to 64 characters.", details={"field": "source"})
