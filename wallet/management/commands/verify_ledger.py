"""`manage.py verify_ledger`: say whether the ledger is what was written. Exit code 0 if so, else 1."""

from typing import Any

from django.core.management.base import BaseCommand

from core.clock import now
from wallet.sealing import verify_ledger


class Command(BaseCommand):
    help = "Recompute every balance, check the seals and the signed checkpoints, and report what is wrong."

    def handle(self, *args: Any, **options: Any) -> None:
        report = verify_ledger(verified_at=now())
        for fault in report.faults:
            self.stdout.write(f"fault: {fault}")
        self.stdout.write(report.summary())
        if report.faults:
            raise SystemExit(1)
