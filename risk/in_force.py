"""Which limit is in force where a higher one is asked for: said above the form, anew at each choice."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from approvals.inbox import may_look
from approvals.models import ApprovalRequest
from core.admin.cells import Facts, Figure, row_link
from core.money import exact_text
from risk.models import LimitKind
from risk.rules import LimitScope
from risk.services.limits import LimitKey, find_counting, find_raise

USD: Final = "USD"
OWNERS: Final[Mapping[LimitScope, str]] = {
    LimitScope.PLATFORM: "the platform's",
    LimitScope.PARTNER: "the partner's",
    LimitScope.TENANT: "the tenant's own",
}
FOLLOWING: Final[Mapping[str, str]] = {
    "hx-get": "?",
    "hx-trigger": "change",
    "hx-include": "#id_kind, #id_vip, #id_partner, #id_tenant",
    "hx-select": "#in-force-now",
    "hx-target": "#in-force-now",
    "hx-swap": "outerHTML",
}
"""Attributes of the fields that say which limit is meant: a change of one shows what is in force there."""


def in_force(request: HttpRequest, form: forms.Form) -> Sequence[Facts]:
    """Return what counts for the limit that a form (kind, vip, partner, tenant) names so far."""
    filled = form.data if form.is_bound else form.initial
    partner, tenant = (_chosen(form, name, filled.get(name)) for name in ("partner", "tenant"))
    kind = LimitKind(filled["kind"]) if filled.get("kind") in LimitKind.values else next(iter(LimitKind))
    key = LimitKey(kind, bool(filled.get("vip")), partner and partner.pk, tenant and tenant.pk)
    players = "VIP players" if key.vip else "ordinary players"
    if partner and tenant:
        return [Facts("In force now", [("Limit", "Choose a partner or a tenant, not both.")])]
    amount, scope = find_counting(key)
    facts: list[tuple[str, Any]] = [
        ("Limit", f"{kind.label}, {players} of {tenant or partner or 'the platform'}"),
        ("Amount", Figure(exact_text(amount, 2), USD)),
        ("Comes from", OWNERS[scope]),
    ]
    waiting = find_raise(key)
    if waiting is not None:
        shown = row_link(ApprovalRequest, waiting.pk, waiting.title) if may_look(request) else waiting.title
        facts.append(("Waits for a second person", shown))
    return [Facts("In force now", facts)]


def _chosen(form: forms.Form, name: str, value: Any) -> Any:
    try:
        return form.fields[name].clean(value or None)
    except ValidationError:
        return None
