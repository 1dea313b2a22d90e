"""Writing players and the ledger: one verb, one function, one transaction."""

from wallet.services.movements import deposit, roll_back, withdraw
from wallet.services.players import create_player, update_player
from wallet.services.posting import post_entry

__all__ = ["create_player", "deposit", "post_entry", "roll_back", "update_player", "withdraw"]
