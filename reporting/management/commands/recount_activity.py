"""Count everything anew: the figures of the dashboards, from the tables themselves."""

from typing import Any

from django.core.management.base import BaseCommand

from core.clock import now
from reporting.services.recounting import recount


class Command(BaseCommand):
    help = "Make the dashboards' figures anew, after rows were loaded in bulk."

    def handle(self, *args: Any, **options: Any) -> None:
        recount(counted_at=now())
        self.stdout.write("Everything is counted anew.")
