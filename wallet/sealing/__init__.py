"""Sealing history: a chain of hashes over the ledger, signed from time to time outside the database.

Entries are sealed in commit order, below the oldest running transaction, never under a lock of a posting.
The chain finds an edited, removed or added row; the signed checkpoints find a cut-off tail and a chain that
was made anew.
"""

from wallet.sealing.chain import ChainBroken, Sealed, seal_ledger
from wallet.sealing.checkpoints import CheckpointForged
from wallet.sealing.verifying import Report, verify_ledger

__all__ = ["ChainBroken", "CheckpointForged", "Report", "Sealed", "seal_ledger", "verify_ledger"]
