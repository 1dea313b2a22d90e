"""Money into a wallet, out of it, and back: deposits, withdrawals, rollbacks."""

from datetime import datetime
from uuid import UUID

from core.currencies import scale_of
from core.errors import BadRequest
from core.ids import uuid7
from core.models import ReferenceKind
from core.money import amount_text, parse_amount
from core.references import RefusedBefore, find_answer, fingerprint, store_refusal
from core.tenancy import tenant
from wallet.events import BalanceUpdated
from wallet.models import Player
from wallet.queries import get_player
from wallet.rules import DEPOSIT, ROLLBACK_REFUSALS, WITHDRAWAL, Movement, Posting, Rollback
from wallet.services.posting import post_entry, post_rollback


class OriginalIsItself(BadRequest):
    """A rollback names itself as what it rolls back."""

    code = "INVALID_FIELD"
    message = "A rollback has a reference of its own."
    details = {"field": "originalReference"}


def deposit(
    *, tenant_id: UUID, player_id: UUID, reference: str, amount: str, currency: str, posted_at: datetime
) -> Posting:
    """Put money into a wallet; debt is repaid first.

    `amount` is the decimal string that the partner sent. Raises NotFound, BadAmount, UnknownCurrency,
    CurrencyMismatch, PlayerClosed, BalanceTooLarge, ReferenceConflict, ReferenceInProgress; a stored
    refusal comes again as RefusedBefore.
    """
    return _move(
        DEPOSIT,
        tenant_id=tenant_id,
        player_id=player_id,
        reference=reference,
        amount=amount,
        currency=currency,
        posted_at=posted_at,
    )


def withdraw(
    *, tenant_id: UUID, player_id: UUID, reference: str, amount: str, currency: str, posted_at: datetime
) -> Posting:
    """Take money out of a wallet, never more than is available.

    Raises as `deposit`, and INSUFFICIENT_FUNDS; also from a suspended or closed player.
    """
    return _move(
        WITHDRAWAL,
        tenant_id=tenant_id,
        player_id=player_id,
        reference=reference,
        amount=amount,
        currency=currency,
        posted_at=posted_at,
    )


def roll_back(
    *, tenant_id: UUID, player_id: UUID, reference: str, original_reference: str, posted_at: datetime
) -> Rollback:
    """Undo a deposit or a withdrawal for its full amount, once; what a wallet cannot give back becomes debt.

    An original that never arrived is buried: it is refused for ever with ROLLED_BACK_BEFORE, should it
    arrive. Raises NotFound, OriginalOfAnotherPlayer, ReferenceConflict, ReferenceInProgress, and
    RefusedBefore with the code ALREADY_ROLLED_BACK or ROLLBACK_NOT_POSSIBLE.
    """
    if reference == original_reference:
        raise OriginalIsItself
    with tenant(tenant_id):
        player = get_player(tenant_id=tenant_id, player_id=player_id)
        entry_id = uuid7()
        answer = post_rollback(
            entry_id=entry_id,
            player_id=player_id,
            reference=reference,
            original_reference=original_reference,
            content=fingerprint(["rollback", str(player_id), original_reference]),
            currency=player.currency_id,
            refusals=ROLLBACK_REFUSALS,
            event=_balance_updated(player, entry_id, "rollback", reference, None, posted_at),
            posted_at=posted_at,
        )
    if isinstance(answer, RefusedBefore):
        raise answer
    return answer


def _move(
    movement: Movement,
    *,
    tenant_id: UUID,
    player_id: UUID,
    reference: str,
    amount: str,
    currency: str,
    posted_at: datetime,
) -> Posting:
    scale = scale_of(currency)
    moved = parse_amount(amount, scale)
    written = amount_text(moved, scale)
    content = fingerprint([movement.kind, str(player_id), written, currency])
    with tenant(tenant_id):
        player = get_player(tenant_id=tenant_id, player_id=player_id)
        refusal = movement.find_refusal(
            currency=currency, wallet_currency=player.currency_id, status=player.status
        )
        is_answered = refusal is not None and bool(
            find_answer(kind=ReferenceKind.WALLET, reference=reference, content=content)
        )
        if refusal is not None and refusal.is_final and not is_answered:
            store_refusal(
                tenant_id=tenant_id,
                kind=ReferenceKind.WALLET,
                reference=reference,
                content=content,
                refusal=refusal,
                answered_at=posted_at,
            )
    if refusal is not None and not is_answered:
        raise refusal
    entry_id = uuid7()
    answer = post_entry(
        tenant_id=tenant_id,
        entry_id=entry_id,
        player_id=player_id,
        kind=movement.kind,
        reference=reference,
        content=content,
        amount=moved,
        currency=currency,
        debit=movement.debit,
        credit=movement.credit,
        refusals=movement.refusals,
        event=_balance_updated(player, entry_id, movement.kind, reference, written, posted_at),
        posted_at=posted_at,
    )
    if isinstance(answer, RefusedBefore):
        raise answer
    return answer


def _balance_updated(
    player: Player, entry_id: UUID, kind: str, reference: str, amount: str | None, occurred_at: datetime
) -> BalanceUpdated:
    return BalanceUpdated(
        tenant_id=player.tenant_id,
        occurred_at=occurred_at,
        player_id=player.id,
        entry_id=entry_id,
        kind=kind,
        reference=reference,
        currency=player.currency_id,
        amount=amount,
    )
