"""Sealing history: chains of hashes over rows that are only added, signed outside the database.

Rows are sealed in commit order, below the oldest running transaction, never under a lock of a writer. A chain
finds an edited, removed, added or moved row; the signed checkpoints find a cut-off tail and a chain that was
made anew. What a chain covers is said by a `Chain`; all else is the same for each.
"""

from core.sealing.adding import ChainBroken, Sealed, seal
from core.sealing.chain import Chain, Kind
from core.sealing.checkpoints import CheckpointForged
from core.sealing.verifying import Report, verify

__all__ = ["Chain", "ChainBroken", "CheckpointForged", "Kind", "Report", "Sealed", "seal", "verify"]
