"""What each role of staff may do, and who opens the pages that are no model's: the one place.

`manage.py seed_roles` makes the groups from it; a test walks every address of the office with every role and
holds the answers against it. A permission is `app.verb_model`; `*` stands for anything in its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from staff.rules import ROLE_NAMES, role_title

ANY_STAFF: Final = "any staff"
ANYBODY: Final = "anybody"


EVERYBODY: Final = ("core.view_rowchange",)
"""What each role may: the history shows everybody the changes of those records that they see."""


@dataclass(frozen=True)
class Role:
    """A role: its name, what it is for, and its permissions."""

    name: str
    duty: str
    permissions: frozenset[str]

    @property
    def title(self) -> str:
        return role_title(self.name)


def _role(name: str, duty: str, *permissions: str) -> Role:
    return Role(name, duty, frozenset((*permissions, *EVERYBODY)))


def _decides(*kinds: str) -> tuple[str, ...]:
    """Return the permissions to decide requests of these kinds."""
    return ("approvals.change_approvalrequest", *(f"approvals.decide_{kind}" for kind in kinds))


_STANDS_IN: Final = "approvals.change_approvalrequest"
"""Lets a deputy decide what a colleague decides; alone it decides nothing."""
_PARTNER_VIEWS: Final = ("partners.view_partner", "partners.view_tenant", "partners.view_apiclient")
_DOCUMENT_VIEWS: Final = ("partners.view_evidencefile", "partners.view_compliancerequirement")
_SPORTSBOOK_VIEWS: Final = ("sportsbook.view_*", "risk.view_limit")
_MONEY_VIEWS: Final = (
    "wallet.view_journalentry",
    "wallet.view_account",
    "wallet.view_seal",
    "settlement.view_*",
    "partners.view_exchangerate",
    "core.view_currency",
)
_WEBHOOKS: Final = ("webhooks.view_endpoint", "webhooks.view_delivery", "webhooks.change_delivery")
"""To see what became of deliveries, and to send them once more."""
_ONBOARDING: Final = (
    "partners.add_onboardingmove",
    *(
        f"partners.{verb}_{model}"
        for verb in ("view", "add", "change")
        for model in ("company", "beneficialowner", "director", "contact", "licence", "certification")
    ),
    "partners.view_bankaccount",
    "partners.add_bankaccount",
    "partners.view_processorcontract",
    "partners.add_processorcontract",
    "partners.view_note",
    "partners.add_note",
)

ROLES: Final = (
    _role(
        "account_manager",
        "Brings partners in and looks after them.",
        *_PARTNER_VIEWS,
        "partners.add_partner",
        "partners.change_partner",
        "partners.stop_partner",
        "partners.add_tenant",
        "partners.change_tenant",
        "partners.add_apiclient",
        "partners.change_apiclient",
        *_DOCUMENT_VIEWS,
        "partners.add_evidencefile",
        "partners.download_evidencefile",
        *_ONBOARDING,
        "partners.reveal_contact",
        "partners.view_as_partner",
        "integration.view_apirequest",
        *_WEBHOOKS,
        "webhooks.change_endpoint",
        "settlement.view_plan",
        "settlement.view_statement",
        "risk.view_limit",
        "core.view_event",
        "approvals.add_approvalrequest",
        _STANDS_IN,
    ),
    _role(
        "compliance",
        "Decides whether a partner may work with us.",
        *_PARTNER_VIEWS,
        *_ONBOARDING,
        "partners.reveal_contact",
        "partners.reveal_beneficialowner",
        "partners.reveal_director",
        "partners.view_screening",
        "partners.add_screening",
        "partners.change_screening",
        "partners.change_bankaccount",
        "partners.view_kybreview",
        "partners.add_kybreview",
        "partners.change_partner",
        "partners.stop_partner",
        *_DOCUMENT_VIEWS,
        "partners.add_evidencefile",
        "partners.decide_evidencefile",
        "partners.download_evidencefile",
        "partners.add_compliancerequirement",
        "partners.change_compliancerequirement",
        "wallet.view_player",
        "wallet.change_player",
        "wallet.reveal_player",
        "wallet.export_player",
        "wallet.erase_player",
        "core.view_auditrecord",
        "core.view_trailseal",
        "core.view_verification",
        "approvals.add_approvalrequest",
        *_decides("production_credentials", "production_access", "bank_account"),
    ),
    _role(
        "trader",
        "Keeps fixtures, markets and results right.",
        *_SPORTSBOOK_VIEWS,
        "sportsbook.add_sport",
        "sportsbook.change_sport",
        "sportsbook.add_competition",
        "sportsbook.change_competition",
        "sportsbook.change_market",
        "sportsbook.add_result",
        "risk.propose_limit",
        "core.view_event",
        "core.view_quarantinedfact",
        "core.change_quarantinedfact",
        "approvals.add_approvalrequest",
        *_decides("limit_raise", "resettlement"),
    ),
    _role(
        "risk",
        "Sets limits and stops what is dangerous.",
        *_SPORTSBOOK_VIEWS,
        "partners.view_partner",
        "partners.view_tenant",
        "partners.stop_partner",
        "risk.add_limit",
        "risk.change_limit",
        "risk.propose_limit",
        "sportsbook.change_market",
        "wallet.view_player",
        "wallet.change_player",
        "core.view_event",
        "approvals.add_approvalrequest",
        *_decides("limit_raise", "resettlement", "ramp_step"),
    ),
    _role(
        "finance_maker",
        "Prepares statements, plans and rates.",
        *_MONEY_VIEWS,
        "partners.view_partner",
        "partners.view_tenant",
        "settlement.add_statement",
        "settlement.change_statement",
        "settlement.add_payoutaddress",
        "settlement.change_payoutaddress",
        "settlement.add_plan",
        "partners.add_exchangerate",
        "partners.change_exchangerate",
        "core.add_currency",
        "core.change_currency",
        "approvals.add_approvalrequest",
        _STANDS_IN,
    ),
    _role(
        "finance_checker",
        "Checks and approves what finance prepared.",
        *_MONEY_VIEWS,
        "partners.view_partner",
        "partners.view_tenant",
        "settlement.change_payoutaddress",
        *_decides("rate_change", "exchange_rate", "statement", "adjustment", "payout_address"),
    ),
    _role(
        "support",
        "Answers partners, and finds what happened.",
        *_PARTNER_VIEWS,
        *_SPORTSBOOK_VIEWS,
        "partners.view_as_partner",
        "integration.view_apirequest",
        "wallet.view_player",
        "wallet.reveal_player",
        "wallet.view_journalentry",
        *_WEBHOOKS,
        "core.view_event",
        "core.view_quarantinedfact",
        _STANDS_IN,
    ),
    _role(
        "auditor",
        "Reads everything and changes nothing.",
        "*.view_*",
        "partners.download_evidencefile",
    ),
    _role(
        "security_admin",
        "Invites staff and gives them roles.",
        "core.view_staffuser",
        "core.add_staffuser",
        "core.change_staffuser",
        "auth.view_group",
        "staff.view_totpreset",
        "staff.add_totpreset",
        "staff.change_totpreset",
        "staff.view_deputy",
        "approvals.add_approvalrequest",
        *_decides("role_grant"),
    ),
)

PAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "admin:login": ANYBODY,
        "admin:logout": ANYBODY,
        "admin_password_reset": ANYBODY,
        "office-csp-report": ANYBODY,
        "office-welcome": ANYBODY,
        "office-welcome-link": ANYBODY,
        "admin:index": ANY_STAFF,
        "admin:search": ANY_STAFF,
        "office-password": ANY_STAFF,
        "admin:password_change": ANY_STAFF,
        "admin:password_change_done": ANY_STAFF,
        "office-verify": ANY_STAFF,
        "office-enrol": ANY_STAFF,
        "office-me": ANY_STAFF,
        "office-deputy": ANY_STAFF,
        "office-deputy-end": ANY_STAFF,
        "office-end-sessions": ANY_STAFF,
        "office-board": "partners.view_partner",
        "office-board-export": "partners.view_partner",
        "admin:approvals_approvalrequest_changelist": "approvals.*",
        "admin:approvals_approvalrequest_change": "approvals.*",
        "admin:approvals_approvalrequest_history": "approvals.*",
        "admin:approvals_approvalrequest_export": "approvals.*",
        "admin:settlement_statement_csv": "settlement.view_statement",
        "office-events": "core.view_event",
        "office-events-export": "core.view_event",
        "office-expiring": "partners.view_evidencefile",
        "office-expiring-export": "partners.view_evidencefile",
        "office-document-file": "partners.download_evidencefile",
        "office-partner-overview": "partners.view_partner",
        "office-partner-compliance": "partners.view_partner partners.view_evidencefile",
        "office-partner-credentials": "partners.view_partner partners.view_apiclient",
        "office-partner-limits": "partners.view_partner risk.view_limit",
        "office-partner-commercial": "partners.view_partner settlement.view_plan",
        "office-partner-integration": "partners.view_partner integration.view_apirequest",
        "office-partner-statements": "partners.view_partner settlement.view_statement",
        "office-partner-timeline": "partners.view_partner",
        "office-as-partner": "partners.view_partner partners.view_as_partner",
        "office-company": "partners.view_partner partners.change_company",
        "office-owner-add": "partners.view_partner partners.add_beneficialowner",
        "office-owner": "partners.view_partner partners.change_beneficialowner",
        "office-licence-add": "partners.view_partner partners.add_licence",
        "office-licence": "partners.view_partner partners.change_licence",
        "office-contact-add": "partners.view_partner partners.add_contact",
        "office-contact": "partners.view_partner partners.change_contact",
        "office-certification-sign": "partners.view_partner partners.add_certification",
        "office-certification-countersign": "partners.view_partner partners.change_certification",
        "office-certification-withdraw": "partners.view_partner partners.change_certification",
        "office-director-add": "partners.view_partner partners.add_director",
        "office-director": "partners.view_partner partners.change_director",
        "office-screen-company": "partners.view_partner partners.add_screening",
        "office-screen-owner": "partners.view_partner partners.add_screening",
        "office-screen-director": "partners.view_partner partners.add_screening",
        "office-screening-decide": "partners.view_partner partners.change_screening",
        "office-bank-account": "partners.view_partner partners.add_bankaccount",
        "office-bank-account-verify": "partners.view_partner partners.change_bankaccount",
        "office-kyb-review-add": "partners.view_partner partners.add_kybreview",
        "office-processor-contract-add": "partners.view_partner partners.add_processorcontract",
        "office-note": "partners.view_partner partners.add_note",
        "office-hand-in": "partners.add_evidencefile",
        "office-reveal-contact": "partners.reveal_contact",
        "office-reveal-director": "partners.reveal_director",
        "office-reveal-owner": "partners.reveal_beneficialowner",
        "office-dossier": "partners.download_evidencefile",
    }
)
"""Pages that are no model's or go beyond its permissions, by name, and what opens each: all that is named."""

assert tuple(role.name for role in ROLES) == ROLE_NAMES
