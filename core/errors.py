"""The kinds of refusal.

A refusal is something the platform says no to, with a code that the docs explain; a bug is any other
exception. Subclasses live beside the code that raises them and give `code` and `message`; the interface
layer alone turns kinds into HTTP statuses, so that nothing below it knows HTTP.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final


class Refusal(Exception):
    """Base of every refusal: a `code` for programs, a `message` for people, and optional `details`.

    `details` holds what JSON can hold, with camelCase names and decimal strings. `retry_after_seconds` says
    when asking again is worthwhile, and is None where asking again gives the same answer. `answered_at` and
    `request_id` are those of the first answer, once it is stored under a reference.
    """

    code: str = "REFUSED"
    message: str = "The request was refused."
    details: dict[str, Any] | None = None
    retry_after_seconds: int | None = None
    is_final: ClassVar[bool] = False
    answered_at: datetime | None = None
    request_id: str = ""

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        details: Mapping[str, Any] | None = None,
        retry_after_seconds: int | None = None,
    ) -> None:
        if message is not None:
            self.message = message
        if code is not None:
            self.code = code
        if details is not None:
            self.details = dict(details)
        if retry_after_seconds is not None:
            self.retry_after_seconds = retry_after_seconds
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class BadRequest(Refusal):
    """The request is broken: it cannot be understood, whatever the state of the platform."""

    code = "BAD_REQUEST"
    message = "The request cannot be understood."


class NotFound(Refusal):
    """What was asked for does not exist for this caller; another tenant's things do not exist either."""

    code = "NOT_FOUND"
    message = "There is nothing here under that name."


class Gone(Refusal):
    """What was asked for was there, and is no longer kept."""

    code = "GONE"
    message = "This is no longer kept."


class Conflict(Refusal):
    """The request contradicts what is there already; it may pass later, or under another name."""

    code = "CONFLICT"
    message = "The request contradicts what is already recorded."


RULE_STATUS: Final = 422
"""The HTTP status of an answer by rule: no error, for the request was understood and the answer is no."""


class Rejected(Refusal):
    """A rule says no. The answer is stored and stays the answer of its reference."""

    code = "REJECTED"
    message = "A rule does not allow this."
    is_final = True


class Forbidden(Refusal):
    """The caller, the player or the partner may not do this at present."""

    code = "FORBIDDEN"
    message = "This is not allowed."


class Unavailable(Refusal):
    """A part the platform needs is away for a moment; nothing was done."""

    code = "UNAVAILABLE"
    message = "The platform cannot answer this at the moment; please try again."
    retry_after_seconds = 1
