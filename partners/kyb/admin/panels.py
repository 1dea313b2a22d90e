"""The partner's page, Compliance: directors, screenings, bank account, review, contract on players' data.

What a screening or a review found is shown to those alone who may view screenings: it tells nobody else of a
match.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from approvals.inbox import may_look
from approvals.kinds import proposed
from approvals.models import ApprovalRequest
from approvals.queries import list_waiting
from core.admin.cells import Facts, Panel, joined, label, link, links_in_line, moment, moment_text, row_link
from core.clock import now
from core.pii import masked
from partners.kyb import queries, rules
from partners.kyb.models import BankAccount, KybReview, ProcessorContract, SanctionsList, Screening
from partners.kyb.services.accounts import BANK_ACCOUNT, masked_iban
from partners.models import Partner
from partners.onboarding.models import BeneficialOwner, Director

ROWS_MAX: Final = 50
SANCTIONS: Final = "Sanctions lists"
_WORDS: Final = {
    rules.CLEAR: ("active", "Clear"),
    rules.MISSING: ("missing", "Due"),
    rules.STALE: ("expired", "Out of date"),
    rules.POSSIBLE: ("pending", "Possible match"),
    rules.CONFIRMED: ("rejected", "Confirmed match"),
}


def business_sections(request: HttpRequest, partner: Partner) -> list[Panel | Facts]:
    """Return what stands about a partner's business on its Compliance tab, as this person may see it."""
    at = now()
    may = request.user.has_perm
    subjects = queries.list_subjects(partner, at=at)
    screened = (
        [_due(request, partner, subjects), _screenings(partner)]
        if may("partners.view_screening")
        else [_told(subjects)]
    )
    return [
        _directors(request, partner),
        *screened,
        _account(request, partner, at),
        _review(request, partner, at),
        _contract(request, partner),
    ]


def _directors(request: HttpRequest, partner: Partner) -> Panel:
    may_change = request.user.has_perm("partners.change_director")
    may_reveal = request.user.has_perm("partners.reveal_director")
    return Panel(
        "Directors",
        ("Name", "Country", "Until", ""),
        [
            (
                masked(Director, "name", one.name),
                one.country,
                one.director_until or "-",
                links_in_line(
                    [
                        *(
                            [link(reverse("office-reveal-director", args=(one.pk,)), "Show")]
                            if may_reveal
                            else []
                        ),
                        *(
                            [link(reverse("office-director", args=(partner.pk, one.pk)), "Edit")]
                            if may_change
                            else []
                        ),
                    ]
                ),
            )
            for one in Director.objects.filter(partner=partner).order_by("name")[:ROWS_MAX]
        ],
        empty="Nobody is listed yet.",
        add_url=_page(request, "partners.add_director", "office-director-add", partner.pk),
        add_text="Add director",
    )


def _told(subjects: list[queries.Subject]) -> Panel:
    """Say whether screening is done, and nothing of what it found."""
    is_done = all(each.state == rules.CLEAR for each in subjects)
    return Panel(
        SANCTIONS,
        (),
        empty="Everybody is screened." if is_done else "Compliance screens the company and its people.",
    )


def _due(request: HttpRequest, partner: Partner, subjects: list[queries.Subject]) -> Panel:
    days = rules.PERIODS_DAYS[rules.SCREENING][partner.risk_profile]
    return Panel(
        SANCTIONS,
        ("Subject", "Name", "State", "Holds until", ""),
        [
            (
                one.kind.capitalize(),
                _name(one) or "-",
                label(*_WORDS[one.state]),
                moment(one.holds_until) if one.state in (rules.CLEAR, rules.STALE) else "-",
                _screen_link(request, partner, one),
            )
            for one in subjects
        ],
        note=f"A screening holds {days} days at this partner's risk profile, and for the name it looked for. "
        "A possible match is decided by another person than the one who screened.",
    )


def _name(subject: queries.Subject) -> str:
    model = {"owner": BeneficialOwner, "director": Director}.get(subject.kind)
    return subject.name if model is None else str(masked(model, "name", subject.name))


def _screen_link(request: HttpRequest, partner: Partner, subject: queries.Subject) -> Any:
    if subject.is_open:
        url = _page(
            request, "partners.change_screening", "office-screening-decide", partner.pk, subject.screening_id
        )
        return link(url, "Decide") if url else ""
    key = subject.owner_id or subject.director_id
    args = (partner.pk,) if key is None else (partner.pk, key)
    url = _page(request, "partners.add_screening", f"office-screen-{subject.kind}", *args)
    return link(url, "Screen") if url else ""


def _screenings(partner: Partner) -> Panel:
    found = Screening.objects.filter(partner=partner).select_related("screened_by", "decided_by")
    return Panel(
        "Screenings",
        ("Name", "Lists", "Lists of", "Result", "By", "Found", "Second look"),
        [
            (
                _screened_name(one),
                joined(SanctionsList(each).name for each in one.lists),
                one.lists_on,
                label(*_WORDS[one.result]),
                f"{one.screened_by}, {moment_text(one.screened_at)}",
                _broken(one.found or "-"),
                _broken(f"{one.get_decision_display()} by {one.decided_by}: {one.decision_reason}")
                if one.decision
                else "-",
            )
            for one in found[:ROWS_MAX]
        ],
        empty="Nobody was screened yet: begin with Screen above.",
    )


def _screened_name(screening: Screening) -> str:
    person = screening.owner_id or screening.director_id
    return str(masked(Screening, "name", screening.name)) if person else screening.name


def _account(request: HttpRequest, partner: Partner, at: datetime) -> Panel:
    account = queries.find_account(partner.pk)
    verified = queries.is_verified(account, partner)
    rows = [] if account is None else [_account_row(request, partner, account, is_verified=verified)]
    waiting = list_waiting(BANK_ACCOUNT, partner.pk, at=at)
    rows.extend(_waiting_row(request, each) for each in waiting)
    add_url = _page(request, "partners.add_bankaccount", "office-bank-account", partner.pk)
    return Panel(
        "Bank account",
        ("Account", "Holder", "State", "Entered by", "Verified", ""),
        rows,
        note="Another account is approved by a second person, and verified by who did not ask for it.",
        empty="No account is entered yet.",
        add_url="" if waiting else add_url,
        add_text="Change account" if account else "Enter account",
    )


def _waiting_row(request: HttpRequest, asked: ApprovalRequest) -> tuple[Any, ...]:
    wanted = proposed(asked)
    return (
        f"IBAN {masked_iban(wanted['iban'])}, BIC {wanted['bic']}",
        wanted["holder"],
        label("pending", "Waits for a second person"),
        str(asked.requested_by),
        "-",
        row_link(ApprovalRequest, asked.pk, "Open the request") if may_look(request) else "",
    )


def _account_row(
    request: HttpRequest, partner: Partner, account: BankAccount, *, is_verified: bool
) -> tuple[Any, ...]:
    url = _page(request, "partners.change_bankaccount", "office-bank-account-verify", partner.pk, account.pk)
    how = f"{account.get_verification_display()}, {account.verified_by}" if account.verified_at else "-"
    return (
        f"IBAN {account}, BIC {account.bic}",
        account.holder,
        label("verified") if is_verified else label("pending", "Not verified"),
        f"{account.entered_by or '-'}, {account.approved_by or '-'}",
        how,
        link(url, "Verify") if url and not is_verified else account.holder_difference,
    )


def _review(request: HttpRequest, partner: Partner, at: datetime) -> Panel:
    reviews = list(KybReview.objects.filter(partner=partner).select_related("reviewed_by")[:ROWS_MAX])
    due = queries.review_due_on(partner, reviews[0] if reviews else None)
    days = rules.PERIODS_DAYS[rules.REVIEW][partner.risk_profile]
    state = "Overdue since" if due is not None and due <= at.date() else "Due on"
    may_read = request.user.has_perm("partners.view_screening")
    return Panel(
        "Reviews of the business",
        ("Reviewed", "By", "Risk profile", *(("Findings",) if may_read else ())),
        [
            (
                moment(one.reviewed_at),
                str(one.reviewed_by),
                one.risk_profile,
                *((_broken(one.findings),) if may_read else ()),
            )
            for one in reviews
        ],
        note=f"Every {days} days at this partner's risk profile." + (f" {state} {due}." if due else ""),
        empty="No review yet.",
        add_url=_page(request, "partners.add_kybreview", "office-kyb-review-add", partner.pk),
        add_text="Enter review",
    )


def _contract(request: HttpRequest, partner: Partner) -> Panel | Facts:
    contract = queries.find_contract(partner.pk)
    add_url = _page(request, "partners.add_processorcontract", "office-processor-contract-add", partner.pk)
    title = "Contract on players' data"
    if contract is None:
        return Panel(
            title,
            (),
            empty="No contract is entered: production waits for it (GDPR article 28).",
            add_url=add_url,
            add_text="Enter contract",
        )
    return Facts(
        title,
        [
            ("Version", contract.version),
            ("Agreed on", contract.agreed_on),
            ("Subject matter", contract.subject_matter),
            ("Duration", contract.duration),
            ("Categories of data", contract.data_categories),
            ("Categories of people", contract.data_subjects),
            ("Sub-processors", _sub_processors(contract)),
            ("Data are in", joined(contract.places)),
            ("Ground of transfer", contract.get_transfer_ground_display() or "none needed: all in the EEA"),
            ("Tells of a breach within", f"{contract.breach_notice_hours} hours"),
            ("At the end", contract.get_at_end_display()),
            ("Signed by", _signatures(contract)),
            ("Entered", f"{contract.entered_by}, {moment_text(contract.entered_at)}"),
        ],
        add_url=add_url,
        add_text="Enter new version",
    )


def _signatures(contract: ProcessorContract) -> str:
    names = ("signed_by_partner", "signed_by_platform")
    return " and ".join(str(masked(ProcessorContract, each, getattr(contract, each))) for each in names)


def _sub_processors(contract: ProcessorContract) -> str:
    words = contract.get_sub_processing_display()
    return f"{words}: {contract.sub_processors}" if contract.sub_processors else words


def _broken(words: str) -> str:
    """Return somebody's words so that a long one never widens the table."""
    return format_html('<span class="office-broken">{}</span>', words)


def _page(request: HttpRequest, permission: str, name: str, *args: UUID | None) -> str:
    """Return the address of a page that this person may open, else nothing."""
    return reverse(name, args=args) if request.user.has_perm(permission) else ""
