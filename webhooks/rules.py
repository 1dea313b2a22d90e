"""Decisions about endpoints and their deliveries: what they may want, and how much one may ask for."""

from typing import Final

from core.errors import BadRequest, Conflict, Forbidden

ENDPOINTS_MAX: Final = 20
URL_LENGTH_MAX: Final = 2000
REPLAY_MAX: Final = 10_000
"""How many numbers of the sequence one replay may span."""
RETRY_MAX: Final = 10_000
"""How many deliveries one call puts back into the queue."""
QUEUE_MAX: Final = 100_000
"""How many deliveries of an endpoint may wait before replays and retries are refused."""


class TooManyEndpoints(Conflict):
    """A tenant has all the endpoints that it may have."""

    code = "WEBHOOK_ENDPOINTS_EXHAUSTED"
    message = f"A tenant has at most {ENDPOINTS_MAX} webhook endpoints; remove one first."


class EndpointDisabled(Conflict):
    """Nothing is sent to a disabled endpoint."""

    code = "WEBHOOK_ENDPOINT_DISABLED"
    message = "The endpoint is disabled; its status has to be active first."


class EndpointHeld(Forbidden):
    """Staff disabled the endpoint; its partner does not undo that."""

    code = "WEBHOOK_ENDPOINT_HELD"
    message = "Our staff have disabled this endpoint, and alone let it go on; ask support."


class RotationUnderWay(Conflict):
    """Two secrets sign already, and the older one was promised to go on."""

    code = "WEBHOOK_ROTATION_UNDER_WAY"
    message = (
        "Two secrets sign already. Ask again when the older one has ended, or with overlapHours 0, which "
        "ends both at once."
    )


class DeliveryUnderWay(Conflict):
    """A delivery that is being sent at this moment."""

    code = "WEBHOOK_DELIVERY_UNDER_WAY"
    message = "The delivery is being sent at this moment; ask again when the attempt is over."
    retry_after_seconds = 15


class QueueFull(Conflict):
    """So much waits for an endpoint that nothing is added by hand."""

    code = "WEBHOOK_QUEUE_FULL"
    message = f"{QUEUE_MAX:,} deliveries wait for the endpoint; ask again when it has caught up."
    retry_after_seconds = 60


class ReplayOutOfRange(BadRequest):
    """A replay that ends before it begins, or that spans too much."""

    code = "REPLAY_OUT_OF_RANGE"
    message = f"A replay spans 1 to {REPLAY_MAX:,} numbers of the sequence."


def check_replay(*, from_sequence: int, to_sequence: int) -> None:
    """Raise ReplayOutOfRange unless the range has 1 to 10,000 numbers."""
    if not 1 <= to_sequence - from_sequence + 1 <= REPLAY_MAX:
        raise ReplayOutOfRange(details={"sequencesMax": REPLAY_MAX})
