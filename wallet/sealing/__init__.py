"""The ledger's chain of seals: what it covers, and what the books say against themselves."""

from wallet.sealing.ledger import LEDGER

__all__ = ["LEDGER"]
