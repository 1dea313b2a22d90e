"""Keeping the request log in its bounds."""

from datetime import datetime
from typing import Final

from django.db import connection

DAYS_KEPT: Final = 30
DAYS_AHEAD: Final = 7


def keep_partitions(*, at: datetime) -> tuple[int, int]:
    """Make the partitions of the days to come, remove those of the days that are over; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT made, removed FROM integration_keep_partitions(%s, %s, %s)",
            [at.date(), DAYS_KEPT, DAYS_AHEAD],
        )
        made, removed = cursor.fetchone()
    return int(made), int(removed)
