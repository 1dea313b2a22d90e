"""Sealing in the background: what the worker does each time beat asks for it."""

from datetime import datetime

import structlog

from core.sealing.adding import ChainBroken, seal
from core.sealing.chain import Chain
from core.sealing.checkpoints import CheckpointForged

log = structlog.get_logger(__name__)


def seal_round(chain: Chain, *, sealed_at: datetime) -> None:
    """Seal what was written since the last time.

    Does not fail while history is not what was signed, but says so each time, until somebody looked.
    """
    try:
        seal(chain, sealed_at=sealed_at)
    except ChainBroken as broken:
        log.error(f"{chain.name}_chain_broken", seal=broken.seal_number, reason=str(broken))
    except CheckpointForged as forged:
        log.error(f"{chain.name}_checkpoint_forged", reason=str(forged))
