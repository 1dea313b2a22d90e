"""What staff are refused, and why."""

from core.errors import Conflict, Forbidden


class WrongCode(Forbidden):
    """The code is not the authenticator's, or was used before."""

    code = "CODE_WRONG"
    message = "That code is not right, or was used already. Wait for the next one."


class TooManyCodes(Forbidden):
    """Wrong codes came too fast after one another."""

    code = "CODE_TOO_SOON"
    message = "Too many wrong codes."


class NotEnrolled(Conflict):
    """There is no authenticator to check a code with."""

    code = "NOT_ENROLLED"
    message = "Set up an authenticator first."


class LinkIsDead(Forbidden):
    """The link was used, replaced, or is too old."""

    code = "LINK_DEAD"
    message = "This link no longer works. Ask a security admin for a new one."


class AlreadyInvited(Conflict):
    """Somebody has this e-mail address."""

    code = "ALREADY_INVITED"
    message = "A member of staff with this e-mail address is there already."


class RolesForbidden(Conflict):
    """Two roles that are never one person's."""

    code = "ROLES_FORBIDDEN"


class NotForYourself(Forbidden):
    """A change of one's own rights or proofs that needs another person."""

    code = "NOT_FOR_YOURSELF"
    message = "Another security admin must do this for you."


class SecondPersonNeeded(Forbidden):
    """Whoever asked may not confirm."""

    code = "SECOND_PERSON_NEEDED"
    message = "A second security admin must confirm what you asked for."


class ResetNotOpen(Conflict):
    """The reset was decided, or waited too long."""

    code = "RESET_NOT_OPEN"
    message = "This request was decided already, or is older than 24 hours."


class NotStaff(Conflict):
    """The person is not active, or has no e-mail address."""

    code = "NOT_STAFF"
    message = "This person is not active, or has no e-mail address."


class BadDeputy(Conflict):
    """A deputy or a time that makes no sense."""

    code = "DEPUTY_INVALID"
