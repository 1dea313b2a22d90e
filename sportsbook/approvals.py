"""What a second person approves here: other results of settled fixtures."""

from approvals.kinds import Kind, register
from approvals.models import ApprovalRequest
from core.admin.cells import change_url
from sportsbook.models import Fixture
from sportsbook.services.resettling import (
    RESETTLEMENT,
    check_resettlement,
    known_of_resettlement,
    lock_result,
    resettle,
    title_of_resettlement,
)


def _fixture_url(request: ApprovalRequest) -> str:
    return change_url(Fixture, request.subject_id)


register(
    Kind(
        name=RESETTLEMENT,
        title="Resettlement",
        title_of=title_of_resettlement,
        lock=lock_result,
        permission_to_request="sportsbook.add_result",
        check=check_resettlement,
        execute=resettle,
        subject_url=_fixture_url,
        hidden=frozenset({"resultNumber"}),
        known=known_of_resettlement,
    )
)
