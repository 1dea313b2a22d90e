"""What partners are told of statements: the shape of each event's data."""

from datetime import date

from core.event_types import Amount, CurrencyCode, EventType, Instant, StatementId, Told, declare_events


class StatementPeriodData(Told, frozen=True, kw_only=True, rename="camel"):
    """From `start`, the first day, up to `end`, the first day after it."""

    start: date
    end: date
    time_zone: str


class StatementIssuedData(Told, frozen=True, kw_only=True, rename="camel"):
    """`total` is negative where the partner is owed."""

    statement_id: StatementId
    number: str
    period: StatementPeriodData
    currency: CurrencyCode
    total: Amount
    issued_at: Instant


declare_events(
    EventType(
        "statement.issued",
        "a statement was issued, and does not change any more",
        StatementIssuedData,
        {
            "statementId": "stm_01kjm9zq0cf8vt6w1n4yx5r2ba",
            "number": "2026-02-7f3k",
            "period": {"start": "2026-02-01", "end": "2026-03-01", "timeZone": "UTC"},
            "currency": "EUR",
            "total": "3952.33",
            "issuedAt": "2026-03-05T09:00:00.000Z",
        },
        is_planned=True,
    ),
)
