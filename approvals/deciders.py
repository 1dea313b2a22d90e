"""All who may decide a request, for letters: looked up once for each kind, however many requests."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from approvals.deciding import as_person
from approvals.kinds import Kind, kind_of, partners_seen_by
from approvals.models import ApprovalRequest
from approvals.rules import Person, find_authority
from core.errors import Refusal
from core.models import StaffUser
from staff.queries import BACKEND, find_deputies, list_principals


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A member of staff with all that says what they decide and see."""

    user: StaffUser
    person: Person
    principals: tuple[Person, ...]
    sees: frozenset[UUID] | None

    def decides(self, request: ApprovalRequest) -> bool:
        if self.sees is not None and request.partner_id not in self.sees:
            return False
        try:
            find_authority(self.person, self.principals, requester_id=request.requested_by_id)
        except Refusal:
            return False
        return True


class Deciders:
    """Who may decide requests at one moment."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._candidates: dict[str, list[_Candidate]] = {}

    def of(self, request: ApprovalRequest) -> list[StaffUser]:
        """Return the active staff who may decide a request, deputies included, superusers by role alone."""
        known = self._candidates.get(request.kind)
        if known is None:
            known = self._candidates[request.kind] = list(self._look_up(kind_of(request.kind)))
        return [candidate.user for candidate in known if candidate.decides(request)]

    def _look_up(self, kind: Kind) -> Iterator[_Candidate]:
        for user in self._staff(kind):
            principals = list_principals(user, at=self._at)
            yield _Candidate(
                user,
                as_person(user, kind),
                tuple(as_person(each, kind, deputy=user) for each in principals),
                partners_seen_by(user),
            )

    def _staff(self, kind: Kind) -> Iterator[StaffUser]:
        seen: set[int] = set()
        holding = StaffUser.objects.with_perm(
            kind.permission_to_decide, include_superusers=False, backend=BACKEND
        )
        for user in holding.filter(is_staff=True).order_by("pk"):
            for each in (user, *(found.deputy for found in find_deputies(user, at=self._at))):
                if each.pk not in seen:
                    seen.add(each.pk)
                    yield each
