"""Writing players and the ledger: one verb, one function, one transaction."""

from wallet.services.holding import close_player, hold_player, lift_partners_suspension, release_player
from wallet.services.movements import deposit, roll_back, withdraw
from wallet.services.players import create_player, update_player
from wallet.services.posting import post_entry

__all__ = [
    "close_player",
    "create_player",
    "deposit",
    "hold_player",
    "lift_partners_suspension",
    "post_entry",
    "release_player",
    "roll_back",
    "update_player",
    "withdraw",
]
