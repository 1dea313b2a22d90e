"""Sign access tokens with a new key from now on."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from core.clock import now
from partners.oauth.keys import OVERLAP, retire_older_keys, rotate_signing_key


class Command(BaseCommand):
    help = "Make a new key for access tokens. Tokens of the key before it hold until they end by themselves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--retire-older",
            action="store_true",
            help="believe no older key any more, and none of their tokens; for a key that leaked",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.KEYS_DIR)
        key = rotate_signing_key(folder, rotated_at=now())
        self.stdout.write(f"{key.kid} signs from now on.")
        if options["retire_older"]:
            for kid in retire_older_keys(folder):
                self.stdout.write(f"{kid} is retired, and its tokens with it.")
        else:
            self.stdout.write(f"Older keys are believed for {int(OVERLAP.total_seconds())} seconds more.")
