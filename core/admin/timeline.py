"""What happened to records, in one list: what was done and why, and which rows it changed.

Two sources that each miss something: the audit records know what was meant and its reason, also of what
changes nothing (a download, a view); the row history knows every change, whatever made it. What was done in
one transaction is one entry.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode

from core.admin.about import tell_about
from core.admin.changes import ToldChange, record_page, tell
from core.models import AuditRecord, RowChange

COUNT: Final = 50
MORE: Final = 200
"""Rows read beyond those shown: a transaction may change many, and entries of one moment stay together."""
SAME_MOMENT: Final = timedelta(seconds=5)
BEGINNING: Final = datetime.fromisoformat("0001-01-02T00:00:00+00:00")
END: Final = datetime.fromisoformat("9999-12-30T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened: when, by whom, what (`title`), why, and the rows it changed.

    `topic` is a word that a list may sort by eye; `about` names the record where nothing was changed; `url`
    leads to the record, `request_url` to everything else that happened in the request.
    """

    at: datetime
    actor: str
    title: str
    topic: str = ""
    about: str = ""
    reason: str = ""
    request_id: str = ""
    url: str = ""
    request_url: str = ""
    changes: tuple[ToldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """Entries, newest first; `next` is the `before` of the following page, or nothing on the last."""

    entries: tuple[Entry, ...]
    next: str = ""


Topic = Callable[[str, str], str]
"""Gives the topic of a model (`partners.company`) and an audit record's action, which may be empty."""


def row_timeline(*, labels: Sequence[str], row_id: str, user: Any, before: str | None = None) -> Timeline:
    """Return what happened to one record: the rows of these models that have its id."""
    end = moment_before(before)
    changes = RowChange.objects.filter(model__in=labels, row_id=row_id)
    records = AuditRecord.objects.filter(
        object_type__in=labels, object_id=row_id, occurred_at__lt=end + SAME_MOMENT
    )
    return timeline_of(
        changes, records.order_by("-occurred_at", "-id")[: COUNT + MORE], user=user, end=end, count=COUNT
    )


def moment_before(text: str | None) -> datetime:
    """Return the moment that a page ends before (RFC 3339); what is no moment is taken for none."""
    try:
        found = datetime.fromisoformat((text or "").replace(" ", "+"))
    except ValueError:
        return END
    return found if found.tzinfo is not None else END


def timeline_of(
    changes: QuerySet[RowChange],
    records: Iterable[AuditRecord],
    *,
    user: Any,
    end: datetime,
    count: int,
    topic: Topic = lambda label, action: "",
) -> Timeline:
    """Return the first `count` entries before a moment of two sources.

    `changes` are all that there are; `records` come newest first, from `end + SAME_MOMENT` on and
    `count + MORE` rows far: what belongs to one entry has not one moment.
    """
    meant = list(records)
    newest = changes.order_by("-changed_at", "-id")
    changed = list(newest.filter(changed_at__lt=end + SAME_MOMENT)[: count + MORE])
    missing = {record.transaction_id for record in meant} - {change.transaction_id for change in changed}
    dated_back = list(newest.filter(transaction_id__in=missing)[:MORE]) if missing else []
    floor = max(_reach(changed, "changed_at", count), _reach(meant, "occurred_at", count))
    entries = _entries([*dated_back, *changed], meant, user, topic)
    found = [entry for entry in entries if floor <= entry.at < end]
    shown = _page(found, count)
    is_last = len(shown) == len(found) and floor == BEGINNING
    return Timeline(tuple(shown), "" if is_last or not shown else shown[-1].at.isoformat())


def _reach(rows: Sequence[Any], name: str, count: int) -> datetime:
    """Return from when on a source was read with all that belongs to it: from the beginning, or a moment."""
    if len(rows) < count + MORE:
        return BEGINNING
    return getattr(rows[-1], name) + SAME_MOMENT  # type: ignore[no-any-return]


def _page(entries: Sequence[Entry], count: int) -> list[Entry]:
    """Return the first entries; those of the last one's moment stay on its page."""
    shown = list(entries[:count])
    for entry in entries[count:]:
        if entry.at != shown[-1].at:
            break
        shown.append(entry)
    return shown


def _entries(
    changes: Sequence[RowChange], records: Sequence[AuditRecord], user: Any, topic: Topic
) -> list[Entry]:
    groups: dict[int, list[ToldChange]] = {}
    for told in tell(changes):
        groups.setdefault(told.row.transaction_id, []).append(told)
    meant: dict[int, AuditRecord] = {}
    alone: list[AuditRecord] = []
    for record in reversed(records):
        # The first record of a transaction says what was asked for, the others what came of it.
        transaction = record.transaction_id
        if transaction not in groups or transaction in meant:
            alone.append(record)
        else:
            meant[transaction] = record
    about = tell_about(alone)
    lone = (_of_record(record, user, topic, about[record.pk]) for record in alone)
    found = [*lone, *(_of_changes(group, meant.get(key), user, topic) for key, group in groups.items())]
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def _of_record(record: AuditRecord, user: Any, topic: Topic, about: str) -> Entry:
    return Entry(
        at=record.occurred_at,
        actor=record.actor,
        topic=topic(record.object_type, record.action),
        title=_upper(record.action),
        about=about,
        reason=record.reason,
        request_id=record.request_id,
        url=record_page(record.object_type, record.object_id),
        request_url=request_page(record.request_id, user),
    )


def _of_changes(group: Sequence[ToldChange], record: AuditRecord | None, user: Any, topic: Topic) -> Entry:
    first = group[-1]
    if record is None:
        others = len(group) - 1
        title = f"{first.subject} {first.verb}" + (f" and {others} more" if others else "")
        subject, row_id, action = first.row.model, first.row.row_id, ""
    else:
        title, action = _upper(record.action), record.action
        subject, row_id = record.object_type, record.object_id
    return Entry(
        at=record.occurred_at if record else first.row.changed_at,
        actor=first.row.actor,
        topic=topic(subject, action),
        title=title,
        reason=record.reason if record else "",
        request_id=first.row.request_id,
        url=record_page(subject, row_id),
        request_url=request_page(first.row.request_id, user, is_partners=first.row.login == "b2b_api"),
        changes=tuple(reversed(group)),
    )


def request_page(request_id: str, user: Any, *, is_partners: bool = False) -> str:
    """Return the address of what is known of a request: of a partner's, how it was answered; of ours, what it
    changed. Nothing where the member of staff may not see it.
    """
    model, name = ("integration_apirequest", "q") if is_partners else ("core_rowchange", "request_id")
    app, _, what = model.partition("_")
    if not request_id or not user.has_perm(f"{app}.view_{what}"):
        return ""
    return f"{reverse(f'admin:{model}_changelist')}?{urlencode({name: request_id})}"


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]
