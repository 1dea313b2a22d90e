"""Letters that are written down before they are sent: each goes out once, and again when that failed.

Every app keeps its letters in a table of its own: a `Letter`, with what it tells of. What a letter says, and
to whom, is settled when it is sent. A letter that cannot be written or sent fails alone, with its cause;
those behind it go out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final
from uuid import UUID

import structlog
from django.contrib.postgres.fields import ArrayField
from django.core.mail import EmailMessage
from django.db import Error, models, transaction
from django.db.models import Model, Q, QuerySet

from core.audit import record
from core.text import HIDDEN_IN_LINES

PAUSES: Final = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
"""How long a letter that failed waits after its first try, its second, and so on; the last for all others."""
BATCH: Final = 200
"""So many letters go out in one round."""
CAUSE_MAX: Final = 500
"""So many characters of what went wrong are kept."""

log = structlog.get_logger(__name__)


class LetterState(models.TextChoices):
    """`dropped` was overtaken before it was sent: nobody needs it any more."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


UNSENT: Final = (LetterState.PENDING, LetterState.FAILED)


class Audience(models.TextChoices):
    """Whom a letter is for. Staff and a partner get one each: nobody reads the addresses of the other."""

    STAFF = "staff"
    PARTNER = "partner"


class Letter(models.Model):
    """An e-mail that is written down, then sent by the jobs, and what came of it."""

    state = models.CharField(max_length=8, choices=LetterState, default=LetterState.PENDING)
    recipients = ArrayField(models.CharField(max_length=254), default=list)
    attempts = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True, blank=True)
    failure = models.TextField(blank=True)

    class Meta:
        abstract = True


def letter_rules(what: str) -> tuple[models.CheckConstraint, models.CheckConstraint]:
    """Return what the database holds every letter to; `what` is its name in theirs."""
    return (
        models.CheckConstraint(condition=Q(state__in=LetterState.values), name=f"a_{what}_has_a_known_state"),
        models.CheckConstraint(
            condition=~Q(state=LetterState.FAILED) | ~Q(failure=""), name=f"a_failed_{what}_says_why"
        ),
    )


def audience_field(usual: Audience) -> "models.CharField[Any, Any]":
    """Return the column that says whom a letter is for, where its table has letters for both."""
    return models.CharField(max_length=8, choices=Audience, default=usual, db_default=usual)


def audience_rule(what: str) -> models.CheckConstraint:
    """Return what the database holds that column to; `what` is the letter's name in the constraint's."""
    return models.CheckConstraint(
        condition=Q(audience__in=Audience.values), name=f"a_{what}_has_a_known_audience"
    )


def record_sending(
    letter: Letter, *, what: str, subject: Model, at: datetime, after: Mapping[str, object]
) -> None:
    """Enter in the trail, about `subject`, that a letter went out or why it did not."""
    action = {LetterState.FAILED: "fail to send", LetterState.DROPPED: "drop"}.get(
        LetterState(letter.state), "send"
    )
    record(action=f"{action} {what}", subject=subject, recorded_at=at, after=after, reason=letter.failure)


def in_a_line(text: object) -> str:
    """Return what is said of something in one line: breaks, tabs and what cannot be seen become one space."""
    return " ".join(HIDDEN_IN_LINES.sub(" ", str(text)).split())


@dataclass(frozen=True, slots=True)
class Mail:
    """One letter: what it says and to whom; `nobody` is what stands in the record where that is nobody.

    Its subject is sent as one line, whatever was typed into the names in it.
    """

    subject: str
    body: str
    to: list[str]
    nobody: str

    def post(self) -> str:
        """Send it; return what went wrong, or nothing."""
        if not self.to:
            return self.nobody
        try:
            EmailMessage(subject=in_a_line(self.subject), body=self.body, to=self.to).send()
        except Exception as error:  # noqa: BLE001 - an address, a header or a server: one letter's own
            return _cause(error)
        return ""


def send_each(
    letters: QuerySet[Any],
    write: Callable[[Any], Mail | None],
    *,
    at: datetime,
    note: Callable[[Any], None] | None = None,
) -> int:
    """Send those of `letters` that wait, each in a transaction of its own; return how many went out.

    They go out in the order of `letters`; one that failed has its pause first.
    `write` makes the mail of a row, or None where it was overtaken: it is dropped. `note` records what came
    of it, in the same transaction. Of two rounds at once each letter is sent by one.
    """
    waiting = letters.filter(state__in=UNSENT)
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
        _settle(row, write)
        row.attempts, row.tried_at = row.attempts + 1, at
        row.save(update_fields=("recipients", "failure", "state", "attempts", "tried_at"))
        if note is not None:
            note(row)
    return bool(row.state == LetterState.SENT)


def _settle(row: Any, write: Callable[[Any], Mail | None]) -> None:
    """Write one letter and send it; its row says what came of it. Raises what the database raises."""
    try:
        mail = write(row)
    except Error:
        raise
    except Exception as error:  # noqa: BLE001 - a name or a template of this letter alone
        row.recipients, row.failure = [], _cause(error)
    else:
        if mail is None:
            row.state, row.failure = LetterState.DROPPED, ""
            return
        row.recipients, row.failure = mail.to, mail.post()
    row.state = LetterState.FAILED if row.failure else LetterState.SENT
    if row.failure:
        _tell(row)


def _cause(error: Exception) -> str:
    return in_a_line(f"{type(error).__name__}: {error}")[:CAUSE_MAX]


def _tell(row: Model) -> None:
    """Log that a letter failed; its row has the cause, which can quote a name."""
    log.warning("letter not sent", letter=row._meta.label_lower, id=str(row.pk))
