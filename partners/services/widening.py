"""What a production client may do, and from where: narrowed at once, widened by two people.

Until the first secret is issued one person may choose both: who approves that secret reads them, and a change
in between makes the request void. From then on nothing is added to the scopes of the client, or to the
networks of its tenant, alone. The database knows the same rule for whoever works in the office
(`sql/guard_widening.sql`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from approvals.kinds import present, proposed
from approvals.models import ApprovalRequest
from approvals.services import request_approval
from core.errors import BadRequest, Conflict, Refusal
from core.models import StaffUser
from partners.models import ApiClient, ClientSecret, Tenant, TenantKind
from partners.onboarding.stages import ENDED
from partners.rules import ScopeForTestOnly, check_scopes, is_within
from partners.services.admitting import ClientRevoked, lock_active_client
from partners.services.clients import change_client_scopes
from partners.services.locking import ClientNotFound, TenantNotFound, lock_client, lock_tenant
from partners.services.partners import canonical_networks, change_tenant
from partners.services.permits import ACCESS_MOVED, CLIENT, PRODUCTION_ACCESS, TENANT
from partners.services.stops import PartnerEnded


class AccessMoved(Conflict):
    """The scopes or networks are not those there were when others were asked for."""

    code = "ACCESS_MOVED"
    message = ACCESS_MOVED


class WideningUnexplained(BadRequest):
    """Whoever approves more access reads why."""

    code = "ACCESS_WIDENED_WITHOUT_REASON"
    message = "This gives production more access, which a second person approves: say why."


def set_scopes(
    *, client_id: UUID, scopes: Sequence[str], reason: str, set_by: StaffUser, set_at: datetime
) -> ApprovalRequest | None:
    """Give a client other scopes at once, or ask a second person for those that production has not; return
    the request then.

    Raises UnknownScope, ScopeForTestOnly, ClientNotFound, ClientRevoked, WideningUnexplained and what
    `request_approval` raises.
    """
    with transaction.atomic():
        client = lock_active_client(client_id)
        wanted = check_scopes(scopes, tenant_kind=client.tenant.kind)
        if set(wanted) <= set(client.scopes) or not _is_used(client.tenant, client_id=client_id):
            change_client_scopes(client_id=client_id, scopes=wanted, changed_at=set_at, reason=reason)
            return None
        return _ask(
            subject_type=CLIENT,
            subject=client,
            tenant=client.tenant,
            words={"system": client.name, "clientId": client.client_id},
            name="scopes",
            was=client.scopes,
            wanted=wanted,
            reason=reason,
            requested_by=set_by,
            requested_at=set_at,
        )


def set_tenant(
    *, tenant_id: UUID, changes: Mapping[str, Any], reason: str, set_by: StaffUser, set_at: datetime
) -> ApprovalRequest | None:
    """Change a tenant (`TENANT_FIELDS`) at once, but for networks where production would be called from
    more of them: these become a request, which is returned.

    Raises BadNetwork, NetworkTooWide, PartnerEnded, TenantNotFound, WideningUnexplained and what
    `request_approval` raises.
    """
    with transaction.atomic():
        tenant = lock_tenant(tenant_id)
        wanted = canonical_networks(changes.get("allowed_ips", tenant.allowed_ips), tenant.kind)
        is_wider = not is_within(wanted, tenant.allowed_ips) and _is_used(tenant)
        at_once = {name: value for name, value in changes.items() if name != "allowed_ips" or not is_wider}
        change_tenant(tenant_id=tenant_id, changes=at_once, changed_at=set_at, reason=reason)
        if not is_wider:
            return None
        return _ask(
            subject_type=TENANT,
            subject=tenant,
            tenant=tenant,
            words={},
            name="allowedIps",
            was=tenant.allowed_ips,
            wanted=wanted,
            reason=reason,
            requested_by=set_by,
            requested_at=set_at,
        )


def title_of_widening(request: ApprovalRequest) -> str:
    """Return of what there would be more, and for whom."""
    if request.subject_type == TENANT:
        return f"More allowed IPs for {Tenant.objects.select_related('partner').get(pk=request.subject_id)}"
    client = ApiClient.objects.select_related("tenant__partner").get(pk=request.subject_id)
    return f"More scopes for {client.name} of {client.tenant}"


def lock_widening(request: ApprovalRequest) -> None:
    """Lock the client whose scopes, or the tenant whose networks, would be more."""
    (lock_tenant if request.subject_type == TENANT else lock_client)(UUID(request.subject_id))


def check_widening(request: ApprovalRequest) -> Refusal | None:
    """Return what stands against more access as things are now."""
    before = present(request) or {}
    if request.subject_type == TENANT:
        tenant = Tenant.objects.select_related("partner").filter(pk=request.subject_id).first()
        if tenant is None:
            return TenantNotFound()
        if tenant.partner.stage in ENDED:
            return PartnerEnded()
        return None if tenant.allowed_ips == before["allowedIps"] else AccessMoved()
    client = ApiClient.objects.select_related("tenant__partner").filter(pk=request.subject_id).first()
    if client is None:
        return ClientNotFound()
    if client.tenant.partner.stage in ENDED:
        return PartnerEnded()
    if not client.is_active:
        return ClientRevoked()
    try:
        check_scopes(proposed(request)["scopes"], tenant_kind=TenantKind.PRODUCTION)
    except ScopeForTestOnly as refusal:
        return refusal
    return None if client.scopes == before["scopes"] else AccessMoved()


def widen(request: ApprovalRequest, at: datetime) -> None:
    """Give the access that was approved, in the transaction of the approval."""
    subject_id, wanted = UUID(request.subject_id), proposed(request)
    if request.subject_type == TENANT:
        changes = {"allowed_ips": wanted["allowedIps"]}
        change_tenant(tenant_id=subject_id, changes=changes, changed_at=at, reason=request.reason)
        return
    change_client_scopes(client_id=subject_id, scopes=wanted["scopes"], changed_at=at, reason=request.reason)


def _ask(
    *,
    subject_type: str,
    subject: ApiClient | Tenant,
    tenant: Tenant,
    words: dict[str, str],
    name: str,
    was: list[str],
    wanted: list[str],
    reason: str,
    requested_by: StaffUser,
    requested_at: datetime,
) -> ApprovalRequest:
    if not reason.strip():
        raise WideningUnexplained(details={"field": "reason"})
    about: dict[str, Any] = {"partner": str(tenant.partner), **words}
    return request_approval(
        kind=PRODUCTION_ACCESS,
        subject_type=subject_type,
        subject_id=str(subject.pk),
        partner_id=tenant.partner_id,
        present={**about, name: list(was)},
        proposed={**about, name: wanted},
        reason=reason,
        requested_by=requested_by,
        requested_at=requested_at,
    )


def _is_used(tenant: Tenant, **which: UUID) -> bool:
    """Whether a secret of a production tenant, or of this client of it, was ever issued."""
    return (
        tenant.kind == TenantKind.PRODUCTION
        and ClientSecret.objects.filter(client__tenant=tenant, **which).exists()
    )
