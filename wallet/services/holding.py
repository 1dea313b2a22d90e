"""What staff do about a player: suspend, reinstate, close.

The platform's suspensions and the partner's stand side by side: the player is suspended while one is left.
"""

from datetime import datetime
from uuid import UUID

from core.tenancy import tenant
from partners.services.holds import Hold, find_own, in_words, split_holds
from wallet.holds import PLAYER, PlayerHeld, PlayerHeldAlready, PlayerNotHeld
from wallet.models import Player, PlayerStatus
from wallet.rules import check_status_change
from wallet.services.players import lock_player, write_player


def hold_player(*, tenant_id: UUID, player_id: UUID, reason: str, held_at: datetime) -> Player:
    """Suspend a player for the platform, in the role of whoever acts. Returns the player as changed.

    Raises NotFound, PlayerClosed, and PlayerHeldAlready where somebody has suspended in that role.
    """
    with tenant(tenant_id):
        player = lock_player(tenant_id=tenant_id, player_id=player_id)
        check_status_change(before=player.status, after=PlayerStatus.SUSPENDED)
        own = find_own(player)
        if own is not None:
            raise PlayerHeldAlready(own.sentence(PLAYER))
        held_by = [*player.held_by, str(Hold.of_who_acts())]
        wanted = {"status": PlayerStatus.SUSPENDED.value, "held_by": held_by}
        write_player(player, wanted, written_at=held_at, reason=reason)
    return player


def release_player(*, tenant_id: UUID, player_id: UUID, reason: str, released_at: datetime) -> Player:
    """Lift those of the platform's suspensions that whoever acts may lift; return the player as changed.

    The player stays suspended while another one, or the partner's own, is left. Raises NotFound,
    PlayerClosed, PlayerNotHeld where there is none, and PlayerHeld where others alone lift all there are.
    """
    with tenant(tenant_id):
        player = lock_player(tenant_id=tenant_id, player_id=player_id)
        check_status_change(before=player.status, after=PlayerStatus.ACTIVE)
        lifted, left = split_holds(player)
        if not lifted:
            if not left:
                raise PlayerNotHeld
            raise PlayerHeld(in_words(left, what=PLAYER), details={"role": left[0].role})
        is_active = not left and not player.suspended_by_partner
        status = PlayerStatus.ACTIVE if is_active else PlayerStatus.SUSPENDED
        wanted = {"status": status.value, "held_by": [str(hold) for hold in left]}
        write_player(player, wanted, written_at=released_at, reason=reason)
    return player


def lift_partners_suspension(*, tenant_id: UUID, player_id: UUID, reason: str, lifted_at: datetime) -> Player:
    """Lift the suspension that the partner made itself, because it asks; return the player as changed.

    The platform's own ones stay. Raises NotFound, PlayerClosed, and PlayerNotHeld where there is none.
    """
    with tenant(tenant_id):
        player = lock_player(tenant_id=tenant_id, player_id=player_id)
        check_status_change(before=player.status, after=PlayerStatus.ACTIVE)
        if not player.suspended_by_partner:
            raise PlayerNotHeld("The partner does not suspend this player.")
        status = PlayerStatus.SUSPENDED if player.held_by else PlayerStatus.ACTIVE
        wanted = {"status": status.value, "suspended_by_partner": False}
        write_player(player, wanted, written_at=lifted_at, reason=reason)
    return player


def close_player(*, tenant_id: UUID, player_id: UUID, reason: str, closed_at: datetime) -> Player:
    """Close an account for good; what suspends the player stays written down. Raises NotFound."""
    with tenant(tenant_id):
        player = lock_player(tenant_id=tenant_id, player_id=player_id)
        write_player(player, {"status": PlayerStatus.CLOSED.value}, written_at=closed_at, reason=reason)
    return player
