"""Where staff mend what a partner's onboarding still misses: the form or the tab behind each requirement."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from core.admin.cells import link
from partners.onboarding.rules import TITLES

_COMPLIANCE: Final = ("office-partner-compliance", "partners.view_evidencefile", "#what-is-asked-for")
_CREDENTIALS: Final = ("office-partner-credentials", "partners.view_apiclient", "")
_CONTACT: Final = ("office-contact-add", "partners.add_contact", "")
_COMPANY: Final = ("office-company", "partners.change_company", "")
PLACES: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "account_manager": ("admin:partners_partner_change", "partners.change_partner", ""),
        "company": _COMPANY,
        "primary_contact": _CONTACT,
        "owners": ("office-owner-add", "partners.add_beneficialowner", ""),
        "kyc": _COMPLIANCE,
        "test_credentials": _CREDENTIALS,
        "technical_contact": _CONTACT,
        "api_called": _CREDENTIALS,
        "compliance": _COMPLIANCE,
        "certification": ("office-partner-compliance", "partners.view_evidencefile", "#certification"),
        "directors": ("office-director-add", "partners.add_director", ""),
        "sanctions": (
            "office-partner-compliance",
            "partners.view_evidencefile",
            "#sanctions-lists",
        ),
        "bank_account": ("office-partner-compliance", "partners.view_evidencefile", "#bank-account"),
        "processor_contract": ("office-processor-contract-add", "partners.add_processorcontract", ""),
        "kyb_review": ("office-kyb-review-add", "partners.add_kybreview", ""),
        "licences": ("office-partner-compliance", "partners.view_evidencefile", "#licences"),
        "production_tenant": _CREDENTIALS,
        "production_credentials": _CREDENTIALS,
    }
)
"""By requirement: the page that mends it, what opens that page, and where on it."""


def mending(fact: str, partner_id: UUID, user: Any) -> SafeString | str:
    """Return a requirement in words, as a link to where this person mends it if there is such a place."""
    place = PLACES.get(fact)
    if place is None or not user.has_perm(place[1]):
        return TITLES[fact]
    return link(reverse(place[0], args=(partner_id,)) + place[2], TITLES[fact])


def all_mending(facts: Iterable[str], partner_id: UUID, user: Any) -> list[SafeString | str]:
    """Return several requirements, each as `mending` shows it."""
    return [mending(fact, partner_id, user) for fact in facts]


def mending_in_line(facts: Iterable[str], partner_id: UUID, user: Any) -> SafeString:
    """Return several requirements in one cell, with commas between them."""
    return format_html_join(", ", "{}", ((each,) for each in all_mending(facts, partner_id, user)))
