"""`manage.py seal_ledger`: seal what was posted since the last time, now."""

from typing import Any

from django.core.management.base import BaseCommand

from core.clock import now
from wallet.sealing import seal_ledger


class Command(BaseCommand):
    help = "Seal the ledger up to the oldest running transaction and sign a checkpoint."

    def handle(self, *args: Any, **options: Any) -> None:
        sealed = seal_ledger(sealed_at=now())
        self.stdout.write(f"sealed {sealed.entries} entries by {sealed.links} seals")
