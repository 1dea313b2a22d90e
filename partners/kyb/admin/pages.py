"""Pages that change what is known of a partner's business. Each opens from the Compliance tab."""

from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse

from core.admin.pages import office_view
from core.clock import now
from core.pii import masked
from partners.admin.page import VIEW, seen_partner
from partners.kyb import queries, services
from partners.kyb.admin import forms, subjects
from partners.kyb.models import BankAccount, Screening
from partners.kyb.services.screenings import check_decision
from partners.models import Partner
from partners.onboarding.admin.entering import entering, for_ever
from partners.onboarding.models import Director
from partners.onboarding.services import add_director, change_director, end_director
from partners.services.stops import check_not_ended
from staff.security import acting_staff

BOTH = ("GET", "POST")
SUBJECTS: Final = {"company": "the company", "owner": "a beneficial owner", "director": "a director"}
"""Whom a form is about, in its title: browsers keep titles, so no name stands there."""


@office_view(VIEW, "partners.add_director", methods=BOTH)
def director_add(request: HttpRequest, partner_id: UUID) -> HttpResponse:
    """List a person who directs the company."""
    partner = seen_partner(request, partner_id)
    return entering(
        request,
        partner,
        forms.DirectorForm(request.POST or None),
        title="Add a director",
        asks="A person who directs the company. Compliance screens each of them.",
        button="Add director",
        save=lambda filled: add_director(partner_id=partner.pk, added_at=now(), **filled),
        done="The director is listed, and is to be screened.",
    )


@office_view(VIEW, "partners.change_director", methods=BOTH)
def director(request: HttpRequest, partner_id: UUID, entry_id: UUID) -> HttpResponse:
    """Change what is known of a director, or note that the person is none any more."""
    partner = seen_partner(request, partner_id)
    found: Director = _entry(Director, partner, entry_id)
    form = forms.DirectorChangeForm(request.POST or None, row=found)

    def save(filled: dict[str, Any]) -> None:
        changes = form.changes()
        until = changes.pop("director_until")
        with transaction.atomic():
            change_director(director_id=found.pk, changes=changes, changed_at=now())
            if until != found.director_until:
                end_director(director_id=found.pk, ended_on=until, ended_at=now())

    return entering(
        request,
        partner,
        form,
        title=f"Director {masked(Director, 'name', found.name)}",
        asks="What is known of the person. Directors are never removed: say until when.",
        button="Save director",
        save=save,
        done="The director is saved.",
    )


@office_view(VIEW, "partners.add_screening", methods=BOTH)
def screen(
    request: HttpRequest, partner_id: UUID, owner_id: UUID | None = None, director_id: UUID | None = None
) -> HttpResponse:
    """Write down what came of looking for the company, an owner or a director on sanctions lists."""
    partner = seen_partner(request, partner_id)
    subject = queries.find_subject(partner, owner_id=owner_id, director_id=director_id, at=now())
    if subject is None:
        raise Http404("There is nobody to screen here.")
    return entering(
        request,
        partner,
        forms.ScreeningForm(request.POST or None),
        title=f"Screen {SUBJECTS[subject.kind]}",
        asks="Look for the name in each list, then enter what came of it. A possible match waits for another "
        "person; a confirmed one stops production at once.",
        known=lambda: [subjects.known_of(request, partner, subject)],
        button="Enter screening",
        save=lambda filled: services.enter_screening(
            partner_id=partner.pk,
            owner_id=owner_id,
            director_id=director_id,
            screened_by=acting_staff(request).pk,
            screened_at=now(),
            **filled,
        ),
        done="The screening is entered.",
    )


@office_view(VIEW, "partners.change_screening", methods=BOTH)
def decide_screening(request: HttpRequest, partner_id: UUID, entry_id: UUID) -> HttpResponse:
    """Clear or confirm a possible match that another person found."""
    partner = seen_partner(request, partner_id)
    found: Screening = _entry(Screening, partner, entry_id)

    def may_decide(partner: Partner) -> None:
        check_not_ended(partner)
        check_decision(found, by=acting_staff(request).pk)

    return entering(
        request,
        partner,
        forms.DecisionForm(request.POST or None),
        title=f"Possible match of {SUBJECTS[found.subject]}",
        asks="Compare what was found with what is known. Confirmed, it stops production at once.",
        known=lambda: subjects.matched(request, partner, found),
        button="Decide",
        save=lambda filled: services.decide_screening(
            screening_id=found.pk, decided_by=acting_staff(request).pk, decided_at=now(), **filled
        ),
        done="The match is decided.",
        check=may_decide,
    )


@office_view(VIEW, "partners.add_bankaccount", methods=BOTH)
def bank_account(request: HttpRequest, partner_id: UUID) -> HttpResponse:
    """Ask for another bank account; a second person approves it."""
    partner = seen_partner(request, partner_id)
    return entering(
        request,
        partner,
        forms.AccountForm(request.POST or None, initial={"holder": partner.legal_name}),
        title="Bank account",
        asks="A second person approves the account. Somebody who did not ask then verifies it.",
        button="Ask for approval",
        save=lambda filled: services.request_bank_account(
            partner_id=partner.pk, requested_by=acting_staff(request), requested_at=now(), **filled
        ),
        done="The account waits for a second person.",
        check=for_ever,
    )


@office_view(VIEW, "partners.change_bankaccount", methods=BOTH)
def verify_bank_account(request: HttpRequest, partner_id: UUID, entry_id: UUID) -> HttpResponse:
    """Note how it was found out that the account is the partner's."""
    partner = seen_partner(request, partner_id)
    found: BankAccount = _entry(BankAccount, partner, entry_id)
    return entering(
        request,
        partner,
        forms.VerificationForm(request.POST or None),
        title="Verify the bank account",
        asks=f"The account {found} is held by “{found.holder}”; the partner's legal name is "
        f"“{partner.legal_name or 'not entered'}”.",
        button="Verify",
        save=lambda filled: services.verify_bank_account(
            account_id=found.pk, verified_by=acting_staff(request).pk, verified_at=now(), **filled
        ),
        done="The account is verified.",
        check=for_ever,
    )


@office_view(VIEW, "partners.add_kybreview", methods=BOTH)
def review(request: HttpRequest, partner_id: UUID) -> HttpResponse:
    """Write down a review of all that is known of a partner."""
    partner = seen_partner(request, partner_id)
    return entering(
        request,
        partner,
        forms.ReviewForm(request.POST or None),
        title="Review of the business",
        asks=f"Go through all that is known of the partner. Its risk profile is "
        f"{partner.get_risk_profile_display().lower()}; the next review is due by it.",
        button="Enter review",
        save=lambda filled: services.enter_review(
            partner_id=partner.pk, reviewed_by=acting_staff(request).pk, reviewed_at=now(), **filled
        ),
        done="The review is entered.",
    )


@office_view(VIEW, "partners.add_processorcontract", methods=BOTH)
def processor_contract(request: HttpRequest, partner_id: UUID) -> HttpResponse:
    """Enter a version of the contract about players' data."""
    partner = seen_partner(request, partner_id)
    before = queries.find_contract(partner.pk)
    return entering(
        request,
        partner,
        forms.ContractForm(request.POST or None, initial={} if before is None else forms.kept_terms(before)),
        title="Contract on players' data",
        asks="What the contract by which we process players' data for the partner says (GDPR article 28). "
        "A new version ends the one before.",
        button="Enter contract",
        save=lambda filled: services.enter_contract(
            partner_id=partner.pk,
            terms=services.ContractTerms(**forms.terms_of(filled)),
            entered_by=acting_staff(request).pk,
            entered_at=now(),
        ),
        done="The contract is entered.",
    )


def _entry(model: Any, partner: Partner, entry_id: UUID) -> Any:
    found = model._default_manager.filter(partner=partner, pk=entry_id).first()
    if found is None:
        raise Http404("There is no such entry.")
    return found
