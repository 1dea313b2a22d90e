"""What is refused about the platform's suspensions of a player; the rules are those of partners and tenants
(`partners.services.holds`). Partners learn that there is one, and neither whose it is nor why.
"""

from typing import Final

from core.errors import Conflict, Forbidden

PLAYER: Final = "player"
"""What a sentence about a suspension calls who is suspended."""


class PlayerHeld(Forbidden):
    """The platform has suspended the player; a partner cannot lift that, nor another role of the platform."""

    code = "PLAYER_HELD"
    message = "The platform has suspended this player, and alone lets the player go on."


class PlayerHeldAlready(Conflict):
    """The player is suspended by the same role already."""

    code = "PLAYER_HELD_ALREADY"
    message = "The player is suspended already."


class PlayerNotHeld(Conflict):
    """There is no suspension of that kind to lift."""

    code = "PLAYER_NOT_HELD"
    message = "Nobody of the platform suspends the player."
