"""What services on a partner's company and people do: lock, find, add and change one row, and record it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model

from core.audit import record
from core.errors import NotFound
from partners.models import Partner
from partners.onboarding.models import BeneficialOwner, Company, Contact, Director, Licence
from partners.services.locking import lock_partner
from partners.services.stops import check_not_ended

Entry = TypeVar("Entry", BeneficialOwner, Contact, Director, Licence)


class EntryNotFound(NotFound):
    """The partner has no such owner, director, contact or licence."""

    code = "ENTRY_NOT_FOUND"
    message = "There is no such entry."


def lock_not_ended(partner_id: UUID) -> Partner:
    """Lock a partner whose records may change. Raises PartnerNotFound and PartnerEnded."""
    partner = lock_partner(partner_id)
    check_not_ended(partner)
    return partner


def find_entry(model: type[Entry], row_id: UUID) -> tuple[Partner, Entry]:
    """Return a row, its partner locked. Raises EntryNotFound."""
    rows = model._default_manager
    partner_id = rows.filter(pk=row_id).values_list("partner_id", flat=True).first()
    if partner_id is None:
        raise EntryNotFound
    return lock_not_ended(partner_id), rows.get(pk=row_id)


def is_listed(
    model: type[BeneficialOwner] | type[Director], partner: Partner, *, name: str, birth_date: date
) -> bool:
    """Whether a person of this name and birth date is entered for a partner, present or former."""
    same = model._default_manager.filter(partner=partner, name__iexact=name, birth_date=birth_date)
    return same.exists()


def add_entry(row: Model, values: Mapping[str, Any], shown: Sequence[str], at: datetime, action: str) -> None:
    """Write a new row with these values, and record those that are named."""
    for name, value in values.items():
        setattr(row, name, value)
    row.save(force_insert=True)
    record(action=action, subject=row, recorded_at=at, after=_words(row, shown))


def change_entry(
    row: Model,
    changes: Mapping[str, Any],
    changed_at: datetime,
    action: str,
    allowed: Sequence[str] | None = None,
) -> None:
    """Change a row and record what differs. Raises ValueError for what is not `allowed`."""
    forbidden = set(changes) - set(changes if allowed is None else allowed)
    if forbidden:
        raise ValueError(f"not to be changed this way: {', '.join(sorted(forbidden))}")
    new = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if not new:
        return
    before = _words(row, list(new))
    for name, value in new.items():
        setattr(row, name, value)
    if isinstance(row, Company):
        row.updated_at = changed_at
    row.save(update_fields=[*new, *(["updated_at"] if isinstance(row, Company) else [])])
    record(action=action, subject=row, recorded_at=changed_at, before=before, after=_words(row, list(new)))


def _words(row: Model, names: Sequence[str]) -> dict[str, Any]:
    return {name: _word(getattr(row, name)) for name in names}


def _word(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | list) else str(value)
