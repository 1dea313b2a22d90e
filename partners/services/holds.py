"""Who stopped a partner, or a tenant of it, decides who lets it go on.

What compliance or risk stopped, its account manager does not let go on: whoever has that role does, for risk
another person than who stopped. What anybody else stopped, whoever may stop partners lets go on. The jobs act
for nobody, and are held by nothing.
"""

from typing import Final

from core.audit import current_actor
from core.errors import Forbidden
from core.models import StaffUser
from partners.models import Partner, Status, Tenant
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


def acts_as(role: str) -> bool:
    """Whether who acts now has a role, or acts for nobody of staff."""
    user = _acting_staff()
    return user is None or role in roles_of(user)


def takes_over(role: str) -> bool:
    """Whether who acts now may make a stop in this role one of their own: compliance, of any but its own;
    risk, of one that neither holds.
    """
    acting = acting_as_role()[1]
    return acting == COMPLIANCE != role or (acting == RISK and role not in HOLDING)


def may_lift(*, role: str, stopped_by: str) -> bool:
    """Whether who acts now may let a partner go on that was stopped in this role by this person."""
    if role not in HOLDING:
        return True
    user = _acting_staff()
    if user is None:
        return True
    return role in roles_of(user) and not (role == RISK and user.username == stopped_by)


def hidden_stops(row: Partner | Tenant) -> frozenset[str]:
    """Return which of the commands `suspend` and `resume` who acts now is not offered for a row."""
    if row.status == Status.ACTIVE:
        return frozenset({"resume"})
    hidden = set() if takes_over(row.suspended_role) else {"suspend"}
    if not may_lift(role=row.suspended_role, stopped_by=row.suspended_by):
        hidden.add("resume")
    return frozenset(hidden)


def check_lift(*, role: str, stopped_by: str, what: str = "partner") -> None:
    """Raise PartnerHeld unless who acts now may let the partner, or its tenant, go on."""
    if not may_lift(role=role, stopped_by=stopped_by):
        raise PartnerHeld(lifted_by(role=role, stopped_by=stopped_by, what=what), details={"role": role})


def lifted_by(*, role: str, stopped_by: str, what: str = "partner") -> str:
    """Return in words who stopped a partner, a tenant or a player (`what`), and who lets it go on."""
    who = "another person of risk" if role == RISK else f"who has the role {role}"
    return f"{stopped_by} ({role}) has stopped this {what}: {who} lets it go on."


def stopped_in_words(row: Partner | Tenant) -> str:
    """Return who suspended a partner or a tenant, and who lets it go on; nothing where the platform did."""
    if row.suspended_role in HOLDING:
        return lifted_by(
            role=row.suspended_role, stopped_by=row.suspended_by, what=str(row._meta.verbose_name)
        )
    return f"{row.suspended_by} has stopped this {row._meta.verbose_name}." if row.suspended_by else ""


def stopped_by_whom(row: Partner | Tenant) -> str:
    """Return in words who suspended a partner or a tenant that is suspended, and that nothing is done."""
    what = row._meta.verbose_name
    if not row.suspended_by:
        return f"This {what} is suspended already; nothing was changed."
    role = f" ({row.suspended_role})" if row.suspended_role else ""
    return f"{row.suspended_by}{role} has suspended this {what} already; nothing was changed."


def _acting_staff() -> StaffUser | None:
    return StaffUser.objects.filter(username=current_actor().name).first()
