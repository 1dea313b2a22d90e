"""What partners are told of players and their wallets: the shape of each event's data. Ids, never names."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from core.event_types import (
    Amount,
    CurrencyCode,
    EventType,
    Instant,
    PlayerId,
    Reference,
    Told,
    TransactionId,
    declare_events,
)

EntryKind = Literal["deposit", "withdrawal", "rollback", "bet_placed", "bet_settled", "bet_reversed"]


class PlayerRegisteredData(Told, frozen=True, kw_only=True, rename="camel"):
    player_id: PlayerId
    reference: Reference
    currency: CurrencyCode
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")]
    registered_at: Instant


class BalanceUpdatedData(Told, frozen=True, kw_only=True, rename="camel"):
    """The wallet right after a change. `reference` and `amount` are those of the partner's own movements."""

    player_id: PlayerId
    transaction_id: TransactionId
    kind: EntryKind
    currency: CurrencyCode
    reference: Reference | UnsetType = UNSET
    amount: Amount | UnsetType = UNSET
    available: Amount
    in_play: Amount
    debt: Amount


class PlayerSuspendedData(Told, frozen=True, kw_only=True, rename="camel"):
    player_id: PlayerId
    reference: Reference
    suspended_at: Instant


class PlayerReinstatedData(Told, frozen=True, kw_only=True, rename="camel"):
    player_id: PlayerId
    reference: Reference
    reinstated_at: Instant


_PLAYER = {"playerId": "plr_01kjm9xq5ee0ra3bjgn7wv2m4s", "reference": "P-100"}
_AT = "2026-03-01T12:00:00.000Z"

declare_events(
    EventType(
        "user.registered",
        "a player was registered and can deposit and bet",
        PlayerRegisteredData,
        {**_PLAYER, "currency": "EUR", "country": "MT", "registeredAt": _AT},
    ),
    EventType(
        "balance.updated",
        "a wallet changed: by a deposit, a withdrawal, a rollback, a bet placed or a bet settled",
        BalanceUpdatedData,
        {
            "playerId": _PLAYER["playerId"],
            "transactionId": "txn_01kjm9yb7seyb8k3f6m0xn4wqd",
            "kind": "deposit",
            "currency": "EUR",
            "reference": "D-55",
            "amount": "100.00",
            "available": "175.00",
            "inPlay": "25.00",
            "debt": "0.00",
        },
    ),
    EventType(
        "player.suspended",
        "a player was suspended: new bets are refused, everything else goes on",
        PlayerSuspendedData,
        {**_PLAYER, "suspendedAt": _AT},
    ),
    EventType(
        "player.reinstated",
        "a suspended player may bet again",
        PlayerReinstatedData,
        {**_PLAYER, "reinstatedAt": _AT},
    ),
)
