"""What the demo knows of a company's business: account, screenings, review, contract."""

from datetime import datetime

from approvals.services import approve_request
from core.audit import acting
from core.models import StaffUser
from partners.kyb import queries, services
from partners.kyb.models import SanctionsList, ScreeningResult, Verification
from partners.models import Partner

IBAN = "MT84MALT011000012345MTLCAST001S"
BIC = "MALTMTMT"


def know_business(partner: Partner, manager: StaffUser, officers: list[StaffUser], at: datetime) -> None:
    """Enter all that production asks for: the manager asks for the account, compliance approves, verifies and
    screens.
    """
    first, second = officers
    with acting(manager.get_username()):
        asked = services.request_bank_account(
            partner_id=partner.pk,
            holder=partner.legal_name,
            iban=IBAN,
            bic=BIC,
            reason="From the letter of the bank.",
            requested_by=manager,
            requested_at=at,
        )
    with acting(second.get_username()):
        approve_request(request_id=asked.pk, digest=asked.payload_digest, decided_by=second, decided_at=at)
    with acting(first.get_username()):
        _prove(partner, first, at)
        services.enter_contract(
            partner_id=partner.pk,
            terms=services.ContractTerms(
                version="2026-1",
                agreed_on=at.date(),
                subject_matter="Taking and settling bets of the partner's players.",
                duration="As long as the main contract runs.",
                data_categories="The partner's ids of players, bets, stakes, limits and exclusions.",
                data_subjects="Players of the partner.",
                places=("MT", "DE"),
                breach_notice_hours=24,
                at_end="return",
                signed_by_partner="Managing director",
                signed_by_platform="Head of compliance",
            ),
            entered_by=first.pk,
            entered_at=at,
        )


def _prove(partner: Partner, officer: StaffUser, at: datetime) -> None:
    account = queries.find_account(partner.pk)
    assert account is not None
    services.verify_bank_account(
        account_id=account.pk,
        verification=Verification.BANK_LETTER,
        verified_by=officer.pk,
        verified_at=at,
    )
    for subject in queries.list_subjects(partner, at=at):
        services.enter_screening(
            partner_id=partner.pk,
            owner_id=subject.owner_id,
            director_id=subject.director_id,
            lists=SanctionsList.values,
            lists_on=at.date(),
            result=ScreeningResult.CLEAR,
            screened_by=officer.pk,
            screened_at=at,
        )
    services.enter_review(
        partner_id=partner.pk,
        findings="Company, owner, director and licence are as the documents say; nothing found.",
        reviewed_by=officer.pk,
        reviewed_at=at,
    )
