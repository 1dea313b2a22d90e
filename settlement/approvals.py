"""What a second person approves here: plans, statements, their adjustments, payout addresses."""

from uuid import UUID

from approvals.kinds import Carrying, Kind, register
from approvals.models import ApprovalRequest
from core.admin.cells import change_url, list_url
from core.ids import typeid
from settlement.models import Plan, Statement
from settlement.payouts.comparing import compared_addresses, known_of_address
from settlement.payouts.models import PayoutAddress
from settlement.payouts.services import (
    PAYOUT_ADDRESS,
    check_payout_address,
    enter_payout_address,
    lock_address,
    title_of_address,
)
from settlement.services.adjusting import ADJUSTMENT, check_adjustment, make_adjustment, title_of_adjustment
from settlement.services.plans import (
    RATE_CHANGE,
    agree_approved_plan,
    check_plan,
    lock_plan,
    title_of_plan,
)
from settlement.services.reviewing import (
    STATEMENT,
    approve_statement,
    check_statement,
    release_statement,
    title_of_statement,
)


def _plans_url(request: ApprovalRequest) -> str:
    return f"{list_url(Plan)}?q={typeid('tnt', UUID(request.subject_id))}"


def _statement_url(request: ApprovalRequest) -> str:
    return change_url(Statement, request.subject_id)


def _address_url(request: ApprovalRequest) -> str:
    partner, _, _ = request.subject_id.partition("/")
    return f"{list_url(PayoutAddress)}?q={typeid('ptr', UUID(partner))}"


register(
    Kind(
        name=RATE_CHANGE,
        title="Commission rate",
        title_of=title_of_plan,
        lock=lock_plan,
        permission_to_request="settlement.add_plan",
        check=check_plan,
        execute=agree_approved_plan,
        carrying=Carrying.AFTER_APPROVAL,
        subject_url=_plans_url,
        editable={"rate": "Rate", "validFrom": "Valid from"},
        closes_books=True,
    )
)
register(
    Kind(
        name=STATEMENT,
        title="Statement",
        title_of=title_of_statement,
        permission_to_request="settlement.change_statement",
        check=check_statement,
        execute=approve_statement,
        release=release_statement,
        subject_url=_statement_url,
        hidden=frozenset({"statement"}),
        amounts=frozenset({"revenue", "adjustments", "total"}),
        moments=frozenset({"draftedAt"}),
        closes_books=True,
    )
)
register(
    Kind(
        name=ADJUSTMENT,
        title="Adjustment",
        title_of=title_of_adjustment,
        permission_to_request="settlement.change_statement",
        check=check_adjustment,
        execute=make_adjustment,
        subject_url=_statement_url,
        amounts=frozenset({"total", "amount"}),
        closes_books=True,
    )
)
register(
    Kind(
        name=PAYOUT_ADDRESS,
        title="Payout address",
        title_of=title_of_address,
        lock=lock_address,
        permission_to_request="settlement.add_payoutaddress",
        check=check_payout_address,
        execute=enter_payout_address,
        subject_url=_address_url,
        known=known_of_address,
        compared=compared_addresses,
        closes_books=True,
    )
)
