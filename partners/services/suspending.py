"""Partners and tenants are suspended and go on: by people, each role for itself, or by the platform.

What people suspended, people resume: who, `holds` says. What a move of onboarding or a watch of compliance
shut, the platform opens again. A partner or a tenant is active when none of it is left.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.errors import Conflict, Refusal
from partners.models import Partner, Status, Tenant, TenantKind
from partners.services.holds import PLATFORM, Hold, PartnerHeld, find_own, holds_of, in_words, split_holds
from partners.services.locking import lock_partner, lock_tenant
from partners.services.partners import change_row
from partners.services.stops import check_not_ended, check_production, find_obstacle


class AlreadySuspended(Conflict):
    """What somebody of the same role has suspended is not suspended again."""

    code = "ALREADY_SUSPENDED"
    message = "This is suspended already."


class NotSuspended(Conflict):
    """Who or what is active is not resumed."""

    code = "NOT_SUSPENDED"
    message = "This is active already: there is nothing to resume."


def suspend_partner(*, partner_id: UUID, suspended_at: datetime, reason: str) -> Partner:
    """Stop all of a partner's systems at once, in the role of whoever acts, beside what others have stopped.
    Its tenants keep their own status.

    Raises PartnerNotFound, PartnerEnded, and AlreadySuspended where somebody has in that role.
    """
    with transaction.atomic():
        partner = lock_partner(partner_id)
        _suspend(partner, suspended_at, reason)
    return partner


def resume_partner(*, partner_id: UUID, resumed_at: datetime, reason: str) -> Partner:
    """Lift what whoever acts may lift of a partner's suspensions; return the partner as changed. Its systems
    are let in again when none is left.

    Raises PartnerNotFound, PartnerEnded, NotSuspended, and PartnerHeld where others alone lift all there are.
    """
    with transaction.atomic():
        partner = lock_partner(partner_id)
        _write(partner, check_resume(partner, at=resumed_at), resumed_at, reason)
    return partner


def suspend_tenant(*, tenant_id: UUID, suspended_at: datetime, reason: str) -> Tenant:
    """Stop one tenant's systems at once, as `suspend_partner` does with a whole partner. Raises the like."""
    with transaction.atomic():
        tenant = lock_tenant(tenant_id)
        _suspend(tenant, suspended_at, reason)
    return tenant


def resume_tenant(*, tenant_id: UUID, resumed_at: datetime, reason: str) -> Tenant:
    """Lift what whoever acts may lift of a tenant's suspensions; return the tenant as changed.

    Its systems are let in again when none is left, those of production by what `check_production` asks for
    alone. What the platform shut goes with the last one that people made, where nothing keeps production
    stopped; else it stays, and goes on by itself.

    Raises TenantNotFound, PartnerEnded, NotSuspended, PartnerHeld where others alone lift all there are, and
    for production that nobody else stops PartnerStopped, ComplianceCheckOpen and ProductionNotCompliant.
    """
    with transaction.atomic():
        tenant = lock_tenant(tenant_id)
        _write(tenant, check_resume(tenant, at=resumed_at), resumed_at, reason)
    return tenant


def shut_tenant(*, tenant_id: UUID, shut_at: datetime, reason: str) -> bool:
    """Stop a tenant's systems for the platform, beside what people have stopped; return whether they were let
    in until now.
    """
    with transaction.atomic():
        tenant = lock_tenant(tenant_id)
        was_active = tenant.status == Status.ACTIVE
        holds = holds_of(tenant)
        if PLATFORM not in holds:
            _write(tenant, [*holds, PLATFORM], shut_at, reason)
    return was_active


def reopen_tenant(*, tenant_id: UUID, opened_at: datetime, reason: str) -> bool:
    """Lift the platform's own suspension of a tenant; return whether its systems are let in by that. What
    people have suspended stays so.

    Raises TenantNotFound, PartnerEnded, PartnerStopped, ComplianceCheckOpen and ProductionNotCompliant.
    """
    with transaction.atomic():
        tenant = lock_tenant(tenant_id)
        holds = holds_of(tenant)
        if PLATFORM not in holds:
            return False
        check_not_ended(tenant.partner)
        if tenant.kind == TenantKind.PRODUCTION:
            check_production(tenant.partner, at=opened_at)
        _write(tenant, [hold for hold in holds if hold != PLATFORM], opened_at, reason)
    return tenant.status == Status.ACTIVE


def check_suspend(row: Partner | Tenant) -> None:
    """Raise what keeps whoever acts from suspending a partner or a tenant: PartnerEnded, AlreadySuspended."""
    check_not_ended(_partner_of(row))
    own = find_own(row)
    if own is not None:
        raise AlreadySuspended(_suspended_already(row, own))


def check_resume(row: Partner | Tenant, *, at: datetime) -> list[Hold]:
    """Return which suspensions are left of a partner or a tenant once whoever acts has resumed it; raise what
    `resume_tenant` raises where that is not allowed.
    """
    check_not_ended(_partner_of(row))
    what = str(row._meta.verbose_name)
    lifted, left = split_holds(row)
    if not lifted and not left:
        raise NotSuspended(f"This {what} is active already: there is nothing to resume.")
    by_people = [hold for hold in lifted if hold != PLATFORM]
    if left:
        if not by_people:
            raise PartnerHeld(in_words(left, what=what), details={"role": left[0].role})
        return [hold for hold in holds_of(row) if hold not in by_people]
    obstacle = _find_obstacle(row, at)
    if obstacle is None:
        return []
    if by_people and PLATFORM in lifted:
        return [PLATFORM]
    raise obstacle


def hidden_stops(row: Partner | Tenant, *, at: datetime) -> frozenset[str]:
    """Return which of the commands `suspend` and `resume` would be refused to who acts now."""
    hidden = set()
    if find_own(row) is not None:
        hidden.add("suspend")
    try:
        check_resume(row, at=at)
    except Refusal:
        hidden.add("resume")
    return frozenset(hidden)


def _partner_of(row: Partner | Tenant) -> Partner:
    return row if isinstance(row, Partner) else row.partner


def _find_obstacle(row: Partner | Tenant, at: datetime) -> Refusal | None:
    if isinstance(row, Partner) or row.kind != TenantKind.PRODUCTION:
        return None
    return find_obstacle(row.partner, at=at)


def _suspended_already(row: Partner | Tenant, own: Hold) -> str:
    what = row._meta.verbose_name
    if own == PLATFORM:
        return f"This {what} is suspended already; nothing was changed."
    role = f" ({own.role})" if own.role else ""
    return f"{own.held_by}{role} has suspended this {what} already; nothing was changed."


def _suspend(row: Partner | Tenant, at: datetime, reason: str) -> None:
    check_suspend(row)
    _write(row, [*holds_of(row), Hold.of_who_acts()], at, reason)


def _write(row: Partner | Tenant, holds: Sequence[Hold], at: datetime, reason: str) -> None:
    """Write what suspends a row. The trail tells a stop, one lifted beside others, and the last."""
    verb = "suspend" if len(holds) > len(row.held_by) else "lift suspension of" if holds else "resume"
    status = Status.SUSPENDED if holds else Status.ACTIVE
    changes = {"status": status.value, "held_by": [str(hold) for hold in holds]}
    action = f"{verb} {row._meta.model_name}"
    change_row(row, changes, frozenset(changes), action=action, changed_at=at, reason=reason)
