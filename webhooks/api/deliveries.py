"""Deliveries over HTTP: what became of each, and what can be sent once more."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from msgspec import UNSET

from core.api.answers import JsonAnswer
from core.api.bodies import parse_body, parse_body_if_any, parse_query
from core.api.idempotency import with_idempotency_key
from core.api.operation import operation
from core.api.pagination import Page
from core.api.views import PartnerRequest, PartnerView, path_id
from core.clock import now
from core.event_types import check_types
from core.ids import typeid
from core.tenancy import tenant
from webhooks import queries, services
from webhooks.api import bodies, serializers
from webhooks.api.endpoints import SCOPE


class Tests(PartnerView):
    """Tests of an endpoint."""

    required_scopes = {"POST": SCOPE}

    @operation(
        summary="Send a test event to a webhook endpoint",
        body=bodies.Nothing,
        needs_body=False,
        answers={202: serializers.EventTestedView},
        codes=("WEBHOOK_ENDPOINT_DISABLED",),
        description=(
            "A `webhook.test` takes its place in the sequence of events and is sent to this endpoint alone, "
            "whatever types it wants."
        ),
        takes_idempotency_key=True,
    )
    @with_idempotency_key
    def post(self, request: PartnerRequest, webhook_endpoint_id: str) -> HttpResponse:
        endpoint_id = path_id("whe", webhook_endpoint_id)
        parse_body_if_any(request, bodies.Nothing)
        event_id = services.send_test(
            tenant_id=request.auth.tenant_id, endpoint_id=endpoint_id, asked_at=now()
        )
        return JsonAnswer(serializers.EventTestedView(event_id=typeid("evt", event_id)), status=202)


class Replays(PartnerView):
    """Replays of a part of the sequence."""

    required_scopes = {"POST": SCOPE}

    @operation(
        summary="Send a part of the sequence to a webhook endpoint once more",
        body=bodies.Replay,
        answers={202: serializers.QueuedView},
        codes=(
            "REPLAY_OUT_OF_RANGE",
            "EVENT_TYPE_UNKNOWN",
            "WEBHOOK_ENDPOINT_DISABLED",
            "WEBHOOK_QUEUE_FULL",
        ),
        description=(
            "Both ends included, 10,000 numbers at most; of the types that the endpoint wants, unless "
            "`types` says which. `webhook-id` is the same as the first time."
        ),
        example=bodies.REPLAY_EXAMPLE,
        takes_idempotency_key=True,
    )
    @with_idempotency_key
    def post(self, request: PartnerRequest, webhook_endpoint_id: str) -> HttpResponse:
        endpoint_id = path_id("whe", webhook_endpoint_id)
        asked = parse_body(request, bodies.Replay)
        queued = services.replay_events(
            tenant_id=request.auth.tenant_id,
            endpoint_id=endpoint_id,
            from_sequence=asked.from_sequence,
            to_sequence=asked.to_sequence,
            types=None if asked.types is UNSET else asked.types,
            asked_at=now(),
        )
        return JsonAnswer(serializers.QueuedView(queued=queued), status=202)


class Retries(PartnerView):
    """Another try of all deliveries of a state."""

    required_scopes = {"POST": SCOPE}

    @operation(
        summary="Send all deliveries of a state once more",
        body=bodies.RetryMany,
        answers={202: serializers.QueuedView},
        codes=("WEBHOOK_ENDPOINT_DISABLED", "WEBHOOK_QUEUE_FULL"),
        description="The oldest 10,000; ask again until `queued` is 0.",
        example={"state": "dead", "from": "2026-03-01T12:00:00.000Z"},
        takes_idempotency_key=True,
    )
    @with_idempotency_key
    def post(self, request: PartnerRequest, webhook_endpoint_id: str) -> HttpResponse:
        endpoint_id = path_id("whe", webhook_endpoint_id)
        asked = parse_body(request, bodies.RetryMany)
        queued = services.retry_deliveries(
            tenant_id=request.auth.tenant_id,
            endpoint_id=endpoint_id,
            state=asked.state,
            created_from=asked.from_,
            created_before=asked.to,
            asked_at=now(),
        )
        return JsonAnswer(serializers.QueuedView(queued=queued), status=202)


class Deliveries(PartnerView):
    """The deliveries of an endpoint."""

    required_scopes = {"GET": SCOPE}

    @operation(
        summary="List a webhook endpoint's deliveries, newest first",
        query=bodies.DeliveriesQuery,
        answers={200: serializers.DeliveriesPage},
        codes=("CURSOR_INVALID", "EVENT_TYPE_UNKNOWN"),
        description="Kept for 30 days.",
    )
    def get(self, request: PartnerRequest, webhook_endpoint_id: str) -> HttpResponse:
        endpoint_id = path_id("whe", webhook_endpoint_id)
        query = parse_query(request, bodies.DeliveriesQuery)
        check_types([query.type] if query.type else ())
        page = Page(query, name="webhook-deliveries", key=(UUID,))
        tenant_id = request.auth.tenant_id
        with tenant(tenant_id):
            queries.get_endpoint(tenant_id=tenant_id, endpoint_id=endpoint_id)
            rows = queries.list_deliveries(
                tenant_id=tenant_id,
                endpoint_id=endpoint_id,
                state=query.state,
                type=query.type,
                sequence=query.sequence,
                after=page.after[0] if page.after else None,
                count=page.rows_needed,
            )
        return JsonAnswer(page.shown(rows, view=serializers.delivery_view, key=lambda row: (row.pk,)))


class OneDelivery(PartnerView):
    """One delivery with its attempts."""

    required_scopes = {"GET": SCOPE}

    @operation(summary="Read a delivery with its attempts", answers={200: serializers.OneDeliveryView})
    def get(self, request: PartnerRequest, delivery_id: str) -> HttpResponse:
        asked: dict[str, Any] = {
            "tenant_id": request.auth.tenant_id,
            "delivery_id": path_id("dlv", delivery_id),
        }
        with tenant(request.auth.tenant_id):
            delivery = queries.get_delivery(**asked)
            attempts = queries.list_attempts(delivery)
            body = queries.find_body(delivery)
        return JsonAnswer(serializers.one_delivery_view(delivery, attempts, body=body))


class RetriesOfOne(PartnerView):
    """Another try of one delivery."""

    required_scopes = {"POST": SCOPE}

    @operation(
        summary="Send a delivery once more",
        body=bodies.Nothing,
        needs_body=False,
        answers={202: serializers.DeliveryView},
        codes=("WEBHOOK_ENDPOINT_DISABLED", "WEBHOOK_DELIVERY_UNDER_WAY"),
        description="At once, whatever became of it before; its schedule of retries begins anew.",
        takes_idempotency_key=True,
    )
    @with_idempotency_key
    def post(self, request: PartnerRequest, delivery_id: str) -> HttpResponse:
        asked_id = path_id("dlv", delivery_id)
        parse_body_if_any(request, bodies.Nothing)
        delivery = services.retry_delivery(
            tenant_id=request.auth.tenant_id, delivery_id=asked_id, asked_at=now()
        )
        return JsonAnswer(serializers.delivery_view(delivery), status=202)
