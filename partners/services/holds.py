"""Who stopped a partner decides who lets it go on.

What compliance or risk stopped, its account manager does not let go on: whoever has that role does, for risk
another person than who stopped. What anybody else stopped, whoever may stop partners lets go on. The jobs act
for nobody, and are held by nothing.
"""

from typing import Final

from core.audit import current_actor
from core.errors import Forbidden
from core.models import StaffUser
from staff.queries import roles_of

COMPLIANCE, RISK = "compliance", "risk"
_ROLES: Final = (COMPLIANCE, "account_manager", RISK)
"""In which role somebody stops a partner: the first of these that they have."""
HOLDING: Final = frozenset({COMPLIANCE, RISK})
"""Roles whose stop nobody else lifts."""


class PartnerHeld(Forbidden):
    """Another role stopped the partner, and lets it go on; `details.role` names it."""

    code = "PARTNER_HELD"
    message = "Another role has stopped this partner, and lets it go on."


def acting_as_role() -> tuple[str, str]:
    """Return (username, role) of the member of staff who acts now; both empty where nobody of staff does."""
    user = _acting_staff()
    if user is None:
        return "", ""
    return user.username, next((role for role in _ROLES if role in roles_of(user)), "")


def takes_over(role: str) -> bool:
    """Whether who acts now may make a stop in this role one of their own: compliance, of any but its own."""
    return role not in HOLDING and acting_as_role()[1] in HOLDING


def may_lift(*, role: str, stopped_by: str) -> bool:
    """Whether who acts now may let a partner go on that was stopped in this role by this person."""
    if role not in HOLDING:
        return True
    user = _acting_staff()
    if user is None:
        return True
    return role in roles_of(user) and not (role == RISK and user.username == stopped_by)


def check_lift(*, role: str, stopped_by: str) -> None:
    """Raise PartnerHeld unless who acts now may let the partner go on."""
    if not may_lift(role=role, stopped_by=stopped_by):
        raise PartnerHeld(lifted_by(role=role, stopped_by=stopped_by), details={"role": role})


def lifted_by(*, role: str, stopped_by: str, whom: str = "partner") -> str:
    """Return in words who stopped a partner (or a player: `whom`), and who lets it go on."""
    who = "another person of risk" if role == RISK else f"who has the role {role}"
    return f"{stopped_by} ({role}) has stopped this {whom}: {who} lets it go on."


def _acting_staff() -> StaffUser | None:
    return StaffUser.objects.filter(username=current_actor().name).first()
