"""Partners and tenants are suspended and go on: by people, who are kept with their role, or by the platform.

What a person suspended, a person resumes: which one, `holds` says. What a move of onboarding or a watch of
compliance shut, the platform opens again, unless a person has made the stop their own meanwhile.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.errors import Conflict
from partners.models import Partner, Status, Tenant, TenantKind
from partners.services.holds import acting_as_role, check_lift, stopped_by_whom, takes_over
from partners.services.partners import TenantNotFound, change_row, lock_partner, lock_tenant
from partners.services.stops import check_not_ended, check_production


class AlreadySuspended(Conflict):
    """Who or what is suspended already is not suspended again."""

    code = "ALREADY_SUSPENDED"
    message = "This is suspended already."


class NotSuspended(Conflict):
    """Who or what is active is not resumed."""

    code = "NOT_SUSPENDED"
    message = "This is active already: there is nothing to resume."


def suspend_partner(*, partner_id: UUID, suspended_at: datetime, reason: str) -> Partner:
    """Stop all of a partner's systems at once, and keep who did it in which role. Its tenants keep their own
    status. Compliance and risk make another one's suspension their own.

    Raises PartnerNotFound, PartnerEnded, and AlreadySuspended where nothing would change.
    """
    with transaction.atomic():
        partner = lock_partner(partner_id)
        check_not_ended(partner)
        _suspend(partner, suspended_at, reason)
    return partner


def resume_partner(*, partner_id: UUID, resumed_at: datetime, reason: str) -> Partner:
    """Let a suspended partner's systems in again.

    Raises PartnerNotFound, PartnerEnded, NotSuspended, and PartnerHeld where another role suspended it.
    """
    with transaction.atomic():
        partner = lock_partner(partner_id)
        check_not_ended(partner)
        _check_resume(partner)
        _open(partner, resumed_at, reason)
    return partner


def suspend_tenant(*, tenant_id: UUID, suspended_at: datetime, reason: str) -> Tenant:
    """Stop one tenant's systems at once, as `suspend_partner` does with a whole partner. Raises the like."""
    with transaction.atomic():
        tenant = lock_tenant(tenant_id)
        check_not_ended(tenant.partner)
        _suspend(tenant, suspended_at, reason)
    return tenant


def resume_tenant(*, tenant_id: UUID, resumed_at: datetime, reason: str) -> Tenant:
    """Let a suspended tenant's systems in again; production by what `check_production` asks for alone.

    Raises TenantNotFound, PartnerEnded, NotSuspended, PartnerHeld where another role suspended it, and for
    production PartnerStopped, ComplianceCheckOpen and ProductionNotCompliant.
    """
    with transaction.atomic():
        partner = _lock_partner_of(tenant_id)
        tenant = lock_tenant(tenant_id)
        check_not_ended(partner)
        _check_resume(tenant)
        if tenant.kind == TenantKind.PRODUCTION:
            check_production(partner, at=resumed_at)
        _open(tenant, resumed_at, reason)
    return tenant


def shut_tenant(*, tenant_id: UUID, shut_at: datetime, reason: str) -> Tenant:
    """Stop a tenant's systems for the platform: in nobody's name. One that is suspended stays as it is."""
    with transaction.atomic():
        tenant = lock_tenant(tenant_id)
        if tenant.status == Status.ACTIVE:
            _write(tenant, Status.SUSPENDED, "", "", shut_at, reason)
    return tenant


def reopen_tenant(*, tenant_id: UUID, opened_at: datetime, reason: str) -> bool:
    """Let a tenant's systems in again that the platform shut; return whether it did. One that a person has
    suspended since, or before, stays suspended.

    Raises TenantNotFound, PartnerEnded, PartnerStopped, ComplianceCheckOpen and ProductionNotCompliant.
    """
    with transaction.atomic():
        partner = _lock_partner_of(tenant_id)
        tenant = lock_tenant(tenant_id)
        if tenant.status == Status.ACTIVE or tenant.suspended_by:
            return False
        check_not_ended(partner)
        if tenant.kind == TenantKind.PRODUCTION:
            check_production(partner, at=opened_at)
        _open(tenant, opened_at, reason)
    return True


def _lock_partner_of(tenant_id: UUID) -> Partner:
    partner_id = Tenant.objects.filter(pk=tenant_id).values_list("partner_id", flat=True).first()
    if partner_id is None:
        raise TenantNotFound
    return lock_partner(partner_id)


def _suspend(row: Partner | Tenant, at: datetime, reason: str) -> None:
    if row.status == Status.SUSPENDED and not takes_over(row.suspended_role):
        raise AlreadySuspended(stopped_by_whom(row))
    username, role = acting_as_role()
    _write(row, Status.SUSPENDED, username, role, at, reason)


def _check_resume(row: Partner | Tenant) -> None:
    if row.status == Status.ACTIVE:
        raise NotSuspended(f"This {row._meta.verbose_name} is active already: there is nothing to resume.")
    check_lift(role=row.suspended_role, stopped_by=row.suspended_by, what=str(row._meta.verbose_name))


def _open(row: Partner | Tenant, at: datetime, reason: str) -> None:
    _write(row, Status.ACTIVE, "", "", at, reason)


def _write(
    row: Partner | Tenant, status: Status, username: str, role: str, at: datetime, reason: str
) -> None:
    changes = {"status": status.value, "suspended_by": username, "suspended_role": role}
    verb = "suspend" if status == Status.SUSPENDED else "resume"
    action = f"{verb} {row._meta.model_name}"
    change_row(row, changes, frozenset(changes), action=action, changed_at=at, reason=reason)
