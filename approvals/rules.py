"""What may become of a request, decided without Django: who may decide it, and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.errors import Conflict, Forbidden, NotFound, Rejected


class RequestNotFound(NotFound):
    """No request has this id."""

    code = "APPROVAL_NOT_FOUND"
    message = "There is no such request."


class OwnRequest(Forbidden):
    """Who asked never decides, under whichever role or name."""

    code = "APPROVAL_OWN_REQUEST"
    message = "You asked for this yourself: another person must decide."


class RequestOfPrincipal(Forbidden):
    """Who stands in for a colleague does not decide what that colleague asked for."""

    code = "APPROVAL_STANDS_IN"
    message = "You stand in for who asked this: another person must decide."


class DecisionNotAllowed(Forbidden):
    """The role does not decide requests of this kind."""

    code = "APPROVAL_NOT_ALLOWED"
    message = "Your role does not decide requests of this kind."


class AskingNotAllowed(Forbidden):
    """The role does not ask for changes of this kind."""

    code = "APPROVAL_ASKING_NOT_ALLOWED"
    message = "Your role does not ask for changes of this kind."


class NotTheRequester(Forbidden):
    """Only who asked edits or withdraws a request, or uses its permit."""

    code = "APPROVAL_NOT_YOURS"
    message = "Only who asked may do this."


class RequestClosed(Conflict):
    """Somebody was faster, or the request was withdrawn."""

    code = "APPROVAL_CLOSED"
    message = "This request is closed already."


class RequestExpired(Conflict):
    """Nobody decided in time."""

    code = "APPROVAL_EXPIRED"
    message = "This request has expired; ask again."


class RequestEdited(Conflict):
    """The content is not the one that was read."""

    code = "APPROVAL_EDITED"
    message = "The request was edited since you opened it; read it again."


class RequestOvertaken(Conflict):
    """What was asked for no longer fits what is there."""

    code = "APPROVAL_OVERTAKEN"
    message = "Things have changed since this was asked; the request is void."


class RequestOpen(Conflict):
    """There is one open request about a subject at a time."""

    code = "APPROVAL_OPEN"
    message = "A request about this waits already."


class NothingProposed(Rejected):
    """What is proposed is what there is."""

    code = "APPROVAL_CHANGES_NOTHING"
    message = "What is proposed is what there is already."


class PermitMissing(Forbidden):
    """This needs the approval of a second person first."""

    code = "APPROVAL_NEEDED"
    message = "This needs the approval of a second person first."


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff, as far as deciding goes: what their own role lets them do."""

    id: int
    may_decide: bool
    is_active: bool = True


def find_authority(decider: Person, principals: Iterable[Person], *, requester_id: int) -> int | None:
    """Return the id of the colleague for whom a person decides; None where they decide in their own right.

    `principals` are those for whom the person stands in. Raises OwnRequest, RequestOfPrincipal and
    DecisionNotAllowed.
    """
    known = tuple(principals)
    if decider.id == requester_id:
        raise OwnRequest
    if any(person.id == requester_id for person in known):
        raise RequestOfPrincipal
    if not decider.is_active:
        raise DecisionNotAllowed
    if decider.may_decide:
        return None
    for person in known:
        if person.may_decide and person.is_active:
            return person.id
    raise DecisionNotAllowed


def check_open(*, status: str, expires_at: datetime, at: datetime) -> None:
    """Let a pending request be decided in time. Raises RequestClosed and RequestExpired."""
    if status == "expired":
        raise RequestExpired
    if status != "pending":
        raise RequestClosed
    if expires_at <= at:
        raise RequestExpired
