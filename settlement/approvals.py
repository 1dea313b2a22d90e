"""What a second person approves here: commission plans."""

from uuid import UUID

from approvals.kinds import Carrying, Kind, register
from approvals.models import ApprovalRequest
from core.admin.cells import list_url
from core.ids import typeid
from settlement.models import Plan
from settlement.services.plans import RATE_CHANGE, agree_approved_plan, check_plan


def _plans_url(request: ApprovalRequest) -> str:
    return f"{list_url(Plan)}?q={typeid('tnt', UUID(request.subject_id))}"


register(
    Kind(
        name=RATE_CHANGE,
        title="Commission rate",
        permission_to_request="settlement.add_plan",
        check=check_plan,
        execute=agree_approved_plan,
        carrying=Carrying.AFTER_APPROVAL,
        subject_url=_plans_url,
        editable={"rate": "Rate", "validFrom": "Valid from"},
    )
)
