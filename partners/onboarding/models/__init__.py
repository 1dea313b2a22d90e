"""A partner's company, its people, and its way to production.

A move is the only way from one stage to the next: the database checks it against the transitions and what
they require, numbers it, and sets the partner's stage from it.
"""

from partners.onboarding.models.company import BeneficialOwner, Company, Contact, Director, Licence, Note
from partners.onboarding.models.pipeline import (
    Certification,
    ComplianceArea,
    OnboardingMove,
    OnboardingTransition,
)

__all__ = [
    "BeneficialOwner",
    "Certification",
    "Company",
    "ComplianceArea",
    "Contact",
    "Director",
    "Licence",
    "Note",
    "OnboardingMove",
    "OnboardingTransition",
]
