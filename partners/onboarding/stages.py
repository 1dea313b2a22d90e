"""The words of onboarding: its stages, the five areas of compliance, and what becomes of each."""

from typing import Final

from django.db import models


class Stage(models.TextChoices):
    """Where a partner is on its way, in the order of the way; the last three are beside it."""

    REGISTERED = "registered"
    COMPLIANCE = "compliance"
    CREDENTIALS = "credentials"
    DOCUMENTATION = "documentation"
    DEVELOPMENT = "development"
    TESTING = "testing"
    DEPLOYMENT = "deployment"
    LIVE = "live"
    MAINTENANCE = "maintenance"
    DECLINED = "declined"
    PAUSED = "paused"
    TERMINATED = "terminated"


WAY: Final = tuple(Stage)[:9]
"""The stages of the way itself, each followed by the next."""
ENDED: Final = (Stage.DECLINED, Stage.TERMINATED)
"""Stages of a partner with whom nothing is done any more."""
ARRIVED: Final = frozenset({Stage.LIVE, Stage.MAINTENANCE})
"""Stages at the end of the way, where nobody waits any more."""
ON_THE_WAY: Final = frozenset(WAY) - ARRIVED
"""Stages in which a partner waits for its next step."""
PRODUCTION: Final = frozenset({Stage.DEPLOYMENT, Stage.LIVE, Stage.MAINTENANCE})
"""Stages in which a partner may have production credentials."""


class Area(models.TextChoices):
    """What a partner has to prove before it goes live."""

    DATA_PROTECTION = "data_protection", "Data protection"
    AML = "aml", "Anti-money-laundering"
    KYC = "kyc", "Know your customer"
    RESPONSIBLE_GAMBLING = "responsible_gambling", "Responsible gambling"
    LOCAL_LICENCE = "local_licence", "Local licence"


class AreaStatus(models.TextChoices):
    MISSING = "missing"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"


class ContactRole(models.TextChoices):
    MANAGEMENT = "management"
    TECHNICAL = "technical"
    COMPLIANCE = "compliance"
    FINANCE = "finance"
    SUPPORT = "support"
