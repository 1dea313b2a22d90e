"""Everything that happened to a partner, in one list: what was done and why, and which rows it changed.

Two sources that each miss something: the audit records know what was meant and its reason, also of what
changes nothing (a download, a view); the row history knows every change, whatever made it. What was done in
one request to one record is one entry.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from core.admin.changes import ToldChange, labels_seen, record_page, tell
from core.models import AuditRecord, RowChange
from partners.models import Partner
from partners.queries.scope import partners_of

COUNT: Final = 50
MORE: Final = 200
"""Rows read beyond those shown: a transaction may change many, and entries of one moment stay together."""
SAME_MOMENT: Final = timedelta(seconds=5)


class Topic(StrEnum):
    """What an entry is about."""

    STAGE = "stage"
    COMPLIANCE = "compliance"
    CREDENTIALS = "credentials"
    LIMITS = "limits"
    COMMERCIAL = "commercial"
    STATEMENTS = "statements"
    APPROVALS = "approvals"
    PARTNER = "partner"


_TOPICS: Final[Mapping[str, Topic]] = MappingProxyType(
    {
        "partners.company": Topic.COMPLIANCE,
        "partners.beneficialowner": Topic.COMPLIANCE,
        "partners.licence": Topic.COMPLIANCE,
        "partners.compliancearea": Topic.COMPLIANCE,
        "partners.compliancesuspension": Topic.COMPLIANCE,
        "partners.evidencefile": Topic.COMPLIANCE,
        "partners.certification": Topic.STAGE,
        "partners.apiclient": Topic.CREDENTIALS,
        "partners.clientsecret": Topic.CREDENTIALS,
        "partners.tenantcurrency": Topic.COMMERCIAL,
        "risk.limit": Topic.LIMITS,
        "settlement.plan": Topic.COMMERCIAL,
        "settlement.statement": Topic.STATEMENTS,
        "approvals.approvalrequest": Topic.APPROVALS,
    }
)
_PLAYERS: Final = "wallet.player"
"""Players have histories of their own: a partner has too many for its timeline."""

_RECORDS: Final = """
    WITH subject (type, id) AS (
        SELECT 'partners.partner', %(partner)s::text
        UNION SELECT 'partners.company', %(partner)s::text
        UNION SELECT 'partners.tenant', id::text FROM partners_tenant WHERE partner_id = %(partner)s
        UNION SELECT 'partners.apiclient', c.id::text FROM partners_apiclient c
              JOIN partners_tenant t ON t.id = c.tenant_id WHERE t.partner_id = %(partner)s
        UNION SELECT 'partners.clientsecret', s.id::text FROM partners_clientsecret s
              JOIN partners_apiclient c ON c.id = s.client_id
              JOIN partners_tenant t ON t.id = c.tenant_id WHERE t.partner_id = %(partner)s
        UNION SELECT 'partners.evidencefile', id::text FROM partners_evidencefile
              WHERE partner_id = %(partner)s
        UNION SELECT 'partners.certification', id::text FROM partners_certification
              WHERE partner_id = %(partner)s
        UNION SELECT model, row_id FROM core_rowchange
              WHERE partner_id = %(partner)s AND model <> %(players)s
    )
    SELECT a.* FROM subject s JOIN core_auditrecord a ON a.object_type = s.type AND a.object_id = s.id
    WHERE a.occurred_at < %(before)s AND a.object_type = ANY (%(seen)s)
    ORDER BY a.occurred_at DESC LIMIT %(count)s
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened: when, by whom, what (`title`), why, and the rows it changed."""

    at: datetime
    actor: str
    topic: Topic
    title: str
    reason: str = ""
    request_id: str = ""
    url: str = ""
    changes: tuple[ToldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """Entries, newest first; `next` is the `before` of the following page, or nothing on the last."""

    entries: tuple[Entry, ...]
    next: str = ""


def partner_timeline(
    partner: Partner, *, user: Any, before: str | None = None, count: int = COUNT
) -> Timeline:
    """Return what happened to a partner before a moment (RFC 3339; by default until now), newest first.

    A member of staff sees what concerns the records that they may see, and nothing of a partner that is not
    theirs to see. A `before` that is no moment is taken for none.
    """
    seen = [label for label in labels_seen(user) if label != _PLAYERS]
    if not partners_of(user).filter(pk=partner.pk).exists():
        return Timeline(())
    end = _moment(before)
    changes = list(
        RowChange.objects.filter(partner_id=partner.pk, model__in=seen, changed_at__lt=end).order_by(
            "-changed_at", "-id"
        )[: count + MORE]
    )
    asked = {"partner": partner.pk, "players": _PLAYERS, "before": end, "seen": seen, "count": count + MORE}
    records = list(AuditRecord.objects.raw(_RECORDS, asked))
    floor = max(_reach(changes, "changed_at", count), _reach(records, "occurred_at", count))
    entries = [entry for entry in _entries(changes, records) if entry.at >= floor]
    shown = _page(entries, count)
    is_last = len(shown) == len(entries) and floor == _BEGINNING
    return Timeline(tuple(shown), "" if is_last or not shown else shown[-1].at.isoformat())


_BEGINNING: Final = datetime.fromisoformat("0001-01-02T00:00:00+00:00")


def _moment(text: str | None) -> datetime:
    end = datetime.fromisoformat("9999-12-30T00:00:00+00:00")
    if not text:
        return end
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return end
    return found if found.tzinfo is not None else end


def _reach(rows: Sequence[Any], name: str, count: int) -> datetime:
    """Return how far back a source was read: to the beginning, or to before the moment of its last row."""
    if len(rows) < count + MORE:
        return _BEGINNING
    return getattr(rows[-1], name) + timedelta(microseconds=1)  # type: ignore[no-any-return]


def _page(entries: Sequence[Entry], count: int) -> list[Entry]:
    """Return the first entries; those of the last one's moment stay on its page."""
    shown = list(entries[:count])
    for entry in entries[count:]:
        if entry.at != shown[-1].at:
            break
        shown.append(entry)
    return shown


def _entries(changes: Sequence[RowChange], records: Iterable[AuditRecord]) -> list[Entry]:
    groups: dict[int, list[ToldChange]] = {}
    for told in tell(changes):
        groups.setdefault(told.row.transaction_id, []).append(told)
    meant: dict[int, AuditRecord] = {}
    alone = []
    for record in records:
        transaction = next(
            (key for key, group in groups.items() if key not in meant and _made(record, group)), None
        )
        if transaction is None:
            alone.append(_of_record(record))
        else:
            meant[transaction] = record
    found = [*alone, *(_of_changes(group, meant.get(key)) for key, group in groups.items())]
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def _made(record: AuditRecord, group: Sequence[ToldChange]) -> bool:
    """Whether a record tells of the transaction that these changes were made in."""
    row = group[0].row
    if record.actor != row.actor or record.request_id != row.request_id:
        return False
    if abs(record.occurred_at - row.changed_at) > SAME_MOMENT:
        return False
    return any((each.row.model, each.row.row_id) == (record.object_type, record.object_id) for each in group)


def _of_record(record: AuditRecord) -> Entry:
    return Entry(
        at=record.occurred_at,
        actor=record.actor,
        topic=_topic(record.object_type, record.action),
        title=_upper(record.action),
        reason=record.reason,
        request_id=record.request_id,
        url=record_page(record.object_type, record.object_id),
    )


def _of_changes(group: Sequence[ToldChange], record: AuditRecord | None) -> Entry:
    first = group[-1]
    if record is None:
        others = len(group) - 1
        title = f"{first.subject} {first.verb}" + (f" and {others} more" if others else "")
        subject, action = first.row.model, ""
    else:
        title, subject, action = _upper(record.action), record.object_type, record.action
    return Entry(
        at=first.row.changed_at,
        actor=first.row.actor,
        topic=_topic(subject, action),
        title=title,
        reason=record.reason if record else "",
        request_id=first.row.request_id,
        url=record_page(subject, record.object_id if record else first.row.row_id),
        changes=tuple(reversed(group)),
    )


def _topic(label: str, action: str) -> Topic:
    return Topic.STAGE if action == "move partner" else _TOPICS.get(label, Topic.PARTNER)


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]
