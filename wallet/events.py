"""Facts that the wallet announces: a player was registered, a wallet changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from core.clock import instant_text
from core.ids import typeid


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerRegistered:
    """A player can deposit and bet. Ids only: who the person is stays with the partner."""

    type: ClassVar[str] = "user.registered"

    tenant_id: UUID
    occurred_at: datetime
    player_id: UUID
    reference: str
    currency: str
    country: str

    def data(self) -> dict[str, Any]:
        """Return what partners are told."""
        return {
            "playerId": typeid("plr", self.player_id),
            "reference": self.reference,
            "currency": self.currency,
            "country": self.country,
            "registeredAt": instant_text(self.occurred_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceUpdated:
    """A wallet changed by one journal entry.

    `wallet_write` adds `available`, `inPlay` and `debt` right after it. `reference` is the partner's, of a
    deposit, withdrawal or rollback; `amount` is theirs too, written out.
    """

    type: ClassVar[str] = "balance.updated"

    tenant_id: UUID
    occurred_at: datetime
    player_id: UUID
    currency: str
    entry_id: UUID
    kind: str
    reference: str | None = None
    amount: str | None = None

    def data(self) -> dict[str, Any]:
        """Return what partners are told, but for the balances."""
        told = {
            "playerId": typeid("plr", self.player_id),
            "transactionId": typeid("txn", self.entry_id),
            "kind": self.kind,
            "currency": self.currency,
        }
        named = {"reference": self.reference, "amount": self.amount}
        return told | {name: value for name, value in named.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerSuspended:
    """A player may not bet at present; settlement, deposits and withdrawals go on."""

    type: ClassVar[str] = "player.suspended"

    tenant_id: UUID
    occurred_at: datetime
    player_id: UUID
    reference: str

    def data(self) -> dict[str, Any]:
        """Return what partners are told."""
        return {
            "playerId": typeid("plr", self.player_id),
            "reference": self.reference,
            "suspendedAt": instant_text(self.occurred_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerReinstated:
    """A suspended player may bet again."""

    type: ClassVar[str] = "player.reinstated"

    tenant_id: UUID
    occurred_at: datetime
    player_id: UUID
    reference: str

    def data(self) -> dict[str, Any]:
        """Return what partners are told."""
        return {
            "playerId": typeid("plr", self.player_id),
            "reference": self.reference,
            "reinstatedAt": instant_text(self.occurred_at),
        }
