"""What partners see of their webhook endpoints and deliveries."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

from core.api.bodies import Shown
from core.ids import typeid
from webhooks.api.bodies import State, Status
from webhooks.models import Attempt, Delivery, Endpoint, Secret
from webhooks.queries import COUNT_MAX, Queue
from webhooks.services import NewSecret

Count = Annotated[int, Meta(ge=0, le=COUNT_MAX, description=f"Counted up to {COUNT_MAX}.")]


class SecretView(Shown, frozen=True, kw_only=True, rename="camel"):
    """What is told of a secret after it was shown once."""

    hint: Annotated[str, Meta(description="Its last four characters.")]
    created_at: datetime
    expires_at: Annotated[datetime | None, Meta(description="Null for the present one.")]


class HealthView(Shown, frozen=True, kw_only=True, rename="camel"):
    """How an endpoint is doing."""

    consecutive_failures: int
    failing_since: datetime | None
    held_back_until: Annotated[
        datetime | None, Meta(description="Nothing is sent before this moment, after failures in a row.")
    ]
    last_delivered_at: datetime | None
    waiting: Count
    dead: Count


class EndpointView(Shown, frozen=True, kw_only=True, rename="camel"):
    endpoint_id: str
    url: str
    types: list[str]
    description: str
    api_version: str
    status: Status
    disabled_at: datetime | None
    disabled_reason: Annotated[
        Literal["partner", "staff", "gone", "failing"] | None,
        Meta(
            description="gone: it answered 410; failing: for five days; staff: ours, who alone let it go on."
        ),
    ]
    rate_per_second: int | None
    concurrency: int
    strict_order: bool
    created_at: datetime
    secrets: list[SecretView]
    health: HealthView


class NewEndpointView(EndpointView, frozen=True, kw_only=True, rename="camel"):
    """An endpoint with its secret, which is shown this once."""

    secret: Annotated[str, Meta(description="`whsec_` and base64: what deliveries are signed with.")]


class EndpointsPage(Shown, frozen=True, kw_only=True, rename="camel"):
    data: list[EndpointView]
    next_cursor: str | None


class EventTestedView(Shown, frozen=True, kw_only=True, rename="camel"):
    event_id: Annotated[str, Meta(description="The `webhook-id` that it will arrive under.")]


class QueuedView(Shown, frozen=True, kw_only=True, rename="camel"):
    queued: Annotated[int, Meta(description="How many deliveries were put into the queue.")]


class DeliveryView(Shown, frozen=True, kw_only=True, rename="camel"):
    delivery_id: str
    endpoint_id: str
    event_id: str
    sequence: int
    type: str
    kind: Literal["event", "replay", "test"]
    state: State
    attempt_count: int
    next_attempt_at: datetime | None
    expires_at: datetime | None
    created_at: datetime
    finished_at: datetime | None


class AttemptView(Shown, frozen=True, kw_only=True, rename="camel"):
    number: int
    url: Annotated[
        str | None, Meta(description="Where it was sent; null: nothing was, or before this was kept.")
    ]
    started_at: datetime
    duration_ms: int
    status: Annotated[int | None, Meta(description="Of HTTP; null: no answer came.")]
    error: Annotated[str | None, Meta(description="The code of what went wrong.")]
    request_headers: dict[str, str]
    response_headers: dict[str, str]
    response_body: Annotated[str, Meta(description="Its first 4 KiB.")]


class OneDeliveryView(DeliveryView, frozen=True, kw_only=True, rename="camel"):
    body: Annotated[
        str | None,
        Meta(
            description=(
                "What every attempt sends: its UTF-8 is, byte for byte, what the signature covers. Null once "
                "the event is not kept any more."
            )
        ),
    ]
    attempts: Annotated[list[AttemptView], Meta(description="The first one first.")]


class DeliveriesPage(Shown, frozen=True, kw_only=True, rename="camel"):
    data: list[DeliveryView]
    next_cursor: str | None


def endpoint_fields(endpoint: Endpoint, secrets: Sequence[Secret], queue: Queue) -> dict[str, Any]:
    """Return the fields of an endpoint as partners see it."""
    return {
        "endpoint_id": typeid("whe", endpoint.pk),
        "url": endpoint.url,
        "types": endpoint.types,
        "description": endpoint.description,
        "api_version": endpoint.api_version,
        "status": endpoint.status,
        "disabled_at": endpoint.disabled_at,
        "disabled_reason": endpoint.disabled_reason or None,
        "rate_per_second": endpoint.rate_per_second,
        "concurrency": endpoint.concurrency,
        "strict_order": endpoint.strict_order,
        "created_at": endpoint.created_at,
        "secrets": [
            SecretView(hint=secret.hint, created_at=secret.created_at, expires_at=secret.expires_at)
            for secret in secrets
        ],
        "health": HealthView(
            consecutive_failures=endpoint.consecutive_failures,
            failing_since=endpoint.failing_since,
            held_back_until=endpoint.breaker_until,
            last_delivered_at=endpoint.last_delivered_at,
            waiting=queue.waiting,
            dead=queue.dead,
        ),
    }


def endpoint_view(endpoint: Endpoint, secrets: Sequence[Secret], queue: Queue) -> EndpointView:
    """Return an endpoint without its secrets."""
    return EndpointView(**endpoint_fields(endpoint, secrets, queue))


def new_endpoint_view(made: NewSecret, secrets: Sequence[Secret], queue: Queue) -> NewEndpointView:
    """Return an endpoint with its new secret."""
    return NewEndpointView(**endpoint_fields(made.endpoint, secrets, queue), secret=made.secret)


def delivery_fields(delivery: Delivery) -> dict[str, Any]:
    """Return the fields of a delivery as partners see it."""
    return {
        "delivery_id": typeid("dlv", delivery.pk),
        "endpoint_id": typeid("whe", delivery.endpoint_id),
        "event_id": typeid("evt", delivery.event_id),
        "sequence": delivery.sequence,
        "type": delivery.type,
        "kind": delivery.kind,
        "state": delivery.state,
        "attempt_count": delivery.attempts,
        "next_attempt_at": delivery.next_at if delivery.finished_at is None else None,
        "expires_at": delivery.expires_at,
        "created_at": delivery.created_at,
        "finished_at": delivery.finished_at,
    }


def delivery_view(delivery: Delivery) -> DeliveryView:
    """Return a delivery without its attempts."""
    return DeliveryView(**delivery_fields(delivery))


def one_delivery_view(
    delivery: Delivery, attempts: Sequence[Attempt], *, body: str | None
) -> OneDeliveryView:
    """Return a delivery with its body and each of its attempts."""
    views = [attempt_view(each) for each in attempts]
    return OneDeliveryView(**delivery_fields(delivery), body=body, attempts=views)


def attempt_view(attempt: Attempt) -> AttemptView:
    """Return an attempt: what was sent along, and what came back."""
    return AttemptView(
        number=attempt.number,
        url=attempt.url or None,
        started_at=attempt.started_at,
        duration_ms=attempt.duration_ms,
        status=attempt.status,
        error=attempt.error or None,
        request_headers=_texts(attempt.request_headers),
        response_headers=_texts(attempt.response_headers),
        response_body=attempt.response_body,
    )


def _texts(headers: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in headers.items()}
