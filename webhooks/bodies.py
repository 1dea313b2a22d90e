"""The body of a delivery, made from its event: the same bytes at each attempt, to each endpoint."""

from datetime import datetime

from core.clock import instant_text


def make_body(*, type: str, occurred_at: datetime, sequence: int, partner: str, data: str) -> bytes:
    """Return the body, UTF-8. `partner` is a TypeID, `data` the event's data as PostgreSQL writes them."""
    return (
        f'{{"type":"{type}","timestamp":"{instant_text(occurred_at)}",'
        f'"sequence":{sequence},"partnerId":"{partner}","data":{data}}}'
    ).encode()
