"""Endpoints: entered, changed, paused, disabled, removed, and given new secrets.

Each change is one transaction of its tenant with its audit record. A secret leaves here once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from core.audit import record
from core.clock import instant_text
from core.event_types import check_types
from core.ids import uuid7
from core.tenancy import tenant
from partners.models import Tenant, TenantKind
from webhooks.guard import check_url
from webhooks.keys import encrypt_secret, new_secret, secret_text
from webhooks.models import (
    CONCURRENCY_MAX,
    Delivery,
    DeliveryState,
    DisabledReason,
    Endpoint,
    EndpointStatus,
    Secret,
)
from webhooks.queries import lock_endpoint
from webhooks.rules import ENDPOINTS_MAX, EndpointHeld, RotationUnderWay, TooManyEndpoints

_HINT_LENGTH: Final = 4
_HEALTH: Final[Mapping[str, Any]] = {"consecutive_failures": 0, "failing_since": None, "breaker_until": None}
"""Of an endpoint that begins anew."""


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """What a partner asks for; `types` empty: all events."""

    url: str
    types: list[str] = field(default_factory=list)
    description: str = ""
    rate_per_second: int | None = None
    concurrency: int = CONCURRENCY_MAX
    strict_order: bool = False


@dataclass(frozen=True, slots=True)
class NewSecret:
    """An endpoint and its new secret (`whsec_...`), at the only moment it can be read."""

    endpoint: Endpoint
    secret: str

    def __repr__(self) -> str:
        return f"NewSecret({self.endpoint.pk})"


def create_endpoint(*, tenant_id: UUID, asked: NewEndpoint, created_at: datetime) -> NewSecret:
    """Enter an endpoint, active at once: every event numbered from now on that it wants is sent to it.

    Raises BadWebhookUrl, UnknownEventType and TooManyEndpoints.
    """
    types = check_types(asked.types)
    with tenant(tenant_id):
        _check_url(tenant_id, asked.url)
        _lock_endpoints(tenant_id)
        if Endpoint.objects.filter(tenant_id=tenant_id, removed_at=None).count() >= ENDPOINTS_MAX:
            raise TooManyEndpoints
        endpoint = Endpoint(
            tenant_id=tenant_id,
            url=asked.url,
            types=types,
            description=asked.description,
            rate_per_second=asked.rate_per_second,
            concurrency=asked.concurrency,
            strict_order=asked.strict_order,
            created_at=created_at,
        )
        endpoint.save(force_insert=True)
        secret = _add_secret(endpoint, created_at)
        record(
            action="create webhook endpoint",
            subject=endpoint,
            recorded_at=created_at,
            after={"url": endpoint.url, "types": types},
        )
    return NewSecret(endpoint, secret)


def update_endpoint(
    *,
    tenant_id: UUID,
    endpoint_id: UUID,
    changes: Mapping[str, Any],
    updated_at: datetime,
    disabled_reason: DisabledReason = DisabledReason.PARTNER,
    reason: str = "",
) -> Endpoint:
    """Change what is named; return the endpoint as changed.

    `changes` has names of columns: url, types, description, status, rate_per_second, concurrency,
    strict_order. An endpoint that becomes active or moves begins anew: its failures are forgotten. Who
    changes it is said by `disabled_reason`. Raises NotFound, BadWebhookUrl, UnknownEventType, and
    EndpointHeld where anybody but staff lets an endpoint go on that staff disabled.
    """
    wanted = dict(changes)
    if "types" in wanted:
        wanted["types"] = check_types(wanted["types"])
    with tenant(tenant_id):
        endpoint = lock_endpoint(tenant_id=tenant_id, endpoint_id=endpoint_id)
        _check_not_held(endpoint, wanted, disabled_reason)
        changed = {name: value for name, value in wanted.items() if value != getattr(endpoint, name)}
        if wanted.get("status") == EndpointStatus.ACTIVE:
            # Asked for once more, it begins anew as well: the receiver is mended, and nothing holds it back.
            changed |= {name: value for name, value in _HEALTH.items() if value != getattr(endpoint, name)}
        if not changed:
            return endpoint
        if "url" in changed:
            _check_url(tenant_id, changed["url"])
        before = {name: getattr(endpoint, name) for name in changed}
        written = {**changed, **_consequences(changed, updated_at, disabled_reason)}
        for name, value in written.items():
            setattr(endpoint, name, value)
        endpoint.save(update_fields=list(written))
        record(
            action=_action(changed),
            subject=endpoint,
            recorded_at=updated_at,
            before=_shown(before),
            after=_shown(changed),
            reason=reason,
        )
    return endpoint


def disable_endpoint(
    *, tenant_id: UUID, endpoint_id: UUID, disabled_at: datetime, why: DisabledReason, reason: str = ""
) -> Endpoint:
    """Stop making deliveries for an endpoint; those that wait go on waiting. Raises NotFound."""
    return update_endpoint(
        tenant_id=tenant_id,
        endpoint_id=endpoint_id,
        changes={"status": EndpointStatus.DISABLED.value},
        updated_at=disabled_at,
        disabled_reason=why,
        reason=reason,
    )


def remove_endpoint(*, tenant_id: UUID, endpoint_id: UUID, removed_at: datetime) -> None:
    """Take an endpoint away from its partner: what waits for it is cancelled, its secrets are gone.

    Raises NotFound.
    """
    with tenant(tenant_id):
        endpoint = lock_endpoint(tenant_id=tenant_id, endpoint_id=endpoint_id)
        endpoint.removed_at = removed_at
        if endpoint.status != EndpointStatus.DISABLED:
            endpoint.status = EndpointStatus.DISABLED
            endpoint.disabled_at, endpoint.disabled_reason = removed_at, DisabledReason.PARTNER
        endpoint.save(update_fields=["removed_at", "status", "disabled_at", "disabled_reason"])
        Secret.objects.filter(tenant_id=tenant_id, endpoint=endpoint).delete()
        Delivery.objects.filter(tenant_id=tenant_id, endpoint=endpoint, state=DeliveryState.PENDING).update(
            state=DeliveryState.CANCELLED, finished_at=removed_at
        )
        record(
            action="remove webhook endpoint",
            subject=endpoint,
            recorded_at=removed_at,
            before={"url": endpoint.url},
        )


def rotate_secret(
    *, tenant_id: UUID, endpoint_id: UUID, rotated_at: datetime, overlap: timedelta
) -> NewSecret:
    """Give an endpoint a new secret; the one before it signs beside it until the overlap is over.

    At most two sign at a time. Without an overlap all before it end now, as after a leak; with one, nothing
    that was promised to sign on is cut off. Raises NotFound and RotationUnderWay.
    """
    with tenant(tenant_id):
        endpoint = lock_endpoint(tenant_id=tenant_id, endpoint_id=endpoint_id)
        kept = Secret.objects.filter(tenant_id=tenant_id, endpoint=endpoint)
        kept.filter(expires_at__lte=rotated_at).delete()
        if overlap:
            ends_at = kept.filter(expires_at__isnull=False).values_list("expires_at", flat=True).first()
            if ends_at is not None:
                raise RotationUnderWay(details={"expiresAt": instant_text(ends_at)})
            kept.update(expires_at=rotated_at + overlap)
        else:
            kept.delete()
        secret = _add_secret(endpoint, rotated_at)
        record(
            action="rotate webhook secret",
            subject=endpoint,
            recorded_at=rotated_at,
            after={"overlapHours": overlap // timedelta(hours=1)},
        )
    return NewSecret(endpoint, secret)


def _check_url(tenant_id: UUID, url: str) -> None:
    kind = Tenant.objects.values_list("kind", flat=True).get(pk=tenant_id)
    check_url(url, allow_http=kind == TenantKind.TEST)


def _check_not_held(endpoint: Endpoint, wanted: Mapping[str, Any], who: DisabledReason) -> None:
    is_held = endpoint.disabled_reason == DisabledReason.STAFF and who != DisabledReason.STAFF
    if is_held and wanted.get("status", EndpointStatus.DISABLED) != EndpointStatus.DISABLED:
        raise EndpointHeld


def _lock_endpoints(tenant_id: UUID) -> None:
    """Let one transaction at a time add an endpoint to a tenant, for they are counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"webhooks_endpoint:{tenant_id}"]
        )


def _add_secret(endpoint: Endpoint, at: datetime) -> str:
    secret = new_secret()
    text = secret_text(secret)
    Secret(
        id=uuid7(),
        tenant_id=endpoint.tenant_id,
        endpoint=endpoint,
        encrypted=encrypt_secret(secret, endpoint_id=endpoint.pk),
        hint=text[-_HINT_LENGTH:],
        created_at=at,
    ).save(force_insert=True)
    return text


def _consequences(changed: Mapping[str, Any], at: datetime, why: DisabledReason) -> dict[str, Any]:
    """Return what goes with a change of status or address."""
    status = changed.get("status")
    health = _HEALTH if status == EndpointStatus.ACTIVE or "url" in changed else {}
    if status == EndpointStatus.DISABLED:
        return {"disabled_at": at, "disabled_reason": why.value, **health}
    return {"disabled_at": None, "disabled_reason": "", **health} if status else dict(health)


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as an audit record holds them."""
    return {name: str(value) if isinstance(value, datetime) else value for name, value in values.items()}


def _action(changed: Mapping[str, Any]) -> str:
    if set(changed) <= _HEALTH.keys():
        return "activate webhook endpoint"
    if set(changed) - _HEALTH.keys() == {"status"}:
        verbs = {"active": "activate", "paused": "pause", "disabled": "disable"}
        return f"{verbs[changed['status']]} webhook endpoint"
    return "change webhook endpoint"
