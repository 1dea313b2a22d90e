"""Which partners' production takes bets of a part of their players only."""

from django.db.models import Exists, OuterRef, Q

from partners.models import Tenant, TenantKind
from partners.onboarding.stages import PRODUCTION
from partners.rules import RAMP_WHOLE_PERCENT


def is_ramping() -> Q:
    """Return which partners, from the stage Deployment on, have a production tenant below the whole ramp."""
    below = Tenant.objects.filter(
        partner=OuterRef("pk"), kind=TenantKind.PRODUCTION, ramp_percent__lt=RAMP_WHOLE_PERCENT
    )
    return Q(Exists(below), stage__in=sorted(PRODUCTION))
