"""Players and their wallets over HTTP."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.http import HttpResponse

from core.api.answers import JsonAnswer, replayed
from core.api.bodies import parse_body, parse_query
from core.api.idempotency import with_idempotency_key
from core.api.operation import operation
from core.api.pagination import Page
from core.api.views import PartnerRequest, PartnerView, path_id
from core.clock import now
from core.tenancy import tenant
from wallet.api import serializers
from wallet.queries import (
    find_directions,
    get_player,
    get_wallet,
    get_wallet_at,
    list_entries,
    list_players,
)
from wallet.rules import Posting
from wallet.services import create_player, deposit, roll_back, update_player, withdraw

REFERENCE_CODES = ("REFERENCE_CONFLICT", "REFERENCE_IN_PROGRESS")
AMOUNT_CODES = (
    "AMOUNT_NOT_A_STRING",
    "AMOUNT_INVALID",
    "AMOUNT_TOO_PRECISE",
    "AMOUNT_OUT_OF_RANGE",
    "CURRENCY_UNKNOWN",
    "CURRENCY_MISMATCH",
    "ROLLED_BACK_BEFORE",
    *REFERENCE_CODES,
)


class Players(PartnerView):
    """The players of a tenant."""

    required_scopes: ClassVar[dict[str, str]] = {"GET": "players:read", "POST": "players:write"}

    @operation(
        summary="Register a player",
        body=serializers.RegisterPlayer,
        answers={201: serializers.PlayerView},
        codes=("CURRENCY_UNKNOWN", "CURRENCY_NOT_ENABLED", *REFERENCE_CODES),
        example=serializers.PLAYER_EXAMPLE,
    )
    def post(self, request: PartnerRequest) -> HttpResponse:
        asked = parse_body(request, serializers.RegisterPlayer).asked()
        registered = create_player(tenant_id=request.auth.tenant_id, asked=asked, created_at=now())
        answer = JsonAnswer(serializers.player_view(registered.player), status=201)
        return replayed(answer) if registered.is_replay else answer

    @operation(
        summary="List players, newest first",
        query=serializers.PlayersQuery,
        answers={200: serializers.PlayersPage},
        codes=("CURSOR_INVALID",),
    )
    def get(self, request: PartnerRequest) -> HttpResponse:
        query = parse_query(request, serializers.PlayersQuery)
        page = Page(query, name="players", key=(UUID,))
        with tenant(request.auth.tenant_id):
            players = list_players(
                tenant_id=request.auth.tenant_id,
                reference=query.reference,
                after=page.after[0] if page.after else None,
                count=page.rows_needed,
            )
        return JsonAnswer(page.shown(players, view=serializers.player_view, key=lambda player: (player.id,)))


class Player(PartnerView):
    """One player."""

    required_scopes: ClassVar[dict[str, str]] = {"GET": "players:read", "PATCH": "players:write"}

    @operation(summary="Read a player", answers={200: serializers.PlayerView})
    def get(self, request: PartnerRequest, player_id: str) -> HttpResponse:
        asked_id = path_id("plr", player_id)
        with tenant(request.auth.tenant_id):
            player = get_player(tenant_id=request.auth.tenant_id, player_id=asked_id)
        return JsonAnswer(serializers.player_view(player))

    @operation(
        summary="Change a player's vip flag, KYC status or status",
        body=serializers.ChangePlayer,
        answers={200: serializers.PlayerView},
        codes=("PLAYER_CLOSED", "PLAYER_HELD", *REFERENCE_CODES),
        description=(
            "No bet is accepted after the answer to a suspension; deposits, withdrawals, settlement go on. "
            "`active` lifts your own suspension; a player whom the platform has suspended stays "
            "suspended, and asking is refused with PLAYER_HELD. A closed account stays closed; what it holds "
            "can be withdrawn."
        ),
        example={"status": "suspended"},
        takes_idempotency_key=True,
    )
    @with_idempotency_key
    def patch(self, request: PartnerRequest, player_id: str) -> HttpResponse:
        asked_id = path_id("plr", player_id)
        asked = parse_body(request, serializers.ChangePlayer).asked()
        player = update_player(
            tenant_id=request.auth.tenant_id, player_id=asked_id, updated_at=now(), **asked
        )
        return JsonAnswer(serializers.player_view(player))


class WalletOfPlayer(PartnerView):
    """A player's wallet, now or as it was."""

    required_scopes: ClassVar[dict[str, str]] = {"GET": "wallet:read"}

    @operation(
        summary="Read a wallet, now or at a past moment",
        query=serializers.WalletQuery,
        answers={200: serializers.WalletAtView},
        description="A moment still to come is answered as now; `asOf` says which moment was answered.",
    )
    def get(self, request: PartnerRequest, player_id: str) -> HttpResponse:
        asked_id = path_id("plr", player_id)
        at, read_at = parse_query(request, serializers.WalletQuery).at, now()
        with tenant(request.auth.tenant_id):
            if at is None or at >= read_at:
                wallet, as_of = get_wallet(tenant_id=request.auth.tenant_id, player_id=asked_id), read_at
            else:
                wallet = get_wallet_at(tenant_id=request.auth.tenant_id, player_id=asked_id, at=at)
                as_of = at
        return JsonAnswer(serializers.wallet_at_view(wallet, as_of))


class Deposits(PartnerView):
    """Money into a wallet."""

    required_scopes: ClassVar[dict[str, str]] = {"POST": "wallet:write"}

    @operation(
        summary="Deposit",
        body=serializers.MoveMoney,
        answers={201: serializers.MovementView},
        codes=(*AMOUNT_CODES, "PLAYER_CLOSED", "BALANCE_TOO_LARGE"),
        description="Debt is repaid first; the rest becomes available.",
        example=serializers.DEPOSIT_EXAMPLE,
    )
    def post(self, request: PartnerRequest, player_id: str) -> HttpResponse:
        return _move(request, player_id, by=deposit)


class Withdrawals(PartnerView):
    """Money out of a wallet."""

    required_scopes: ClassVar[dict[str, str]] = {"POST": "wallet:write"}

    @operation(
        summary="Withdraw",
        body=serializers.MoveMoney,
        answers={201: serializers.MovementView},
        codes=(*AMOUNT_CODES, "INSUFFICIENT_FUNDS"),
        description="Never more than is available. Suspended and closed players can withdraw.",
        example={**serializers.DEPOSIT_EXAMPLE, "reference": "W-1001"},
    )
    def post(self, request: PartnerRequest, player_id: str) -> HttpResponse:
        return _move(request, player_id, by=withdraw)


class Rollbacks(PartnerView):
    """Deposits and withdrawals undone."""

    required_scopes: ClassVar[dict[str, str]] = {"POST": "wallet:write"}

    @operation(
        summary="Roll back a deposit or a withdrawal",
        body=serializers.RollBack,
        answers={200: serializers.RollbackView},
        codes=(
            "ALREADY_ROLLED_BACK",
            "ROLLBACK_NOT_POSSIBLE",
            "ORIGINAL_OF_ANOTHER_PLAYER",
            "ROLLED_BACK_BEFORE",
            *REFERENCE_CODES,
        ),
        description=(
            "For the full amount; what the wallet cannot give back becomes debt. An original that never "
            "arrived is answered `not_found`, and is refused for ever should it arrive (ROLLED_BACK_BEFORE)."
        ),
        example=serializers.ROLLBACK_EXAMPLE,
    )
    def post(self, request: PartnerRequest, player_id: str) -> HttpResponse:
        asked_id = path_id("plr", player_id)
        asked = parse_body(request, serializers.RollBack)
        rollback = roll_back(
            tenant_id=request.auth.tenant_id,
            player_id=asked_id,
            reference=asked.reference,
            original_reference=asked.original_reference,
            posted_at=now(),
        )
        answer = JsonAnswer(serializers.rollback_view(rollback, asked, player_id))
        return replayed(answer) if rollback.is_replay else answer


class Transactions(PartnerView):
    """A player's ledger."""

    required_scopes: ClassVar[dict[str, str]] = {"GET": "wallet:read"}

    @operation(
        summary="List a player's ledger, newest first",
        query=serializers.EntriesQuery,
        answers={200: serializers.EntriesPage},
        codes=("CURSOR_INVALID",),
        description=(
            "`from` is included, `to` is not. An amount has no sign: `direction` says whether it was added "
            "to the available balance or taken from it. A stake is taken when the bet is placed, so a lost "
            "bet's settlement is a credit of nothing; `bet_reversed` takes back what a settlement paid."
        ),
    )
    def get(self, request: PartnerRequest, player_id: str) -> HttpResponse:
        asked_id = path_id("plr", player_id)
        query = parse_query(request, serializers.EntriesQuery)
        page = Page(query, name="transactions", key=(datetime,))
        with tenant(request.auth.tenant_id):
            get_player(tenant_id=request.auth.tenant_id, player_id=asked_id)
            entries = list_entries(
                tenant_id=request.auth.tenant_id,
                player_id=asked_id,
                posted_from=query.posted_from,
                posted_before=query.posted_before,
                kind=query.kind,
                after=page.after[0] if page.after else None,
                count=page.rows_needed,
            )
            directions = find_directions(tenant_id=request.auth.tenant_id, entries=entries)
        return JsonAnswer(
            page.shown(
                entries,
                view=lambda entry: serializers.entry_view(entry, directions[entry.id]),
                key=lambda entry: (entry.posted_at,),
            )
        )


def _move(request: PartnerRequest, player_id: str, *, by: Callable[..., Posting]) -> HttpResponse:
    """Move what the body says `by` this service."""
    asked_id = path_id("plr", player_id)
    asked = parse_body(request, serializers.MoveMoney)
    posting = by(
        tenant_id=request.auth.tenant_id,
        player_id=asked_id,
        reference=asked.reference,
        amount=asked.amount,
        currency=asked.currency,
        posted_at=now(),
    )
    answer = JsonAnswer(serializers.movement_view(posting), status=201)
    return replayed(answer) if posting.is_replay else answer
