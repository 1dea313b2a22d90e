"""Checking all history: books against themselves, rows against seals, seals against checkpoints."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from django.db import connection, transaction

from wallet.models import JournalEntry, Seal, Transfer
from wallet.sealing import books
from wallet.sealing.checkpoints import Checkpoint, CheckpointForged, list_checkpoint_files, read_checkpoint
from wallet.sealing.digests import COLUMNS, Link, Rows, link_after, rows_of

LINKS_AT_ONCE: Final = 50
CHECKPOINT_LATEST: Final = timedelta(minutes=1)
"""A seal is signed a moment after it was committed; after a minute it should have been."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked, and what is wrong with it."""

    entry_count: int
    transfer_count: int
    seal_count: int
    sealed_entry_count: int
    checkpoint_count: int
    faults: tuple[str, ...]

    def summary(self) -> str:
        """Return the verdict in one line."""
        verdict = f"{len(self.faults)} FAULTS" if self.faults else "all is right"
        return (
            f"ledger: {self.entry_count} entries, {self.transfer_count} transfers, {self.seal_count} seals "
            f"over {self.sealed_entry_count} entries, {self.checkpoint_count} checkpoints: {verdict}"
        )


def verify_ledger(*, verified_at: datetime) -> Report:
    """Check everything in one snapshot of the database, while others go on writing."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return check_ledger(verified_at=verified_at)


def check_ledger(*, verified_at: datetime) -> Report:
    """Check everything in the running transaction.

    The checkpoints are read before the first query takes the snapshot: one of them may be replaced while the
    rest is checked, and a checkpoint that is newer than the snapshot would seem to sign a seal that is gone.
    """
    signed = {path.name: _read_checkpoint(path) for path in list_checkpoint_files()}
    faults = [*books.find_faults(), *_chain_faults(), *_checkpoint_faults(signed, verified_at)]
    seals = list(Seal.objects.values_list("entry_count", flat=True))
    return Report(
        entry_count=JournalEntry.objects.count(),
        transfer_count=Transfer.objects.count(),
        seal_count=len(seals),
        sealed_entry_count=sum(seals),
        checkpoint_count=len(signed),
        faults=tuple(faults),
    )


def _chain_faults() -> Iterator[str]:
    before: Link | None = None
    links = _links()
    while seals := list(islice(links, LINKS_AT_ONCE)):
        rows = rows_of([(seal.transaction_first, seal.transaction_end) for seal in seals])
        for seal, found in zip(seals, rows, strict=True):
            fault = _link_fault(before, seal, found)
            if fault:
                yield f"seal {seal.number} ({seal.transaction_first} to {seal.transaction_end - 1}) {fault}"
            before = seal


def _link_fault(before: Link | None, seal: Link, found: Rows) -> str | None:
    number, end = (before.number, before.transaction_end) if before else (0, 0)
    if seal.number != number + 1:
        return f"follows seal {number}: seals were removed or reordered"
    if seal.transaction_first != end:
        return f"does not begin at {end}, where the seal before it ends: seals were edited or reordered"
    bounds = (seal.transaction_first, seal.transaction_end)
    if link_after(before, bounds, found, seal.sealed_at).digest != seal.digest:
        return f"does not hold: {_cause(seal, found)}"
    return None


def _cause(seal: Link, found: Rows) -> str:
    lacking = [
        f"{abs(count)} {what} {'removed' if count > 0 else 'added'}"
        for what, count in (
            ("entries", seal.entry_count - found.entry_count),
            ("transfers", seal.transfer_count - found.transfer_count),
        )
        if count
    ]
    return ", ".join(lacking) or "an entry, a transfer or the seal itself was edited or reordered"


def _links() -> Iterator[Link]:
    for number, first, end, entries, transfers, digest, sealed_at in (
        Seal.objects.order_by("number").values_list(*COLUMNS).iterator(1000)
    ):
        yield Link(number, first, end, entries, transfers, bytes(digest), sealed_at)


def _read_checkpoint(path: Path) -> Checkpoint | CheckpointForged:
    try:
        return read_checkpoint(path)
    except CheckpointForged as forged:
        return forged


def _checkpoint_faults(
    signed: dict[str, Checkpoint | CheckpointForged], verified_at: datetime
) -> Iterator[str]:
    if not signed and Seal.objects.filter(sealed_at__lt=verified_at - CHECKPOINT_LATEST).exists():
        yield "there are seals and no checkpoint: the checkpoints were removed, or sealing cannot write them"
    for name, checkpoint in signed.items():
        if isinstance(checkpoint, CheckpointForged):
            yield f"{checkpoint}: edited"
            continue
        digest = Seal.objects.filter(number=checkpoint.number).values_list("digest", flat=True).first()
        if digest is None:
            yield f"checkpoint {name} signs seal {checkpoint.number}, which is gone: cut off"
        elif bytes(digest) != checkpoint.digest:
            yield f"checkpoint {name} signs another seal {checkpoint.number}: the chain was made anew"
