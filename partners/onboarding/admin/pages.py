"""Pages that change what is known of a partner: company, owners, licences, contacts, certification, notes.

Each opens from the partner's page and goes back to it. Account managers reach their own partners alone.
"""

from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from core.admin.commands import told
from core.admin.pages import office_view
from core.clock import now
from core.errors import Refusal
from core.pii import masked
from partners.admin.page import VIEW, seen_partner, tab_url
from partners.models import Partner
from partners.onboarding import services
from partners.onboarding.admin import forms
from partners.onboarding.admin.entering import entering
from partners.onboarding.models import BeneficialOwner, Certification, Company, Contact, Licence
from partners.onboarding.queries import list_facts
from partners.onboarding.rules import is_under_age
from partners.services import change_partner
from partners.services.grounds import check_grounds, has_grounds, may_change_grounds
from partners.services.stops import check_not_ended
from staff.security import acting_staff

Entry = TypeVar("Entry", BeneficialOwner, Certification, Contact, Licence)
BOTH = ("GET", "POST")


@office_view(VIEW, "partners.change_company", methods=BOTH)
def company(request: HttpRequest, partner_id: UUID) -> HttpResponse:
    """Enter or change what is known of a partner's company."""
    partner = seen_partner(request, partner_id)
    known = Company.objects.filter(partner=partner).first()
    form = forms.CompanyForm(
        request.POST or None,
        initial={**_initial(partner, forms.PARTICULARS), **_initial(known, services.COMPANY_FIELDS)},
        partner=partner,
        may_change_partner=request.user.has_perm("partners.change_partner"),
        may_change_places=may_change_grounds(partner, request.user),
    )

    def save(filled: dict[str, Any]) -> None:
        particulars: dict[str, Any] = {name: filled[name] for name in forms.PARTICULARS if name in filled}
        known_of_company = {
            name: filled[name] for name in services.COMPANY_FIELDS if not form.fields[name].disabled
        }
        at = now()
        with transaction.atomic():
            if particulars:
                change_partner(partner_id=partner.pk, changes=particulars, changed_at=at)
            services.enter_company(partner_id=partner.pk, entered_at=at, **known_of_company)

    return entering(
        request,
        partner,
        form,
        title="Company",
        asks="What the partner is in law, and where it takes bets.",
        button="Save company",
        save=save,
        done="The company is saved.",
    )


@office_view(VIEW, "partners.add_beneficialowner", methods=BOTH)
def add_owner(request: HttpRequest, partner_id: UUID) -> HttpResponse:
    """List a person who owns part of a partner."""
    partner = seen_partner(request, partner_id)

    def save(filled: dict[str, Any]) -> None:
        services.add_owner(partner_id=partner.pk, added_at=now(), **filled)
        _warn_of_age(request, filled["birth_date"])

    return entering(
        request,
        partner,
        forms.OwnerForm(request.POST or None),
        title="Add a beneficial owner",
        asks="A person who holds 25 % or more of the company, directly or through others.",
        button="Add owner",
        save=save,
        done="The owner is listed.",
    )


@office_view(VIEW, "partners.change_beneficialowner", methods=BOTH)
def owner(request: HttpRequest, partner_id: UUID, entry_id: UUID) -> HttpResponse:
    """Change what is known of an owner, or note that the person is none any more."""
    partner = seen_partner(request, partner_id)
    found = _entry(BeneficialOwner, partner, entry_id)
    form = forms.OwnerChangeForm(request.POST or None, row=found)

    def save(filled: dict[str, Any]) -> None:
        changes = form.changes()
        until = changes.pop("owner_until")
        with transaction.atomic():
            services.change_owner(owner_id=found.pk, changes=changes, changed_at=now())
            if until != found.owner_until:
                services.end_owner(owner_id=found.pk, ended_on=until, ended_at=now())
        _warn_of_age(request, changes.get("birth_date"))
        _warn_of_owners(request, partner)

    return entering(
        request,
        partner,
        form,
        title=f"Beneficial owner {masked(BeneficialOwner, 'name', found.name)}",
        asks="What is known of the person. Owners are never removed: say until when.",
        button="Save owner",
        save=save,
        done="The owner is saved.",
    )


@office_view(VIEW, "partners.add_licence", methods=BOTH)
def add_licence(request: HttpRequest, partner_id: UUID) -> HttpResponse:
    """Enter a gaming licence."""
    partner = seen_partner(request, partner_id)
    return entering(
        request,
        partner,
        forms.LicenceForm(request.POST or None),
        title="Add a licence",
        asks="A gaming licence of the partner in one jurisdiction. Its document is handed in apart.",
        button="Add licence",
        save=lambda filled: services.add_licence(partner_id=partner.pk, added_at=now(), **filled),
        check=check_licences,
        done="The licence is entered.",
    )


@office_view(VIEW, "partners.change_licence", methods=BOTH)
def licence(request: HttpRequest, partner_id: UUID, entry_id: UUID) -> HttpResponse:
    """Note until when a licence holds now."""
    partner = seen_partner(request, partner_id)
    found = _entry(Licence, partner, entry_id)
    return entering(
        request,
        partner,
        forms.LicenceChangeForm(
            request.POST or None, initial=_initial(found, ("expires_on",)), issued_on=found.issued_on
        ),
        title=f"Licence {found}",
        asks="A licence keeps its number; a renewed one has another last day.",
        button="Save licence",
        save=lambda filled: services.change_licence(licence_id=found.pk, changed_at=now(), **filled),
        check=check_licences,
        done="The licence is saved.",
    )


@office_view(VIEW, "partners.add_contact", methods=BOTH)
def add_contact(request: HttpRequest, partner_id: UUID) -> HttpResponse:
    """Enter a person to write to."""
    partner = seen_partner(request, partner_id)
    return entering(
        request,
        partner,
        forms.ContactForm(request.POST or None),
        title="Add a contact",
        asks="A person at the partner whom staff may write to or call.",
        button="Add contact",
        save=lambda filled: services.add_contact(partner_id=partner.pk, added_at=now(), **filled),
        done="The contact is entered.",
        tab="overview",
    )


@office_view(VIEW, "partners.change_contact", methods=BOTH)
def contact(request: HttpRequest, partner_id: UUID, entry_id: UUID) -> HttpResponse:
    """Change a contact, or note that the person has left."""
    partner = seen_partner(request, partner_id)
    found = _entry(Contact, partner, entry_id)
    form = forms.ContactChangeForm(request.POST or None, row=found)
    return entering(
        request,
        partner,
        form,
        title=f"Contact {masked(Contact, 'name', found.name)}",
        asks="Contacts are never removed: untick that the person is still there.",
        button="Save contact",
        save=lambda filled: services.change_contact(
            contact_id=found.pk, changes=form.changes(), changed_at=now()
        ),
        done="The contact is saved.",
        tab="overview",
    )


@office_view(VIEW, "partners.add_certification", methods=BOTH)
def sign_certification(request: HttpRequest, partner_id: UUID) -> HttpResponse:
    """Record a test run that the partner passed, with the first signature."""
    partner = seen_partner(request, partner_id)
    return entering(
        request,
        partner,
        forms.CertificationForm(request.POST or None),
        title="Sign a test run",
        asks="You sign that the partner's integration passed. It counts once another person countersigns.",
        button="Sign",
        save=lambda filled: services.sign_certification(
            partner_id=partner.pk, signed_by=acting_staff(request).pk, signed_at=now(), **filled
        ),
        done="The test run is signed; another person countersigns it.",
    )


@office_view(VIEW, "partners.change_certification", methods=BOTH)
def countersign_certification(request: HttpRequest, partner_id: UUID, entry_id: UUID) -> HttpResponse:
    """Put the second signature under a test run."""
    partner = seen_partner(request, partner_id)
    found = _entry(Certification, partner, entry_id)
    return entering(
        request,
        partner,
        forms.CountersignForm(request.POST if request.method == "POST" else None),
        title="Countersign the test run",
        asks=f"{found.signed_by} signed for the test run of {found.tested_on}: {found.notes} "
        f"Evidence: {found.evidence}",
        button="Countersign",
        save=lambda filled: services.countersign_certification(
            certification_id=found.pk, countersigned_by=acting_staff(request).pk, countersigned_at=now()
        ),
        done="The partner is certified.",
    )


@office_view(VIEW, "partners.change_certification", methods=BOTH)
def withdraw_certification(request: HttpRequest, partner_id: UUID, entry_id: UUID) -> HttpResponse:
    """Take a certification back."""
    partner = seen_partner(request, partner_id)
    found = _entry(Certification, partner, entry_id)
    return entering(
        request,
        partner,
        forms.WithdrawForm(request.POST or None),
        title="Withdraw the certification",
        asks=f"The test run of {found.tested_on} counts no more; the partner needs another one.",
        button="Withdraw certification",
        save=lambda filled: services.withdraw_certification(
            certification_id=found.pk, withdrawn_at=now(), **filled
        ),
        done="The certification is withdrawn.",
        is_danger=True,
    )


@office_view(VIEW, "partners.add_note", methods=("POST",))
def write_note(request: HttpRequest, partner_id: UUID) -> HttpResponse:
    """Write something down about a partner, for good."""
    partner = seen_partner(request, partner_id)
    text = request.POST.get("text", "")
    try:
        services.write_note(partner_id=partner.pk, text=text, written_at=now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        told(request, "The note is kept.")
    return HttpResponseRedirect(f"{tab_url(partner.pk, 'overview')}#notes")


def check_licences(partner: Partner) -> None:
    """Raise unless who acts now may enter licences of a partner and change them."""
    check_not_ended(partner)
    check_grounds(partner)


def _warn_of_age(request: HttpRequest, birth_date: date | None) -> None:
    if birth_date is not None and is_under_age(birth_date, today=now().date()):
        messages.warning(
            request, "This owner is under 18: check the year of birth, and note who acts for the owner."
        )


def _entry(model: type[Entry], partner: Partner, entry_id: UUID) -> Entry:
    found = model._default_manager.filter(partner=partner, pk=entry_id).first()
    if found is None:
        raise Http404("There is no such entry.")
    return found


def _initial(row: Any, fields: tuple[str, ...]) -> dict[str, Any]:
    return {} if row is None else {name: getattr(row, name) for name in fields}


def _warn_of_owners(request: HttpRequest, partner: Partner) -> None:
    """Say that production goes on although not all owners are known: shares change hands one by one."""
    if has_grounds(partner) and not list_facts([partner.pk])[partner.pk]["owners"]:
        messages.warning(
            request,
            "Not all owners are listed now, and production goes on: add who holds the other shares, or enter "
            "the company's declaration that nobody else holds 25 % or more.",
        )
