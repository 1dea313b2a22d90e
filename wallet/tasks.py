"""Work on the ledger in the background."""

import structlog
from celery import shared_task

from core.clock import now
from wallet import sealing

log = structlog.get_logger(__name__)


@shared_task(name="wallet.seal_ledger")  # type: ignore[untyped-decorator]
def seal_ledger() -> None:
    """Seal what was posted since the last time; beat asks every ten seconds.

    Does not fail while history is not what was signed, but says so each time, until somebody looked.
    """
    try:
        sealing.seal_ledger(sealed_at=now())
    except sealing.ChainBroken as broken:
        log.error("ledger_chain_broken", seal=broken.seal_number, reason=str(broken))
    except sealing.CheckpointForged as forged:
        log.error("ledger_checkpoint_forged", reason=str(forged))
