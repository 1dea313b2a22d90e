"""Players and the ledger in the office. The ledger is read-only here as everywhere: one SQL function writes
it.
"""

from wallet.admin import ledger, players

__all__ = ["ledger", "players"]
