"""Seed the demo and write its credentials down."""

import json
import os
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from core.audit import acting
from core.clock import now
from partners.oauth.keys import ensure_signing_key
from partners.showcase import prove_live_partner, seed_showcase
from settlement.demo import seed_credentials, seed_owner, seed_partner, seed_platform


class Command(BaseCommand):
    help = (
        "Give the platform roles of staff, currencies, rates, limits, a demo partner with a test tenant, "
        "staff, companies on their way, and the sample season; write the credentials to demo.json, last. "
        "What is there stays."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        file = Path(settings.VAR) / "demo.json"
        seeded_at = now()
        call_command("seed_roles", stdout=self.stdout, stderr=self.stderr)
        ensure_signing_key(Path(settings.KEYS_DIR), made_at=seeded_at)
        with acting("seed_demo"):
            seed_platform(seeded_at=seeded_at)
            demo = seed_partner(seeded_at=seeded_at)
            season = Path(apps.get_app_config("sportsbook").path) / "data" / "sample-season.csv"
            call_command("load_season", season, stdout=self.stdout, stderr=self.stderr)
            credentials = seed_credentials(demo, before=_read(file), seeded_at=seeded_at)
            seed_owner(demo, seeded_at=seeded_at)
            prove_live_partner(partner_id=demo.partner.pk, seeded_at=seeded_at)
            seed_showcase(seeded_at=seeded_at)
        urls = {
            "apiUrl": settings.API_URL,
            "officeUrl": settings.OFFICE_URL,
            "streamUrl": settings.STREAM_URL,
        }
        _write(file, {**urls, **credentials})
        self.stdout.write(f"The demo is ready; its credentials are in {file}.")


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(file: Path, content: dict[str, Any]) -> None:
    unfinished = file.with_suffix(".new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as written:
        json.dump(content, written, indent=2)
        written.write("\n")
        written.flush()
        os.fsync(written.fileno())
    unfinished.rename(file)
