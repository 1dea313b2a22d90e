"""Who waits for too long on the way: the one definition, of a partner and of many."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from partners.models import Partner
from partners.onboarding.stages import ON_THE_WAY

LATE_DAYS: Final = 5
"""A partner on its way is late after more whole days than these in a stage."""


def days_in_stage(partner: Partner, at: datetime) -> int:
    """Return for how many whole days a partner has been where it is."""
    return max((at - partner.stage_since).days, 0)


def is_late(partner: Partner, at: datetime) -> bool:
    """Whether a partner waits for too long where it is."""
    return partner.stage in ON_THE_WAY and partner.stage_since <= _late_since(at)


def late(at: datetime) -> Q:
    """Return which partners wait for too long where they are."""
    return Q(stage__in=sorted(ON_THE_WAY), stage_since__lte=_late_since(at))


def _late_since(at: datetime) -> datetime:
    return at - timedelta(days=LATE_DAYS + 1)
