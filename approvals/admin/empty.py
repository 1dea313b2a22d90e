"""What an empty box of the inbox says: it depends on the box, and on what its reader decides and asks for."""

from datetime import datetime

from approvals.admin.boxes import ALL, ASKED, MINE
from approvals.deciding import decidable_kinds
from approvals.kinds import kind_of, kinds
from core.admin.empty import Nothing
from core.models import StaffUser

OTHERS = {
    MINE: ("?box=all", "All requests"),
    ASKED: ("?box=all", "All requests"),
    ALL: ("?box=mine", "What waits for you"),
}


def empty_box(box: str, user: StaffUser, *, is_narrowed: bool, at: datetime) -> Nothing:
    """Return why a box is empty, and where else to look."""
    if is_narrowed:
        return Nothing(
            "No request found",
            "Nothing in this box matches what is searched or filtered.",
            f"?box={box}",
            "Show the whole box",
            is_narrowed=True,
        )
    titles = {MINE: _mine, ASKED: _asked, ALL: _all}
    title, advice = titles[box](user, at)
    return Nothing(title, advice, *OTHERS[box])


def _mine(user: StaffUser, at: datetime) -> tuple[str, str]:
    decided = decidable_kinds(user, at=at)
    if not decided:
        return (
            "You decide no requests",
            "Your roles ask, and others decide. What you asked for is under Requested by me.",
        )
    return (
        "Nothing waits for you",
        f"What colleagues ask for stands here, and you are told by e-mail. You decide: {_titles(decided)}.",
    )


def _asked(user: StaffUser, at: datetime) -> tuple[str, str]:
    asking = [kind.name for kind in kinds() if user.has_perm(kind.permission_to_request)]
    if not asking:
        return "You asked for nothing", "Your roles ask for nothing that a second person has to approve."
    return (
        "You asked for nothing yet",
        f"You ask where you make the change, and see here what became of it: {_titles(asking)}.",
    )


def _all(user: StaffUser, at: datetime) -> tuple[str, str]:
    if user.has_perm("approvals.view_approvalrequest"):
        return "No requests yet", "Every change that needs a second person will stand here."
    return (
        "No requests yet",
        "You see what you asked for yourself, and what your roles decide. None was asked for.",
    )


def _titles(names: list[str]) -> str:
    return ", ".join(sorted(kind_of(name).title.lower() for name in names))
