"""Writing into the audit trail, sealing and counting it."""

from typing import Any, Final

from django.db import models

from core.acting import acting
from core.clock import now
from core.models import AuditRecord, RowChange, TrailSeal
from core.sealing.adding import seal_pass
from core.sealing.links import Link
from core.trail import TRAIL
from partners.models import Partner
from partners.services import change_partner
from tests.makers.relays import wait_until
from tests.makers.roles import acting_as

TABLES: Final = ("core_auditrecord", "core_rowchange")
RECORD: Final = "id = (SELECT id FROM core_auditrecord WHERE object_id = %s ORDER BY id LIMIT 1 OFFSET 1)"
CHANGE: Final = "id = (SELECT id FROM core_rowchange WHERE row_id = %s ORDER BY id LIMIT 1 OFFSET 1)"


def rename(partner: Partner, name: str) -> None:
    """Write one audit record and one row change, in one transaction."""
    with acting_as("b2b_office"), acting("anna", request_id="req-1", address="192.0.2.7"):
        change_partner(partner_id=partner.pk, changes={"legal_name": name}, changed_at=now(), reason="Asked")


def seal_something() -> list[Link]:
    """Seal in the running transaction, as soon as no transaction of another database holds it up."""
    made: list[Link] = []

    def has_sealed() -> bool:
        made.extend(seal_pass(TRAIL, sealed_at=now()))
        return bool(made)

    wait_until(has_sealed)
    return made


def sealed_counts() -> tuple[int, int]:
    found = TrailSeal.objects.aggregate(
        records=models.Sum("record_count", default=0), changes=models.Sum("change_count", default=0)
    )
    return found["records"], found["changes"]


def written_counts() -> tuple[int, int]:
    return AuditRecord.objects.count(), RowChange.objects.count()


def cut_tail(cursor: Any) -> None:
    """Remove the newest record and the newest change, those of the last sealed transaction."""
    for table in TABLES:
        cursor.execute(
            f"DELETE FROM {table} WHERE transaction_id = (SELECT max(transaction_id) FROM {table})"
        )
