"""The directors of a partner's company; each change is recorded."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from core.days import check_past
from core.errors import Conflict
from partners.onboarding.models import Director
from partners.onboarding.rules import check_country, check_director_birth_date
from partners.onboarding.services.entries import (
    add_entry,
    change_entry,
    find_entry,
    is_listed,
    lock_not_ended,
)
from partners.services.grounds import check_grounds, has_grounds

DIRECTOR_FIELDS: Final = ("name", "birth_date", "country")


class DirectorListed(Conflict):
    """A person of this name and birth date is listed already, present or former."""

    code = "DIRECTOR_EXISTS"
    message = (
        "A director of this name and birth date is listed already; who left can be made one again there."
    )


class LastDirector(Conflict):
    """A partner with production has a director whom compliance knows."""

    code = "LAST_DIRECTOR"
    message = "This is the last director: add who directs the company now, then say until when this one did."


def add_director(
    *, partner_id: UUID, name: str, birth_date: date, country: str, added_at: datetime
) -> Director:
    """List a person who directs a partner's company.

    Raises DirectorListed, BirthDateInvalid, DirectorUnderAge and BadIdentifier.
    """
    values = {
        "name": name,
        "birth_date": check_director_birth_date(birth_date, today=added_at.date()),
        "country": check_country(country),
    }
    with transaction.atomic():
        partner = lock_not_ended(partner_id)
        if is_listed(Director, partner, name=name, birth_date=birth_date):
            raise DirectorListed
        director = Director(partner=partner)
        add_entry(director, values, DIRECTOR_FIELDS, added_at, "add director")
    return director


def change_director(*, director_id: UUID, changes: Mapping[str, Any], changed_at: datetime) -> Director:
    """Change what is known of a director (`DIRECTOR_FIELDS`). Raises as `add_director`, and EntryNotFound."""
    if "country" in changes:
        changes = {**changes, "country": check_country(changes["country"])}
    if "birth_date" in changes:
        check_director_birth_date(changes["birth_date"], today=changed_at.date())
    with transaction.atomic():
        _, director = find_entry(Director, director_id)
        change_entry(director, changes, changed_at, "change director", DIRECTOR_FIELDS)
    return director


def end_director(*, director_id: UUID, ended_on: date | None, ended_at: datetime) -> Director:
    """Note since when a person is no director any more; None: is one again.

    Raises EntryNotFound, DayInvalid for a day to come or before the person was born, LeftToCompliance, and
    LastDirector where a partner with production would have none left.
    """
    with transaction.atomic():
        partner, director = find_entry(Director, director_id)
        check_grounds(partner)
        check_past(ended_on, field="director_until", today=ended_at.date(), since=director.birth_date)
        others = Director.objects.filter(partner=partner, director_until=None).exclude(pk=director_id)
        if ended_on is not None and has_grounds(partner) and not others.exists():
            raise LastDirector(details={"field": "director_until"})
        change_entry(director, {"director_until": ended_on}, ended_at, "end director")
    return director
