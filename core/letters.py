"""Letters that are written down before they are sent: each goes out once, and again when that failed.

Every app keeps its letters in a table of its own, with what they tell of and `state`, `recipients`,
`failure`, `attempts` and `tried_at`. What a letter says, and to whom, is settled when it is sent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from smtplib import SMTPException
from typing import Any, Final
from uuid import UUID

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet

PAUSES: Final = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
"""How long a letter that failed waits after its first try, its second, and so on; the last for all others."""
BATCH: Final = 200
"""So many letters go out in one round."""
SENT: Final = "sent"
FAILED: Final = "failed"
DROPPED: Final = "dropped"


@dataclass(frozen=True, slots=True)
class Mail:
    """One letter: what it says and to whom; `nobody` is what stands in the record where that is nobody."""

    subject: str
    body: str
    to: list[str]
    nobody: str

    def post(self) -> str:
        """Send it; return what went wrong, or nothing."""
        if not self.to:
            return self.nobody
        try:
            EmailMessage(subject=self.subject, body=self.body, to=self.to).send()
        except (SMTPException, OSError) as error:
            return f"{type(error).__name__}: {error}"[:500]
        return ""


def send_each(
    waiting: QuerySet[Any],
    write: Callable[[Any], Mail | None],
    *,
    at: datetime,
    note: Callable[[Any], None] | None = None,
) -> int:
    """Send the letters that wait, each in a transaction of its own; return how many went out.

    `waiting` are those that are not sent, in the order of sending; one that failed has its pause first.
    `write` makes the mail of a row, or None where it was overtaken: it is dropped. `note` records what came
    of it, in the same transaction. Of two rounds at once each letter is sent by one.
    """
    told = waiting.values_list("pk", "attempts", "tried_at")
    keys = list(islice((key for key, attempts, tried_at in told if _is_due(attempts, tried_at, at)), BATCH))
    return sum(_send(waiting, key, write, at, note) for key in keys)


def _is_due(attempts: int, tried_at: datetime | None, at: datetime) -> bool:
    return tried_at is None or at >= tried_at + PAUSES[min(attempts, len(PAUSES)) - 1]


def _send(
    waiting: QuerySet[Any],
    key: UUID,
    write: Callable[[Any], Mail | None],
    at: datetime,
    note: Callable[[Any], None] | None,
) -> bool:
    with transaction.atomic():
        row = waiting.select_for_update(of=("self",), skip_locked=True).filter(pk=key).first()
        if row is None:
            return False
        mail = write(row)
        if mail is None:
            row.state = DROPPED
        else:
            row.recipients, row.failure = mail.to, mail.post()
            row.state = FAILED if row.failure else SENT
        row.attempts, row.tried_at = row.attempts + 1, at
        row.save(update_fields=("recipients", "failure", "state", "attempts", "tried_at"))
        if note is not None:
            note(row)
    return bool(row.state == SENT)
