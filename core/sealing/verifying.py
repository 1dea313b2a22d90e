"""Checking what a chain covers: rows against themselves, rows against seals, seals against checkpoints.

All of it at once, or a few links at a time behind a cursor.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from django.db import connection, transaction
from django.template.defaultfilters import pluralize

from core.sealing.chain import Chain
from core.sealing.checkpoints import Checkpoint, CheckpointForged, list_checkpoint_files, read_checkpoint
from core.sealing.links import Link, Rows, link_after, rows_of, to_link
from core.sealing.models import VerifyingCursor

LINKS_AT_ONCE: Final = 50
REREAD_LINKS: Final = 500
REREAD_ROWS: Final = 5_000
"""A slice that is read again has at most so many links, and about so many rows."""
CHECKPOINT_LATEST: Final = timedelta(minutes=1)
"""A seal is signed a moment after it was committed; after a minute it should have been."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked, and what is wrong with it: counts by kind of row, all and sealed."""

    chain: Chain
    counts: tuple[int, ...]
    seal_count: int
    sealed_counts: tuple[int, ...]
    checkpoint_count: int
    faults: tuple[str, ...]

    def summary(self) -> str:
        """Return the verdict in one line."""
        faults, checkpoints = len(self.faults), self.checkpoint_count
        verdict = f"{faults} FAULT{pluralize(faults, 'S')}" if faults else "all is right"
        counted = ", ".join(
            f"{count} {kind.many}" for kind, count in zip(self.chain.kinds, self.counts, strict=True)
        )
        sealed = f"{self.chain.paced_count(self.sealed_counts)} {self.chain.paced_noun}"
        return (
            f"{self.chain.name}: {counted}, {self.seal_count} seals over {sealed}, "
            f"{checkpoints} checkpoint{pluralize(checkpoints)}: {verdict}"
        )


def verify(chain: Chain, *, verified_at: datetime) -> Report:
    """Check everything in one snapshot of the database, while others go on writing."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return check(chain, verified_at=verified_at)


def check(chain: Chain, *, verified_at: datetime) -> Report:
    """Check everything in the running transaction.

    The checkpoints are read before the first query takes the snapshot: one of them may be replaced while the
    rest is checked, and a checkpoint that is newer than the snapshot would seem to sign a seal that is gone.
    """
    signed = {path.name: _read_checkpoint(chain, path) for path in list_checkpoint_files(chain)}
    faults = [
        *chain.own_faults(),
        *_link_faults(chain, None, _links(chain)),
        *_checkpoint_faults(chain, signed, verified_at),
    ]
    seals = list(chain.seal._default_manager.values_list(*chain.count_columns))
    return Report(
        chain=chain,
        counts=tuple(kind.model._default_manager.count() for kind in chain.kinds),
        seal_count=len(seals),
        sealed_counts=tuple(map(sum, zip(*seals, strict=True))) if seals else (0,) * len(chain.kinds),
        checkpoint_count=len(signed),
        faults=tuple(faults),
    )


def reread(chain: Chain, *, reread_at: datetime) -> list[str]:
    """Check the next few links behind the chain's cursor and move it; return the faults.

    After the last link it begins at the first one again. Two calls at once read two slices.
    """
    with transaction.atomic():
        cursor, _ = VerifyingCursor.objects.select_for_update().get_or_create(chain=chain.name)
        seals = chain.seal._default_manager.order_by("number").values_list(*chain.link_columns)
        before = seals.filter(number=cursor.seal_number).first()
        links = _slice(chain, map(to_link, seals.filter(number__gt=cursor.seal_number)[:REREAD_LINKS]))
        faults = list(_link_faults(chain, to_link(before) if before else None, links))
        cursor.seal_number = links[-1].number if links else 0
        cursor.moved_at = reread_at
        cursor.save(update_fields=("seal_number", "moved_at"))
    return faults


def _slice(chain: Chain, links: Iterable[Link]) -> list[Link]:
    """Return the first links, until they cover enough rows."""
    found, rows = [], 0
    for link in links:
        found.append(link)
        rows += chain.paced_count(link.counts)
        if rows >= REREAD_ROWS:
            break
    return found


def _link_faults(chain: Chain, before: Link | None, following: Iterable[Link]) -> Iterator[str]:
    """Find the faults of links that follow `before` (None: from the first one on)."""
    links = iter(following)
    while seals := list(islice(links, LINKS_AT_ONCE)):
        rows = rows_of(chain, [(seal.transaction_first, seal.transaction_end) for seal in seals])
        for seal, found in zip(seals, rows, strict=True):
            fault = _link_fault(chain, before, seal, found)
            if fault:
                yield f"seal {seal.number} ({seal.transaction_first} to {seal.transaction_end - 1}) {fault}"
            before = seal


def _link_fault(chain: Chain, before: Link | None, seal: Link, found: Rows) -> str | None:
    number, end = (before.number, before.transaction_end) if before else (0, 0)
    if seal.number != number + 1:
        return f"follows seal {number}: seals were removed or reordered"
    if seal.transaction_first != end:
        return f"does not begin at {end}, where the seal before it ends: seals were edited or reordered"
    bounds = (seal.transaction_first, seal.transaction_end)
    if link_after(before, bounds, found, seal.sealed_at).digest != seal.digest:
        return f"does not hold: {_cause(chain, seal, found)}"
    if found.counts != seal.counts:
        return "counts other rows than it covers: the seal itself was edited"
    return None


def _cause(chain: Chain, seal: Link, found: Rows) -> str:
    lacking = [
        f"{abs(was - now)} {kind.many} {'removed' if was > now else 'added'}"
        for kind, was, now in zip(chain.kinds, seal.counts, found.counts, strict=True)
        if was != now
    ]
    rows = ", ".join(kind.one for kind in chain.kinds)
    return ", ".join(lacking) or f"{rows} or the seal itself was edited or reordered"


def _links(chain: Chain) -> Iterator[Link]:
    seals = chain.seal._default_manager.order_by("number").values_list(*chain.link_columns)
    return map(to_link, seals.iterator(1000))


def _read_checkpoint(chain: Chain, path: Path) -> Checkpoint | CheckpointForged:
    try:
        return read_checkpoint(chain, path)
    except CheckpointForged as forged:
        return forged


def _checkpoint_faults(
    chain: Chain, signed: dict[str, Checkpoint | CheckpointForged], verified_at: datetime
) -> Iterator[str]:
    seals = chain.seal._default_manager
    if not signed and seals.filter(sealed_at__lt=verified_at - CHECKPOINT_LATEST).exists():
        yield "there are seals and no checkpoint: the checkpoints were removed, or sealing cannot write them"
    for name, checkpoint in signed.items():
        if isinstance(checkpoint, CheckpointForged):
            yield f"{checkpoint}: edited"
            continue
        digest = seals.filter(number=checkpoint.number).values_list("digest", flat=True).first()
        if digest is None:
            yield f"checkpoint {name} signs seal {checkpoint.number}, which is gone: cut off"
        elif bytes(digest) != checkpoint.digest:
            yield f"checkpoint {name} signs another seal {checkpoint.number}: the chain was made anew"
