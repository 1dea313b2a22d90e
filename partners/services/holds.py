"""Who stopped a partner, a tenant of it or a player decides who lets it go on.

Each role stops for itself, and what it stopped stands beside what the others did. What compliance stopped,
compliance lifts; what risk stopped, another person of risk; what anybody else did, whoever may stop. The jobs
act for nobody, and are held by nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol, Self

from core.acting import STAFF
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


class Held(Protocol):
    """A row that is suspended while one entry of `held_by` is left."""

    held_by: list[str]


@dataclass(frozen=True, slots=True)
class Hold:
    """A suspension: in which role, and by whom; both are empty where the platform itself made it."""

    role: str
    held_by: str

    @classmethod
    def of_who_acts(cls) -> Self:
        """Return the suspension that whoever acts now would make."""
        held_by, role = acting_as_role()
        return cls(role, held_by)

    @classmethod
    def read(cls, text: str) -> Self:
        """Return a suspension as a row has it: `role:username`."""
        role, _, held_by = text.partition(":")
        return cls(role, held_by)

    def __str__(self) -> str:
        return f"{self.role}:{self.held_by}"

    @property
    def side(self) -> str:
        """Which of those who suspend each for themselves made it: compliance, risk, the platform, or all
        other staff.
        """
        if self.role in HOLDING:
            return self.role
        return "staff" if self.held_by else "platform"

    def sentence(self, what: str) -> str:
        """Who has suspended a partner, a tenant or a player (`what`) and, where that is not just anybody, who
        lets it go on.
        """
        if self.role in HOLDING:
            return lifted_by(role=self.role, stopped_by=self.held_by, what=what)
        return f"{self.held_by or 'The platform itself'} has stopped this {what}."


PLATFORM: Final = Hold("", "")
"""What a move of onboarding, a watch of compliance or a job shut."""


def holds_of(row: Held) -> list[Hold]:
    """Return the suspensions of a row, the oldest first."""
    return [Hold.read(each) for each in row.held_by]


def find_own(row: Held) -> Hold | None:
    """Return the suspension of a row by the side of whoever acts now."""
    holds = holds_of(row)
    if not holds:
        return None
    side = Hold.of_who_acts().side
    return next((hold for hold in holds if hold.side == side), None)


def split_holds(row: Held) -> tuple[list[Hold], list[Hold]]:
    """Return the suspensions of a row that whoever acts now may lift, and those that they may not."""
    found = [(hold, may_lift(role=hold.role, stopped_by=hold.held_by)) for hold in holds_of(row)]
    return [hold for hold, mine in found if mine], [hold for hold, mine in found if not mine]


def in_words(holds: Iterable[Hold], *, what: str) -> str:
    """Return who has suspended a partner, a tenant or a player (`what`) and who lifts it, a sentence each."""
    return " ".join(hold.sentence(what) for hold in holds)


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


def may_lift(*, role: str, stopped_by: str) -> bool:
    """Whether who acts now may let a partner go on that was stopped in this role by this person."""
    if role not in HOLDING:
        return True
    user = _acting_staff()
    if user is None:
        return True
    return role in roles_of(user) and not (role == RISK and user.username == stopped_by)


def check_lift(*, role: str, stopped_by: str) -> None:
    """Raise PartnerHeld unless who acts now may let a partner go on that was paused."""
    if not may_lift(role=role, stopped_by=stopped_by):
        raise PartnerHeld(lifted_by(role=role, stopped_by=stopped_by, what="partner"), details={"role": role})


def lifted_by(*, role: str, stopped_by: str, what: str) -> str:
    """Return in words who stopped a partner, a tenant or a player (`what`), and who lets it go on."""
    who = "another person of risk" if role == RISK else f"who has the role {role}"
    return f"{stopped_by} ({role}) has stopped this {what}: {who} lets it go on."


def _acting_staff() -> StaffUser | None:
    """Return the member of staff who acts now, looked up once for each actor, with their roles."""
    actor = current_actor()
    if STAFF not in actor.looked_up:
        actor.looked_up[STAFF] = StaffUser.objects.filter(username=actor.name).first()
    found: StaffUser | None = actor.looked_up[STAFF]
    return found
