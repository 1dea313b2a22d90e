"""A partner's company and its people, as compliance has to know them; each change is recorded."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q, Sum

from core.days import check_end, check_past
from core.errors import Conflict
from partners.compliance.queries import jurisdictions_of
from partners.compliance.services.areas import PLACES_CHANGED, settle_all_areas
from partners.models import Partner
from partners.onboarding.models import BeneficialOwner, Company, Contact, Licence
from partners.onboarding.rules import (
    EmailInvalid,
    check_birth_date,
    check_country,
    check_jurisdiction,
    check_jurisdictions,
    check_lei,
    check_phone,
    check_share,
)
from partners.onboarding.services.entries import (
    add_entry,
    change_entry,
    find_entry,
    is_listed,
    lock_not_ended,
)
from partners.services.grounds import check_grounds, check_places

COMPANY_FIELDS: Final = (
    "registration_number",
    "lei",
    "jurisdictions",
    "planned_jurisdictions",
    "no_other_owners",
)
OWNER_FIELDS: Final = ("name", "birth_date", "country", "share_percent", "is_politically_exposed")
CONTACT_FIELDS: Final = ("name", "role", "email", "phone", "is_primary", "is_active")
LICENCE_FIELDS: Final = ("jurisdiction", "authority", "number", "issued_on", "expires_on")


class SharesAboveWhole(Conflict):
    """The owners of a partner would hold more than 100 %."""

    code = "SHARES_ABOVE_WHOLE"
    message = "The owners of a partner hold at most 100 % together."


class OwnerListed(Conflict):
    """A person of this name and birth date is listed already, present or former."""

    code = "OWNER_EXISTS"
    message = "An owner of this name and birth date is listed already; who left can be made one again there."


class ContactTaken(Conflict):
    """A partner has a contact with this address and role already."""

    code = "CONTACT_EXISTS"
    message = "The partner has a contact with this e-mail address and role already."


class LicenceTaken(Conflict):
    """A licence of this jurisdiction and number is entered already."""

    code = "LICENCE_EXISTS"
    message = "This licence is entered already."


def enter_company(
    *,
    partner_id: UUID,
    entered_at: datetime,
    registration_number: str = "",
    lei: str = "",
    jurisdictions: Sequence[str] | None = None,
    planned_jurisdictions: Sequence[str] | None = None,
    no_other_owners: bool = False,
) -> Company:
    """Enter or change what is known of a partner's company; the same again records nothing.

    Jurisdictions that are None stay. Others ask for other documents: where they change, the five areas are
    judged anew. With production, compliance changes them, and a place is added once all that is asked for
    there holds; where a partner is going to take bets is no jurisdiction of it yet, and asks for documents.

    Raises PartnerNotFound, PartnerEnded, BadIdentifier, LeftToCompliance and PlaceNotReady.
    """
    new: dict[str, Any] = {
        "registration_number": registration_number.strip(),
        "lei": check_lei(lei),
        "no_other_owners": no_other_owners,
    }
    with transaction.atomic():
        partner = lock_not_ended(partner_id)
        places = jurisdictions_of(partner)
        company = Company.objects.filter(partner=partner).first() or Company(partner=partner)
        present = check_jurisdictions(company.jurisdictions if jurisdictions is None else jurisdictions)
        planned = company.planned_jurisdictions if planned_jurisdictions is None else planned_jurisdictions
        new["jurisdictions"] = present
        new["planned_jurisdictions"] = [one for one in check_jurisdictions(planned) if one not in present]
        if jurisdictions is not None and present != company.jurisdictions:
            check_grounds(partner)
        if not company._state.adding:
            change_entry(company, new, entered_at, "change company")
        else:
            add_entry(company, {**new, "updated_at": entered_at}, COMPANY_FIELDS, entered_at, "enter company")
        check_places(partner, before=places, today=entered_at.date(), field="jurisdictions")
        if jurisdictions_of(partner) != places:
            settle_all_areas(partner_id=partner_id, at=entered_at, reason=PLACES_CHANGED)
    return company


def add_owner(
    *,
    partner_id: UUID,
    name: str,
    birth_date: date,
    country: str,
    share_percent: Decimal,
    added_at: datetime,
    is_politically_exposed: bool = False,
) -> BeneficialOwner:
    """List a person who owns part of a partner.

    Raises OwnerListed, ShareInvalid, SharesAboveWhole, BirthDateInvalid and BadIdentifier.
    """
    country = check_country(country)
    check_birth_date(birth_date, today=added_at.date())
    check_share(share_percent)
    with transaction.atomic():
        partner = lock_not_ended(partner_id)
        if is_listed(BeneficialOwner, partner, name=name, birth_date=birth_date):
            raise OwnerListed
        _check_shares(partner, share_percent)
        owner = BeneficialOwner(partner=partner)
        values = {
            "name": name,
            "birth_date": birth_date,
            "country": country,
            "share_percent": share_percent,
            "is_politically_exposed": is_politically_exposed,
        }
        add_entry(owner, values, OWNER_FIELDS, added_at, "add owner")
    return owner


def change_owner(*, owner_id: UUID, changes: Mapping[str, Any], changed_at: datetime) -> BeneficialOwner:
    """Change what is known of an owner (`OWNER_FIELDS`). Raises as `add_owner`."""
    if "country" in changes:
        changes = {**changes, "country": check_country(changes["country"])}
    if "birth_date" in changes:
        check_birth_date(changes["birth_date"], today=changed_at.date())
    if "share_percent" in changes:
        check_share(changes["share_percent"])
    with transaction.atomic():
        partner, owner = find_entry(BeneficialOwner, owner_id)
        if "share_percent" in changes and owner.owner_until is None:
            _check_shares(partner, changes["share_percent"], leaving_out=owner_id)
        change_entry(owner, changes, changed_at, "change owner", OWNER_FIELDS)
    return owner


def end_owner(*, owner_id: UUID, ended_on: date | None, ended_at: datetime) -> BeneficialOwner:
    """Note since when a person is no owner any more; None: is one again.

    Raises SharesAboveWhole, DayInvalid for a day to come or before the person was born, and LeftToCompliance.
    """
    with transaction.atomic():
        partner, owner = find_entry(BeneficialOwner, owner_id)
        check_grounds(partner)
        check_past(ended_on, field="owner_until", today=ended_at.date(), since=owner.birth_date)
        if ended_on is None:
            _check_shares(partner, owner.share_percent, leaving_out=owner_id)
        change_entry(owner, {"owner_until": ended_on}, ended_at, "end owner")
    return owner


def add_contact(
    *,
    partner_id: UUID,
    name: str,
    role: str,
    email: str,
    added_at: datetime,
    phone: str = "",
    is_primary: bool = False,
) -> Contact:
    """Enter a person to write to; a new primary contact replaces the former.

    Raises EmailInvalid, PhoneInvalid and ContactTaken.
    """
    email, phone = _check_email(email), check_phone(phone)
    with transaction.atomic():
        partner = lock_not_ended(partner_id)
        _check_contact(partner, email, role)
        if is_primary:
            _end_primary(partner, added_at)
        contact = Contact(partner=partner)
        values = {"name": name, "role": role, "email": email, "phone": phone, "is_primary": is_primary}
        add_entry(contact, {**values, "is_active": True}, CONTACT_FIELDS, added_at, "add contact")
    return contact


def change_contact(*, contact_id: UUID, changes: Mapping[str, Any], changed_at: datetime) -> Contact:
    """Change a contact (`CONTACT_FIELDS`); who is not active is not primary.

    Raises EmailInvalid, PhoneInvalid and ContactTaken.
    """
    with transaction.atomic():
        partner, contact = find_entry(Contact, contact_id)
        wanted = {name: getattr(contact, name) for name in CONTACT_FIELDS} | dict(changes)
        wanted |= {"email": _check_email(wanted["email"]), "phone": check_phone(wanted["phone"])}
        if not wanted["is_active"]:
            wanted["is_primary"] = False
        _check_contact(partner, wanted["email"], wanted["role"], leaving_out=contact_id)
        if wanted["is_primary"] and not contact.is_primary:
            _end_primary(partner, changed_at)
        change_entry(contact, wanted, changed_at, "change contact", CONTACT_FIELDS)
    return contact


def add_licence(
    *,
    partner_id: UUID,
    jurisdiction: str,
    authority: str,
    number: str,
    issued_on: date,
    added_at: datetime,
    expires_on: date | None = None,
) -> Licence:
    """Enter a gaming licence; of a partner with production, compliance does.

    Raises BadIdentifier, DayInvalid, PartnerEnded, LeftToCompliance and LicenceTaken.
    """
    code = check_jurisdiction(jurisdiction)
    check_past(issued_on, field="issued_on", today=added_at.date())
    check_end(expires_on, field="expires_on", today=added_at.date())
    with transaction.atomic():
        partner = lock_not_ended(partner_id)
        check_grounds(partner)
        if Licence.objects.filter(partner=partner, jurisdiction=code, number=number).exists():
            raise LicenceTaken
        licence = Licence(partner=partner)
        values = {
            "jurisdiction": code,
            "authority": authority,
            "number": number,
            "issued_on": issued_on,
            "expires_on": expires_on,
        }
        add_entry(licence, values, LICENCE_FIELDS, added_at, "add licence")
    return licence


def change_licence(*, licence_id: UUID, expires_on: date | None, changed_at: datetime) -> Licence:
    """Note until when a licence holds now; of a partner with production, compliance does.

    Raises EntryNotFound, DayInvalid, PartnerEnded and LeftToCompliance.
    """
    check_end(expires_on, field="expires_on", today=changed_at.date())
    with transaction.atomic():
        partner, licence = find_entry(Licence, licence_id)
        check_grounds(partner)
        change_entry(licence, {"expires_on": expires_on}, changed_at, "change licence")
    return licence


def _check_shares(partner: Partner, share: Decimal, *, leaving_out: UUID | None = None) -> None:
    others = BeneficialOwner.objects.filter(~Q(pk=leaving_out), partner=partner, owner_until=None)
    held = others.aggregate(held=Sum("share_percent"))["held"] or Decimal(0)
    if held + share > 100:
        raise SharesAboveWhole(f"The other owners hold {held.normalize():f} % already.")


def _check_email(text: str) -> str:
    """Return an address. Raises EmailInvalid."""
    try:
        validate_email(text)
    except ValidationError:
        raise EmailInvalid from None
    return text


def _check_contact(partner: Partner, email: str, role: str, *, leaving_out: UUID | None = None) -> None:
    same = Contact.objects.filter(~Q(pk=leaving_out), partner=partner, email__iexact=email, role=role)
    if same.exists():
        raise ContactTaken


def _end_primary(partner: Partner, changed_at: datetime) -> None:
    for contact in Contact.objects.filter(partner=partner, is_primary=True):
        change_entry(contact, {"is_primary": False}, changed_at, "change contact")
