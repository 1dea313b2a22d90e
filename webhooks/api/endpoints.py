"""Webhook endpoints over HTTP: all in the partner's own hands."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from msgspec import UNSET

from core.api.answers import JsonAnswer
from core.api.bodies import parse_body, parse_body_if_any, parse_query
from core.api.idempotency import with_idempotency_key, with_secret_idempotency_key
from core.api.operation import operation
from core.api.pagination import Page, PageQuery
from core.api.views import PartnerRequest, PartnerView, path_id
from core.clock import now
from core.tenancy import tenant
from webhooks import queries, services
from webhooks.api import bodies, serializers
from webhooks.models import Endpoint
from webhooks.services import NewSecret

SCOPE: Final = "webhooks:write"
"""For reads too: an endpoint and its deliveries are read by whoever looks after them."""
_URL_CODES: Final = ("WEBHOOK_URL_REFUSED", "EVENT_TYPE_UNKNOWN")


class Endpoints(PartnerView):
    """The endpoints of a tenant."""

    required_scopes = {"GET": SCOPE, "POST": SCOPE}

    @operation(
        summary="List webhook endpoints, newest first",
        query=PageQuery,
        answers={200: serializers.EndpointsPage},
        codes=("CURSOR_INVALID",),
    )
    def get(self, request: PartnerRequest) -> HttpResponse:
        page = Page(parse_query(request, PageQuery), name="webhook-endpoints", key=(UUID,))
        with tenant(request.auth.tenant_id):
            rows = queries.list_endpoints(
                tenant_id=request.auth.tenant_id,
                after=page.after[0] if page.after else None,
                count=page.rows_needed,
            )
            secrets, queues = queries.find_secrets(rows), queries.count_queues(rows)
        return JsonAnswer(
            page.shown(
                rows,
                view=lambda row: serializers.endpoint_view(row, secrets[row.pk], queues[row.pk]),
                key=lambda row: (row.pk,),
            )
        )

    @operation(
        summary="Add a webhook endpoint",
        body=bodies.CreateEndpoint,
        answers={201: serializers.NewEndpointView},
        codes=(*_URL_CODES, "WEBHOOK_ENDPOINTS_EXHAUSTED"),
        description=(
            "Every event from now on that it wants is sent to it. `secret` is shown this once; deliveries "
            "are signed with it as Standard Webhooks has it."
        ),
        example=bodies.CREATE_EXAMPLE,
        takes_idempotency_key=True,
    )
    @with_secret_idempotency_key
    def post(self, request: PartnerRequest) -> HttpResponse:
        asked = parse_body(request, bodies.CreateEndpoint).asked()
        made = services.create_endpoint(tenant_id=request.auth.tenant_id, asked=asked, created_at=now())
        return _with_secret(made)


class OneEndpoint(PartnerView):
    """One endpoint."""

    required_scopes = {"GET": SCOPE, "PATCH": SCOPE, "DELETE": SCOPE}

    @operation(summary="Read a webhook endpoint", answers={200: serializers.EndpointView})
    def get(self, request: PartnerRequest, webhook_endpoint_id: str) -> HttpResponse:
        endpoint_id = path_id("whe", webhook_endpoint_id)
        with tenant(request.auth.tenant_id):
            endpoint = queries.get_endpoint(tenant_id=request.auth.tenant_id, endpoint_id=endpoint_id)
            return JsonAnswer(_shown(endpoint))

    @operation(
        summary="Change, pause or resume a webhook endpoint",
        body=bodies.ChangeEndpoint,
        answers={200: serializers.EndpointView},
        codes=(*_URL_CODES, "WEBHOOK_ENDPOINT_HELD"),
        description=(
            "`status`: for a `paused` endpoint deliveries are made and wait; for a `disabled` one none are "
            "made, and `replays` catches up. `active` begins anew: failures are forgotten. What our staff "
            "have disabled (`disabledReason` `staff`) they alone let go on."
        ),
        example={"status": "paused"},
        takes_idempotency_key=True,
    )
    @with_idempotency_key
    def patch(self, request: PartnerRequest, webhook_endpoint_id: str) -> HttpResponse:
        endpoint_id = path_id("whe", webhook_endpoint_id)
        changes = parse_body(request, bodies.ChangeEndpoint).asked()
        endpoint = services.update_endpoint(
            tenant_id=request.auth.tenant_id, endpoint_id=endpoint_id, changes=changes, updated_at=now()
        )
        with tenant(request.auth.tenant_id):
            return JsonAnswer(_shown(endpoint))

    @operation(
        summary="Remove a webhook endpoint",
        answers={204: None},
        description="What waits for it is cancelled.",
        codes=("UNSUPPORTED_MEDIA_TYPE", "MALFORMED_JSON", "UNKNOWN_FIELD", "BODY_TOO_LARGE"),
        takes_idempotency_key=True,
    )
    @with_idempotency_key
    def delete(self, request: PartnerRequest, webhook_endpoint_id: str) -> HttpResponse:
        endpoint_id = path_id("whe", webhook_endpoint_id)
        parse_body_if_any(request, bodies.Nothing)
        services.remove_endpoint(tenant_id=request.auth.tenant_id, endpoint_id=endpoint_id, removed_at=now())
        return HttpResponse(status=204)


class SecretRotations(PartnerView):
    """New secrets of an endpoint."""

    required_scopes = {"POST": SCOPE}

    @operation(
        summary="Give a webhook endpoint a new secret",
        body=bodies.RotateSecret,
        needs_body=False,
        answers={201: serializers.NewEndpointView},
        description=(
            "Until the overlap is over, deliveries carry a signature of each of the two secrets. `secret` is "
            "shown this once."
        ),
        example={"overlapHours": 24},
        takes_idempotency_key=True,
    )
    @with_secret_idempotency_key
    def post(self, request: PartnerRequest, webhook_endpoint_id: str) -> HttpResponse:
        endpoint_id = path_id("whe", webhook_endpoint_id)
        asked = parse_body_if_any(request, bodies.RotateSecret).overlap_hours
        hours = settings.WEBHOOK_SECRET_OVERLAP_HOURS if asked is UNSET else asked
        made = services.rotate_secret(
            tenant_id=request.auth.tenant_id,
            endpoint_id=endpoint_id,
            rotated_at=now(),
            overlap=timedelta(hours=hours),
        )
        return _with_secret(made)


def _shown(endpoint: Endpoint) -> serializers.EndpointView:
    secrets, queues = queries.find_secrets([endpoint]), queries.count_queues([endpoint])
    return serializers.endpoint_view(endpoint, secrets[endpoint.pk], queues[endpoint.pk])


def _with_secret(made: NewSecret) -> HttpResponse:
    endpoint = made.endpoint
    with tenant(endpoint.tenant_id):
        secrets, queues = queries.find_secrets([endpoint]), queries.count_queues([endpoint])
    return JsonAnswer(
        serializers.new_endpoint_view(made, secrets[endpoint.pk], queues[endpoint.pk]), status=201
    )
