"""Who of the platform suspends a player, and who lets the player go on: the rules that partners are held by.

Each role's suspension stands by itself, written `role:username`: that of compliance is lifted by
compliance, that of risk by another person of risk, any other by whoever may suspend. Partners learn that
there is one, and neither whose it is nor why.
"""

from dataclasses import dataclass
from typing import Self

from core.errors import Conflict, Forbidden
from partners.services.holds import HOLDING, acting_as_role, lifted_by, may_lift
from wallet.models import Player


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


@dataclass(frozen=True, slots=True)
class Hold:
    """A suspension by the platform: in which role, and by whom; both are empty where a job made it."""

    role: str
    held_by: str

    @classmethod
    def of_who_acts(cls) -> Self:
        """Return the suspension that whoever acts now would make."""
        held_by, role = acting_as_role()
        return cls(role, held_by)

    @classmethod
    def read(cls, text: str) -> Self:
        """Return a suspension as a player's row has it."""
        role, _, held_by = text.partition(":")
        return cls(role, held_by)

    def __str__(self) -> str:
        return f"{self.role}:{self.held_by}"

    @property
    def sentence(self) -> str:
        """Who has suspended the player and, where that is not just anybody, who lets the player go on."""
        if self.role in HOLDING:
            return lifted_by(role=self.role, stopped_by=self.held_by, what="player")
        return f"{self.held_by or 'The platform itself'} has stopped this player."


def holds_of(player: Player) -> list[Hold]:
    """Return the platform's suspensions of a player, the oldest first."""
    return [Hold.read(each) for each in player.held_by]


def split_holds(player: Player) -> tuple[list[Hold], list[Hold]]:
    """Return the platform's suspensions that whoever acts now may lift, and those that they may not."""
    found = [(hold, may_lift(role=hold.role, stopped_by=hold.held_by)) for hold in holds_of(player)]
    return [hold for hold, mine in found if mine], [hold for hold, mine in found if not mine]
