"""Figures of single tenants by the hour are kept for a while; those by the day and of the platform stay."""

from datetime import datetime, timedelta

from reporting.models import HourlyBets, HourlyRequests


def forget_hours(*, before: datetime) -> int:
    """Remove the figures of hours before a moment, and return of how many rows."""
    return sum(model.objects.filter(hour__lt=before).delete()[0] for model in (HourlyBets, HourlyRequests))


def first_hour_kept(*, at: datetime, days: int) -> datetime:
    """Return from which hour on figures are kept: whole days in UTC, of which charts show all or none."""
    return (at - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
