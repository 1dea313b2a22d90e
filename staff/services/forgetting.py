"""What is kept of logins no longer than it serves: sessions until they end, wrong passwords for 30 days."""

from datetime import datetime, timedelta
from typing import Final

from axes.models import AccessAttempt
from django.contrib.sessions.models import Session

ATTEMPTS_KEPT_FOR: Final = timedelta(days=30)


def forget_sessions(*, at: datetime) -> int:
    """Remove the sessions that have ended, and return how many there were."""
    removed, _ = Session.objects.filter(expire_date__lt=at).delete()
    return removed


def forget_login_attempts(*, at: datetime) -> int:
    """Remove wrong passwords that no lock counts and no inquiry needs any more; return how many."""
    old = AccessAttempt.objects.filter(attempt_time__lt=at - ATTEMPTS_KEPT_FOR)
    removed: int = old.delete()[0]
    return removed
