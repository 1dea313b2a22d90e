"""What partners are asked for, loaded from `requirements.toml`."""

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.db import transaction

from core.audit import record
from partners.compliance.models import DAYS, ComplianceRequirement

FILE: Final = Path(__file__).resolve().parent.parent / "requirements.toml"
_FIELDS: Final = ("area", "title", "mandatory", "expires", "reminder_days")


def read_requirements(file: Path = FILE) -> list[dict[str, Any]]:
    """Return the requirements of a file, each with all its fields."""
    found = tomllib.loads(file.read_text("utf-8"))["requirement"]
    return [{"mandatory": True, "expires": False, "reminder_days": list(DAYS), **one} for one in found]


def load_requirements(*, file: Path = FILE, loaded_at: datetime) -> int:
    """Enter a file's requirements and change those that differ; return how many did. Others are left
    alone.
    """
    changed = 0
    with transaction.atomic():
        for one in read_requirements(file):
            key = {name: one[name] for name in ("jurisdiction", "document_type")}
            wanted = {name: one[name] for name in _FIELDS}
            row = ComplianceRequirement.objects.select_for_update().filter(**key).first()
            before = None if row is None else {name: getattr(row, name) for name in _FIELDS}
            if before == wanted:
                continue
            row = row or ComplianceRequirement(**key)
            for name, value in wanted.items():
                setattr(row, name, value)
            row.save()
            record(action="load requirement", subject=row, recorded_at=loaded_at, before=before, after=wanted)
            changed += 1
    return changed
