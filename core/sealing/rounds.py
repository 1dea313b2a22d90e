"""Sealing and verifying in the background: what the worker does each time beat asks for it."""

from collections.abc import Iterable
from datetime import datetime

import structlog

from core.sealing.adding import ChainBroken, seal
from core.sealing.chain import Chain
from core.sealing.checkpoints import CheckpointForged
from core.sealing.verifying import reread, verify

log = structlog.get_logger(__name__)


def seal_round(chain: Chain, *, sealed_at: datetime) -> None:
    """Seal what was written since the last time, then read a few of the older links again.

    Does not fail while history is not what was signed, but says so each time, until somebody looked.
    """
    try:
        seal(chain, sealed_at=sealed_at)
    except ChainBroken as broken:
        log.error(f"{chain.name}_chain_broken", seal=broken.seal_number, reason=str(broken))
    except CheckpointForged as forged:
        log.error(f"{chain.name}_checkpoint_forged", reason=str(forged))
    _say(chain, reread(chain, reread_at=sealed_at))


def verify_round(chain: Chain, *, verified_at: datetime) -> None:
    """Check all history, and say each fault as an error: each round of sealing reads few."""
    report = verify(chain, verified_at=verified_at)
    _say(chain, report.faults)
    log.info(f"{chain.name}_verified", summary=report.summary())


def _say(chain: Chain, faults: Iterable[str]) -> None:
    for fault in faults:
        log.error(f"{chain.name}_fault", fault=fault)
