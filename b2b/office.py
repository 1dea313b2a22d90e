"""The office's frame: its title, its navigation by permission, its style sheet. Settings import this; no
models here.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import lazy


@cache
def _address(name: str, **query: str) -> str:
    """Return where a page is, looked up once a process: each page shows all of them, several times."""
    return reverse(name, query=query or None)


_link = lazy(_address, str)


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: bool(getattr(request, "user", None) and request.user.has_perm(permission))


def _item(title: str, model: str, icon: str) -> dict[str, Any]:
    """Return the navigation item of a model's list, shown to whoever may view the model."""
    app, name = model.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": _link(f"admin:{app}_{name}_changelist"),
        "permission": _may(f"{app}.view_{name}"),
    }


def _group(title: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "separator": True, "items": list(items)}


NAVIGATION: Final = [
    {"title": "", "items": [{"title": "Home", "icon": "home", "link": _link("admin:index")}]},
    _group(
        "My work",
        {
            "title": "Approvals",
            "icon": "task_alt",
            "link": _link("admin:approvals_approvalrequest_changelist"),
            "permission": "approvals.inbox.may_look",
            "badge": "approvals.inbox.badge",
            "badge_variant": "primary",
        },
        {
            "title": "My partners",
            "icon": "person_pin",
            "link": _link("admin:partners_partner_changelist", manager="me"),
            "permission": "partners.admin.page.has_partners",
            "active": "partners.admin.page.shows_own_partners",
        },
    ),
    _group(
        "Partners",
        {
            "title": "Onboarding board",
            "icon": "view_kanban",
            "link": _link("office-board"),
            "permission": _may("partners.view_partner"),
        },
        _item("All partners", "partners.partner", "handshake")
        | {"active": "partners.admin.page.shows_any_partner"},
        _item("Tenants", "partners.tenant", "domain"),
        _item("API clients", "partners.apiclient", "key"),
    ),
    _group(
        "Compliance",
        {
            "title": "Review queue",
            "icon": "fact_check",
            "link": _link("admin:partners_evidencefile_changelist", status__exact="submitted"),
            "permission": _may("partners.view_evidencefile"),
            "badge": "partners.compliance.admin.pages.queue_badge",
            "badge_variant": "primary",
        },
        {
            "title": "Expiring documents",
            "icon": "event_busy",
            "link": _link("office-expiring"),
            "permission": _may("partners.view_evidencefile"),
            "badge": "partners.compliance.admin.pages.ending_badge",
            "badge_variant": "warning",
        },
        _item("What is asked for", "partners.compliancerequirement", "checklist"),
    ),
    _group(
        "Players and money",
        _item("Players", "wallet.player", "group"),
        _item("Journal entries", "wallet.journalentry", "receipt_long"),
        _item("Accounts", "wallet.account", "account_balance"),
        _item("Seals of the ledger", "wallet.seal", "verified"),
    ),
    _group(
        "Trading & risk",
        _item("Bets", "sportsbook.bet", "confirmation_number"),
        _item("Fixtures", "sportsbook.fixture", "sports_soccer"),
        _item("Markets", "sportsbook.market", "monitoring"),
        _item("Competitions", "sportsbook.competition", "trophy"),
        _item("Sports", "sportsbook.sport", "sports"),
        _item("Limits", "risk.limit", "speed"),
    ),
    _group(
        "Finance",
        _item("Statements", "settlement.statement", "description"),
        _item("Payout addresses", "settlement.payoutaddress", "account_balance_wallet"),
        _item("Commission plans", "settlement.plan", "percent"),
        _item("Exchange rates", "partners.exchangerate", "currency_exchange"),
        _item("Currencies", "core.currency", "payments"),
    ),
    _group(
        "Integration",
        _item("API requests", "integration.apirequest", "swap_vert"),
        _item("Webhook endpoints", "webhooks.endpoint", "webhook"),
        _item("Webhook deliveries", "webhooks.delivery", "outbox"),
        {
            "title": "Events",
            "icon": "bolt",
            "link": _link("office-events"),
            "permission": _may("core.view_event"),
        },
        _item("Quarantined facts", "core.quarantinedfact", "report"),
    ),
    _group(
        "System",
        _item("Staff", "core.staffuser", "badge"),
        _item("Roles", "auth.group", "admin_panel_settings"),
        _item("Authenticator resets", "staff.totpreset", "phonelink_erase"),
        _item("History", "core.rowchange", "history"),
        _item("Audit records", "core.auditrecord", "policy"),
        _item("Seals of the trail", "core.trailseal", "verified"),
        _item("Verifications of history", "core.verification", "fact_check"),
    ),
]


def frame(request: HttpRequest) -> dict[str, Any]:
    """Take unfold's inline style sheet of colours off every page: ours has them, and the policy forbids
    inline ones.
    """
    return {"colors": None}


UNFOLD: Final[dict[str, Any]] = {
    "SITE_TITLE": "B2B office",
    "SITE_HEADER": "B2B office",
    "SITE_SUBHEADER": "Partners, risk and settlement",
    "SITE_SYMBOL": "hub",
    "SITE_URL": None,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "GLOBAL_CALLBACK": "b2b.office.frame",
    "DASHBOARD_CALLBACK": "b2b.dashboard.dashboard",
    "STYLES": [lambda request: static("office/office.css")],
    "SCRIPTS": [lambda request: static("office/office.js")],
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("office/favicon.svg")}
    ],
    "COMMAND": {"search_models": False, "search_callback": "b2b.palette.find", "show_history": False},
    "LOGIN": {"form": "staff.login.LoginForm"},
    "ACCOUNT": {"navigation": [{"title": "You", "link": _link("office-me")}]},
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": NAVIGATION,
    },
}
