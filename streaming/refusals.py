"""What the stream says no to, and the codes with which it closes a socket."""

from enum import IntEnum

from core.errors import BadRequest, Conflict, Forbidden, NotFound, Unavailable


class CloseCode(IntEnum):
    """Codes of RFC 6455's private range; the reason of the close frame is a word from here in capitals."""

    TOKEN_ENDED = 4401
    SHUT_OUT = 4403
    SLOW_READER = 4408
    TOO_MUCH = 4429
    INTERNAL_ERROR = 1011


class OriginNotAllowed(Forbidden):
    """A page of another site opened the connection."""

    code = "ORIGIN_NOT_ALLOWED"
    message = "Pages of this origin may not open a stream."


class TooManyConnections(Conflict):
    code = "TOO_MANY_CONNECTIONS"
    message = "This tenant has as many connections as it may; close one first."


class TooManySubscriptions(Conflict):
    code = "TOO_MANY_SUBSCRIPTIONS"
    message = "This connection has as many subscriptions as it may; end one first."


class SubscriptionExists(Conflict):
    code = "SUBSCRIPTION_EXISTS"
    message = "This connection has a subscription with this id; end it first, or choose another id."


class SubscriptionUnknown(NotFound):
    code = "SUBSCRIPTION_UNKNOWN"
    message = "This connection has no subscription with this id."


class ResumeTooOld(Conflict):
    """The events to resume after are no longer kept, or too many for the stream."""

    code = "RESUME_TOO_OLD"
    message = (
        "The stream cannot resume there; read the event feed from details.cursor on, then subscribe again."
    )


class ResumeUnknown(BadRequest):
    """A sequence that has not been given out yet."""

    code = "RESUME_UNKNOWN"
    message = "No event of this tenant has this sequence yet; details.sequence is the last one."


class AnotherClient(Forbidden):
    """A token of another tenant or client, sent where the connection already has one."""

    code = "ANOTHER_CLIENT"
    message = "A connection is renewed with a token of the client that opened it."


class TicketsUnavailable(Unavailable):
    """Valkey, which keeps the tickets, is away."""

    code = "TICKETS_UNAVAILABLE"
    message = "The platform cannot make tickets at the moment; please try again."
