"""What beat asks for."""

from celery import shared_task

from core.clock import now
from integration import services


@shared_task(name="integration.keep_partitions")  # type: ignore[untyped-decorator]
def keep_partitions() -> None:
    """Make the request log's partitions ahead of time and remove those older than 30 days."""
    services.keep_partitions(at=now())
