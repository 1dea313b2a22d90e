"""The partner's page: one row of tabs, each with its own address and permission.

Every app shows its own tab: a function under `@tab("limits")` that is given the partner and returns what
stands under the row. Account managers open the page of their own partners alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Final
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from core.admin.base import OfficeAdmin
from core.admin.cells import CommandLink, Facts, Panel, change_url, label, status_label
from core.admin.pages import Page, office_page, office_view
from partners.compliance.queries import stop_reason
from partners.models import Partner, Status
from partners.onboarding.stages import ENDED
from partners.queries.scope import ACCOUNT_MANAGER, partners_of
from partners.services.holds import holds_of, in_words
from staff.queries import roles_of

PARTNERS: Final = "admin:partners_partner_changelist"
VIEW: Final = "partners.view_partner"
VIEW_AS_PARTNER: Final = "partners.view_as_partner"


@dataclass(frozen=True)
class Tab:
    """One tab: its name (the page is `office-partner-<name>`), its title, and who opens it."""

    name: str
    title: str
    permission: str

    @property
    def page(self) -> str:
        """The name of the tab's address."""
        return f"office-partner-{self.name}"


TABS: Final = (
    Tab("overview", "Overview", VIEW),
    Tab("compliance", "Compliance", "partners.view_evidencefile"),
    Tab("credentials", "Credentials", "partners.view_apiclient"),
    Tab("limits", "Limits", "risk.view_limit"),
    Tab("commercial", "Commercial", "settlement.view_plan"),
    Tab("integration", "Integration", "integration.view_apirequest"),
    Tab("statements", "Statements", "settlement.view_statement"),
    Tab("timeline", "Timeline", VIEW),
)


@dataclass(frozen=True)
class Shown:
    """What a tab shows: sections one below the other, or a template of its own with what it needs."""

    sections: Sequence[Panel | Facts] = ()
    commands: Sequence[CommandLink] = ()
    template: str = "office/partner/tab.html"
    context: dict[str, Any] = field(default_factory=dict)


def tab(name: str) -> Callable[[Callable[[HttpRequest, Partner], Shown]], Page]:
    """Make a function a tab of the partner's page: GET alone, own partners alone, by the tab's permission."""
    chosen = next(each for each in TABS if each.name == name)

    def decorate(show: Callable[[HttpRequest, Partner], Shown]) -> Page:
        @office_view(VIEW, chosen.permission)
        @wraps(show)
        def page(request: HttpRequest, partner_id: UUID) -> HttpResponseBase:
            partner = seen_partner(request, partner_id)
            shown = show(request, partner)
            return office_page(
                request,
                shown.template,
                title=partner.name,
                subtitle=chosen.title,
                sections=shown.sections,
                tab_commands=shown.commands,
                **frame_of(request, partner, current=chosen.name),
                **shown.context,
            )

        return page

    return decorate


def has_partners(request: HttpRequest) -> bool:
    """Return whether the reader is an account manager, who has partners of their own."""
    user = request.user
    return user.has_perm(VIEW) and ACCOUNT_MANAGER in roles_of(user)


def shows_own_partners(request: HttpRequest) -> bool:
    """Return whether a page is the list of the reader's own partners."""
    return request.path == reverse(PARTNERS) and request.GET.get("manager") == "me"


def shows_any_partner(request: HttpRequest) -> bool:
    """Return whether a page is the list of all partners, or one partner's."""
    return request.path.startswith(reverse(PARTNERS)) and not shows_own_partners(request)


def seen_partner(request: HttpRequest, partner_id: UUID) -> Partner:
    """Return a partner that this member of staff sees; 404 where there is none."""
    seen = (
        partners_of(request.user)
        .select_related("account_manager", "company")
        .annotate(stopped_for=stop_reason())
    )
    partner = seen.filter(pk=partner_id).first()
    if partner is None:
        raise Http404("There is no such partner.")
    return partner


def tab_url(partner_id: UUID, name: str) -> str:
    """Return the address of one of a partner's tabs."""
    return reverse(f"office-partner-{name}", args=(partner_id,))


def tab_instead(request: HttpRequest, answer: HttpResponse, partner_id: UUID, name: str) -> HttpResponse:
    """Open a partner's tab in place of the list that `answer` leads to, for who sees partners; a window that
    only chooses a row gets its answer.
    """
    if IS_POPUP_VAR in request.POST or not request.user.has_perm(VIEW):
        return answer
    return HttpResponseRedirect(tab_url(partner_id, name))


def frame_of(request: HttpRequest, partner: Partner, *, current: str) -> dict[str, Any]:
    """Return what stands above every tab: who the partner is, the row of tabs, and what can be done."""
    user = request.user
    page = admin.site.get_model_admin(Partner)
    assert isinstance(page, OfficeAdmin)
    manager = partner.account_manager
    return {
        "partner": partner,
        "labels": _labels(partner),
        "held": _held(partner),
        "manager": "nobody" if manager is None else manager.get_full_name() or manager.get_username(),
        "tabs": [
            {"title": each.title, "url": tab_url(partner.pk, each.name), "is_current": each.name == current}
            for each in TABS
            if user.has_perm(each.permission)
        ],
        "partner_commands": page.commands_of(request, partner),
        "edit_url": change_url(Partner, partner.pk) if page.has_change_permission(request, partner) else "",
        "as_partner_url": (
            reverse("office-as-partner", args=(partner.pk,)) if user.has_perm(VIEW_AS_PARTNER) else ""
        ),
    }


def _labels(partner: Partner) -> list[str]:
    """Return the stage, and what of the partner is stopped."""
    labels = [status_label(partner, "stage"), *stop_labels(partner)]
    is_over = partner.stage in ENDED or partner.status == Status.SUSPENDED
    return labels if is_over else [*labels, status_label(partner, "status")]


def stop_labels(partner: Partner) -> list[str]:
    """Return what of a partner is stopped, of one that has not ended; `stopped_for` as `stop_reason` says."""
    if partner.stage in ENDED:
        return []
    production = [label("suspended", "Production stopped")] if stopped_for(partner) else []
    return [*production, *([status_label(partner, "status")] if partner.status == Status.SUSPENDED else [])]


def stopped_for(partner: Partner) -> str:
    """Return why compliance has stopped production, of a partner that is seen; nothing where it has not."""
    return "" if partner.stage in ENDED else getattr(partner, "stopped_for", None) or ""


def _held(partner: Partner) -> str:
    """Return who has suspended a partner, and who lets it go on."""
    return "" if partner.stage in ENDED else in_words(holds_of(partner), what="partner")
