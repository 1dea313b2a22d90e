"""Make the key that signs access tokens, unless there is one."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from core.clock import now
from partners.oauth.keys import ensure_signing_key


class Command(BaseCommand):
    help = "Make the first key for access tokens; a folder that has one is left as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        was_made = ensure_signing_key(Path(settings.KEYS_DIR), made_at=now())
        self.stdout.write("A key was made." if was_made else "There is a key.")
