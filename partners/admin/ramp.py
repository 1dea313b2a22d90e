"""The ramp of production on the partner's page: how many players may bet there, and who changes it."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from approvals.kinds import proposed
from approvals.models import ApprovalRequest
from approvals.queries import list_waiting
from core.admin.base import OfficeAdmin
from core.admin.cells import CommandLink, Facts, row_link
from core.clock import now
from partners.models import Partner, Tenant, TenantKind
from partners.onboarding.stages import PRODUCTION
from partners.queries.ramps import is_ramping
from partners.rules import RAMP_WHOLE_PERCENT
from partners.services.ramp import RAMP_STEP

COMMAND: Final = "change_ramp"
NOT_OPEN: Final = (
    "The ramp is raised from the stage Deployment on; until then it is what production begins with."
)
BELOW: Final = "Bets of the other players are refused with NOT_ROUTED."


class RampFilter(admin.SimpleListFilter):
    """The partners that are in production, with a part of their players only."""

    title = "ramp"
    parameter_name = "ramp"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("below", "Below 100 %")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Partner]) -> QuerySet[Partner]:
        return queryset.filter(is_ramping()) if self.value() == "below" else queryset


def ramp_in_words(tenant: Tenant) -> str:
    """Return how many of its players a production tenant takes bets of; nothing for a test tenant."""
    if tenant.kind != TenantKind.PRODUCTION:
        return ""
    return f"ramp: {players_routed(tenant.ramp_percent)}"


def players_routed(percent: int) -> str:
    """Return a ramp in words: `10 % of players`."""
    return "all players" if percent == RAMP_WHOLE_PERCENT else f"{percent} % of players"


def ramp_facts(partner: Partner, tenants: Iterable[Tenant]) -> list[Facts]:
    """Return the ramp of a partner's production with the step that waits; nothing without production."""
    tenant = _production(tenants)
    if tenant is None:
        return []
    facts: list[tuple[str, object]] = [("Players who may bet", players_routed(tenant.ramp_percent))]
    facts += [("Asked for", _waiting(one)) for one in list_waiting(RAMP_STEP, partner.pk, at=now())]
    is_open = partner.stage in PRODUCTION
    below = BELOW if tenant.ramp_percent < RAMP_WHOLE_PERCENT else ""
    return [Facts("Ramp of production", facts, note=below if is_open else NOT_OPEN)]


def ramp_commands(request: HttpRequest, partner: Partner, tenants: Iterable[Tenant]) -> Sequence[CommandLink]:
    """Return the command that changes the ramp of production, for who may, while it can be raised."""
    tenant = _production(tenants)
    if tenant is None or partner.stage not in PRODUCTION:
        return ()
    tenant.partner = partner
    page = admin.site.get_model_admin(Tenant)
    assert isinstance(page, OfficeAdmin)
    return page.commands_of(request, tenant, among=(COMMAND,))


def _production(tenants: Iterable[Tenant]) -> Tenant | None:
    return next((each for each in tenants if each.kind == TenantKind.PRODUCTION), None)


def _waiting(one: ApprovalRequest) -> str:
    asked = players_routed(proposed(one)["percent"])
    return format_html("{}: {}", asked, row_link(ApprovalRequest, one.pk, "waits for a second person"))
