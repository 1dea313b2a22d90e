"""What a second person reads of a request: both sides of the change, its edits, the letters about it."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from approvals.kinds import Kind, kind_of, kinds, present, proposed
from approvals.models import ApprovalRequest, RequestStatus
from core.admin.cells import Figure, Panel, joined, label, moment, moment_text, status_label

_PLAIN: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?")
ABBREVIATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {"bic": "BIC", "iban": "IBAN", "id": "ID", "ip": "IP", "ips": "IPs", "lei": "LEI", "vat": "VAT"}
)


def changes(row: ApprovalRequest, *, whole: bool = True) -> Panel:
    """Return what would change, or changed, value by value; `whole`: with the values that stay."""
    title = "What would change" if row.executed_at is None else "What changed"
    headings = ("Value", "At the time of the request", "Proposed", "Difference")
    return Panel(title, headings, _comparison(row, whole=whole))


def _comparison(row: ApprovalRequest, *, whole: bool) -> list[tuple[Any, ...]]:
    """Return the values side by side, those that differ first; what is empty on both sides is left out."""
    before, kind = present(row) or {}, kind_of(row.kind)
    sides = [
        (name, before.get(name), value) for name, value in proposed(row).items() if name not in kind.hidden
    ]
    return [
        (_words(name), _shown(kind, name, was), _shown(kind, name, value), _difference(was, value))
        for name, was, value in sorted(sides, key=lambda side: side[1] == side[2])
        if (was is not None or value is not None) and (whole or was != value)
    ]


def _difference(was: Any, value: Any) -> str:
    """Return what became of a value: of a list, what is added and taken away; where there was none, it is
    entered rather than changed.
    """
    if was == value:
        return "same"
    if was in (None, "", []):
        return label("submitted", "Entered")
    if isinstance(was, list) and isinstance(value, list):
        added = [each for each in value if each not in was]
        taken = [each for each in was if each not in value]
        told = [f"{what}: {joined(each)}" for what, each in (("added", added), ("taken away", taken)) if each]
        return "; ".join(told) or "in another order"
    return label("changed", "Changed")


def known(row: ApprovalRequest) -> list[Panel]:
    """Return what the proposal is to be held against, with warnings, where there is such."""
    find = kind_of(row.kind).known
    found = find(row) if find is not None else []
    if not found:
        return []
    return [
        Panel(
            "To hold it against",
            ("What", "Known of it", "Look at"),
            [
                (name, value or "-", label("pending", warning) if warning else "-")
                for name, value, warning in found
            ],
        )
    ]


def compare(rows: Sequence[ApprovalRequest]) -> dict[UUID, str]:
    """Return in a few words how what is still open stands to what it is held against; a query for each kind
    that has such.
    """
    told: dict[UUID, str] = {}
    for kind in kinds():
        waiting = [row for row in rows if row.kind == kind.name and row.status == RequestStatus.PENDING]
        if kind.compared is not None and waiting:
            told.update(kind.compared(waiting))
    return told


def revisions(row: ApprovalRequest) -> list[Panel]:
    if row.revision == 1:
        return []
    kind = kind_of(row.kind)
    return [
        Panel(
            "Edits",
            ("Revision", "Made", "Proposed", "Reason"),
            [
                (
                    each.revision,
                    moment(each.made_at),
                    "; ".join(
                        f"{_words(name)}: {_shown(kind, name, value)}"
                        for name, value in each.payload["proposed"].items()
                    ),
                    each.reason,
                )
                for each in row.revisions.order_by("-revision")
            ],
        )
    ]


def _words(name: str) -> str:
    """Return a value's name in words: `allowedIps` is "Allowed IPs"."""
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    words = " ".join(ABBREVIATIONS.get(word, word) for word in spaced.replace("_", " ").split())
    return words[:1].upper() + words[1:]


def _shown(kind: Kind, name: str, value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in kind.moments:
        return moment_text(datetime.fromisoformat(str(value)).astimezone(UTC))
    if name in kind.amounts and _PLAIN.fullmatch(str(value)):
        return Figure(str(value))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def letters(row: ApprovalRequest) -> Panel:
    return Panel(
        "Letters",
        ("About", "State", "To", "Tried", "What went wrong"),
        [
            (
                each.get_occasion_display(),
                status_label(each, "state"),
                ", ".join(each.recipients) or "-",
                moment(each.tried_at),
                each.failure or "-",
            )
            for each in row.letters.all()
        ],
        empty="No letter yet.",
    )
