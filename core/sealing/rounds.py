"""Sealing and verifying in the background: what the worker does each time beat asks for it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import structlog

from core.sealing.adding import ChainBroken, seal
from core.sealing.chain import Chain
from core.sealing.checkpoints import CheckpointForged
from core.sealing.models import Verification
from core.sealing.verifying import Report, reread, verify

FAULTS_KEPT: Final = 100
VERIFIED_EVERY: Final = timedelta(hours=23)
"""The worker asks each hour, so that all is checked once in 24 hours however often it is started anew."""

log = structlog.get_logger(__name__)


def seal_round(chain: Chain, *, sealed_at: datetime) -> None:
    """Seal what was written since the last time, then read a few of the older links again.

    A fault that is new is followed by a full check, which the office shows.

    Does not fail while history is not what was signed, but says so each time, until somebody looked.
    """
    try:
        seal(chain, sealed_at=sealed_at)
    except ChainBroken as broken:
        log.error(f"{chain.name}_chain_broken", seal=broken.seal_number, reason=str(broken))
    except CheckpointForged as forged:
        log.error(f"{chain.name}_checkpoint_forged", reason=str(forged))
    faults = reread(chain, reread_at=sealed_at)
    _say(chain, faults)
    if faults and not _is_known_broken(chain):
        verify_and_note(chain, verified_at=sealed_at)


def verify_daily(chain: Chain, *, verified_at: datetime) -> None:
    """Check all history once a day, and say each fault as an error: each round of sealing reads few."""
    if Verification.objects.filter(chain=chain.name, verified_at__gt=verified_at - VERIFIED_EVERY).exists():
        return
    report = verify_and_note(chain, verified_at=verified_at)
    _say(chain, report.faults)
    log.info(f"{chain.name}_verified", summary=report.summary())


def verify_and_note(chain: Chain, *, verified_at: datetime) -> Report:
    """Check all history, and write down what came of it."""
    report = verify(chain, verified_at=verified_at)
    Verification.objects.create(
        chain=chain.name,
        verified_at=verified_at,
        summary=report.summary(),
        fault_count=len(report.faults),
        faults=list(report.faults[:FAULTS_KEPT]),
    )
    return report


def _is_known_broken(chain: Chain) -> bool:
    """Whether the last full check found faults: the office shows them, and one check of them is enough."""
    last = Verification.objects.filter(chain=chain.name).order_by("-verified_at").first()
    return last is not None and last.fault_count > 0


def _say(chain: Chain, faults: Iterable[str]) -> None:
    for fault in faults:
        log.error(f"{chain.name}_fault", fault=fault)
