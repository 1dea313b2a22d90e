"""The partner's page, Compliance: bank account, contract on players' data, reviews of the business.

What a review found is shown to those alone who may view screenings: it tells nobody else of a match.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest

from approvals.inbox import may_look
from approvals.kinds import proposed
from approvals.models import ApprovalRequest
from approvals.queries import list_waiting
from core.admin.cells import Facts, Panel, joined, label, link, moment, moment_text, row_link
from core.pii import masked
from partners.kyb import queries, rules
from partners.kyb.admin.parts import broken, form_url, page_url, sentences, stops_in_words
from partners.kyb.models import BankAccount, KybReview, ProcessorContract
from partners.kyb.services.accounts import BANK_ACCOUNT, masked_iban
from partners.models import Partner


def account_panel(
    request: HttpRequest, partner: Partner, account: BankAccount | None, *, at: datetime
) -> Panel:
    """Return the partner's bank account, and the one that waits for a second person."""
    verified = queries.is_verified(account, partner)
    rows = [] if account is None else [_account_row(request, partner, account, is_verified=verified)]
    waiting = list_waiting(BANK_ACCOUNT, partner.pk, at=at)
    rows.extend(_waiting_row(request, each) for each in waiting)
    add_url = page_url(request, "partners.add_bankaccount", "office-bank-account", partner.pk)
    return Panel(
        "Bank account",
        ("Account", "Holder", "State", "Entered by", "Verified", ""),
        rows,
        note="Another account is approved by a second person, and verified by who did not ask for it.",
        empty="No account is entered yet.",
        add_url="" if waiting else add_url,
        add_text="Change account" if account else "Enter account",
        lacking="" if verified else "not verified" if account else "to approve" if waiting else "missing",
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
    url = page_url(
        request, "partners.change_bankaccount", "office-bank-account-verify", partner.pk, account.pk
    )
    how = f"{account.get_verification_display()}, {account.verified_by}" if account.verified_at else "-"
    return (
        f"IBAN {account}, BIC {account.bic}",
        account.holder,
        label("verified") if is_verified else label("pending", "Not verified"),
        f"{account.entered_by or '-'}, {account.approved_by or '-'}",
        how,
        link(url, "Verify") if url and not is_verified else account.holder_difference,
    )


def reviews_panel(
    request: HttpRequest,
    partner: Partner,
    reviews: Sequence[KybReview],
    *,
    at: datetime,
    stops_on: date | None,
) -> Panel:
    """Return the reviews of the partner's business, and when the next is due."""
    due = queries.review_due_on(partner, reviews[0] if reviews else None)
    days = rules.PERIODS_DAYS[rules.REVIEW][partner.risk_profile]
    is_overdue = due is not None and due <= at.date()
    state = "Overdue since" if is_overdue else "Due on"
    may_read = request.user.has_perm("partners.view_screening")
    return Panel(
        "Reviews of the business",
        ("Reviewed", "By", "Risk profile", *(("Findings",) if may_read else ())),
        [
            (
                moment(one.reviewed_at),
                str(one.reviewed_by),
                one.risk_profile,
                *((broken(one.findings),) if may_read else ()),
            )
            for one in reviews
        ],
        note=sentences(
            f"Every {days} days at this partner's risk profile.",
            f"{state} {due}." if due else "",
            stops_in_words(stops_on),
        ),
        empty="No review yet.",
        add_url=form_url(request, partner, "partners.add_kybreview", "office-kyb-review-add"),
        add_text="Enter review",
        lacking="overdue" if is_overdue else "" if reviews else "missing",
    )


def contract_section(
    request: HttpRequest, partner: Partner, contract: ProcessorContract | None
) -> Panel | Facts:
    """Return the terms on which players' data are processed for the partner."""
    add_url = form_url(request, partner, "partners.add_processorcontract", "office-processor-contract-add")
    title = "Contract on players' data"
    if contract is None:
        return Panel(
            title,
            (),
            empty="No contract is entered: production waits for it (GDPR article 28).",
            add_url=add_url,
            add_text="Enter contract",
            lacking="missing",
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
