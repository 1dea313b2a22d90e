"""What the commands of every chain do; a chain's own name it."""

from typing import Any, ClassVar

from django.core.management.base import BaseCommand

from core.clock import now
from core.sealing.adding import seal
from core.sealing.chain import Chain
from core.sealing.rounds import verify_and_note


class SealCommand(BaseCommand):
    """Seal what was written since the last time, now."""

    chain: ClassVar[Chain]

    def handle(self, *args: Any, **options: Any) -> None:
        sealed = seal(self.chain, sealed_at=now())
        self.stdout.write(f"sealed {sealed.rows} {self.chain.paced_noun} by {sealed.links} seals")


class VerifyCommand(BaseCommand):
    """Say whether what a chain covers is what was written. Exit code 0 if so, else 1."""

    chain: ClassVar[Chain]

    def handle(self, *args: Any, **options: Any) -> None:
        report = verify_and_note(self.chain, verified_at=now())
        for fault in report.faults:
            self.stdout.write(f"fault: {fault}")
        self.stdout.write(report.summary())
        if report.faults:
            raise SystemExit(1)
