"""What a second person approves here: higher limits."""

from approvals.kinds import Kind, register
from approvals.models import ApprovalRequest
from core.admin.cells import list_url
from risk.models import Limit
from risk.services.limits import LIMIT_RAISE, check_raise, lock_limits_of, raise_limit, title_of_raise


def _limits_url(request: ApprovalRequest) -> str:
    asked = request.payload["proposed"]
    return f"{list_url(Limit)}?kind__exact={asked['kind']}&vip__exact={int(asked['vip'])}"


register(
    Kind(
        name=LIMIT_RAISE,
        title="Limit raise",
        title_of=title_of_raise,
        lock=lock_limits_of,
        permission_to_request="risk.propose_limit",
        check=check_raise,
        execute=raise_limit,
        subject_url=_limits_url,
        editable={"amount": "Amount (USD)"},
        hidden=frozenset({"partner", "tenant"}),
        amounts=frozenset({"amount"}),
    )
)
