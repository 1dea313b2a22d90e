"""The kinds of request, registered by the apps whose changes need a second person.

An app has a module `approvals` that calls `register(Kind(...))` while Django starts. This app knows none of
them: it stands below all that register.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final
from uuid import UUID

from approvals.models import ApprovalRequest
from core.errors import Refusal
from core.models import StaffUser

Check = Callable[[ApprovalRequest], Refusal | None]
Execute = Callable[[ApprovalRequest, datetime], None]
Known = Callable[[ApprovalRequest], list[tuple[str, str, str]]]
Compared = Callable[[Sequence[ApprovalRequest]], Mapping[UUID, str]]
Title = Callable[[ApprovalRequest], str]
Lock = Callable[[ApprovalRequest], object]
Scope = Callable[[StaffUser], frozenset[UUID] | None]


class Carrying(Enum):
    """How an approved change is made."""

    WITH_APPROVAL = "in the transaction of the approval"
    AFTER_APPROVAL = "in a transaction of its own, which calls `carried_out`"
    BY_REQUESTER = "by who asked, whose own command calls `use_permit`"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of request.

    `title_of` makes a request's title from what it proposes, when it is asked for and at each edit. `check`
    says what stands against the change as things are now: the request is void then. `lock` locks what the
    request is about until the end of the transaction, before the request itself: whoever changes it, and then
    closes the requests about it, does so in this order too, so what was checked stays so until it is carried
    out. `execute` makes the change; under `AFTER_APPROVAL` it calls `approvals.services.carried_out` inside
    its transaction, so that nothing is made twice. `subject_url` leads to what the request is about.
    `editable` names the proposed values that who asked may edit, with their labels; `hidden` those that only
    the program reads; `amounts` those that are shown as figures, `moments` those that are shown as moments.
    `known` returns what whoever decides holds the proposal against: a word, what is known, and a warning or
    nothing; `compared` what came of it in a few words, for a page of the inbox by one query. `closes_books`:
    it is asked and decided after a partner has ended too. `release` undoes what the asking itself did, when
    the request is closed without having been made.
    """

    name: str
    title: str
    title_of: Title
    permission_to_request: str
    check: Check
    execute: Execute | None
    carrying: Carrying = Carrying.WITH_APPROVAL
    lock: Lock | None = None
    needs_step_up: bool = True
    expires_after: timedelta = timedelta(days=3)
    subject_url: Callable[[ApprovalRequest], str] | None = None
    editable: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    amounts: frozenset[str] = frozenset()
    moments: frozenset[str] = frozenset()
    known: Known | None = None
    compared: Compared | None = None
    release: Execute | None = None
    closes_books: bool = False

    def __post_init__(self) -> None:
        if (self.execute is None) is not (self.carrying is Carrying.BY_REQUESTER):
            raise ValueError("a change is executed, or made by who asked")

    @property
    def permission_to_decide(self) -> str:
        """The permission that whoever decides must have."""
        return f"approvals.decide_{self.name}"


_KINDS: Final[dict[str, Kind]] = {}
_SCOPES: Final[list[Scope]] = []


def register(kind: Kind) -> Kind:
    """Add a kind. Raises ValueError for a name that is taken or that nobody may decide."""
    decisions = {codename for codename, _ in ApprovalRequest._meta.permissions}
    if kind.name in _KINDS or f"decide_{kind.name}" not in decisions:
        raise ValueError(f"there is a kind {kind.name!r} already, or no permission to decide it")
    _KINDS[kind.name] = kind
    return kind


def register_scope(scope: Scope) -> None:
    """Add a rule that says which partners' requests a member of staff sees; None: of all partners."""
    _SCOPES.append(scope)


def kind_of(name: str) -> Kind:
    """Return a registered kind. Raises KeyError."""
    return _KINDS[name]


def kinds() -> Iterator[Kind]:
    """Return every registered kind, by title."""
    yield from sorted(_KINDS.values(), key=lambda kind: kind.title)


def partners_seen_by(user: StaffUser) -> frozenset[UUID] | None:
    """Return the partners whose requests a member of staff sees; None where nothing narrows them."""
    seen: frozenset[UUID] | None = None
    for scope in _SCOPES:
        found = scope(user)
        if found is not None:
            seen = found if seen is None else seen & found
    return seen


def proposed(request: ApprovalRequest) -> dict[str, Any]:
    """Return the values that a request proposes."""
    values: dict[str, Any] = request.payload["proposed"]
    return values


def present(request: ApprovalRequest) -> dict[str, Any] | None:
    """Return the values at the time of the request; None where there were none."""
    values: dict[str, Any] | None = request.payload["present"]
    return values
