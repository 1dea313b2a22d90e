"""Writes on the rows that every app stands on."""

from datetime import datetime, timedelta
from typing import Final

from core.models import IdempotencyKey

KEYS_KEPT_FOR: Final = timedelta(hours=48)


def forget_idempotency_keys(*, now: datetime) -> int:
    """Remove keys older than 48 hours (24 are promised) and return how many there were."""
    removed, _ = IdempotencyKey.objects.filter(created_at__lt=now - KEYS_KEPT_FOR).delete()
    return removed
