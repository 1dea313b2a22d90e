"""Enters where partners are paid: asked by one, approved by another, usable a day after, ended at once."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from approvals.kinds import proposed
from approvals.models import ApprovalRequest
from approvals.services import request_approval, void_requests
from core.audit import record
from core.errors import Conflict, NotFound, Refusal
from core.models import Currency, StaffUser
from partners.models import Partner
from partners.services.locking import lock_partner
from settlement.payouts.models import PayoutAddress
from settlement.payouts.rules import BadPayoutAddress, Destination, check_destination, masked, usable_from

PAYOUT_ADDRESS: Final = "payout_address"
SUBJECT: Final = "partners.partner"


class PayoutAddressNotFound(NotFound):
    code = "PAYOUT_ADDRESS_NOT_FOUND"
    message = "There is no such payout address."


class PayoutAddressMoved(Conflict):
    code = "PAYOUT_ADDRESS_MOVED"
    message = "The payout address has been changed since this was asked for."


def request_payout_address(
    *,
    partner_id: UUID,
    currency: str,
    destination: Destination,
    reason: str,
    requested_by: StaffUser,
    requested_at: datetime,
) -> ApprovalRequest:
    """Ask a second person to have a partner paid a currency at another address.

    Raises BadPayoutAddress, and what `request_approval` raises.
    """
    partner = Partner.objects.filter(pk=partner_id).first()
    if partner is None:
        raise NotFound("There is no such partner.")
    return request_approval(
        kind=PAYOUT_ADDRESS,
        subject_type=SUBJECT,
        subject_id=f"{partner_id}/{currency}",
        partner_id=partner_id,
        present=_view(_find_current(partner_id, currency)),
        proposed=_destination_view(currency, destination),
        reason=reason,
        requested_by=requested_by,
        requested_at=requested_at,
    )


def title_of_address(request: ApprovalRequest) -> str:
    """Return who would be paid where."""
    partner_id, currency, destination = _asked(request)
    return f"{Partner.objects.get(pk=partner_id)} is paid {currency} at {destination.masked}"


def lock_address(request: ApprovalRequest) -> None:
    """Lock the partner, of whose addresses one may follow another, and the present address, which may end."""
    partner_id, currency, _ = _asked(request)
    lock_partner(partner_id)
    _find_current(partner_id, currency, lock=True)


def check_payout_address(request: ApprovalRequest) -> Refusal | None:
    """Return what stands against an address as things are now."""
    partner_id, currency, destination = _asked(request)
    try:
        _check(destination)
    except BadPayoutAddress as refusal:
        return refusal
    if not Currency.objects.filter(pk=currency).exists():
        return NotFound("There is no such currency.")
    if _view(_find_current(partner_id, currency)) != request.payload["present"]:
        return PayoutAddressMoved()
    return None


def enter_payout_address(request: ApprovalRequest, at: datetime) -> None:
    """Enter the address that was approved; the one before it is paid to until this one is usable."""
    partner_id, currency, asked = _asked(request)
    destination = _check(asked)
    assert request.decided_by is not None
    before = _find_current(partner_id, currency, lock=True)
    begins = usable_from(at)
    if before is not None:
        before.ended_at = begins
        before.save(update_fields=("ended_at",))
    entered = PayoutAddress.objects.create(
        partner_id=partner_id,
        currency_id=currency,
        kind=destination.kind,
        network=destination.network,
        address=destination.address,
        bic=destination.bic,
        request=request,
        made_by=request.requested_by,
        approved_by=request.decided_by,
        approved_at=at,
        usable_from=begins,
    )
    record(
        action="enter payout address",
        subject=entered,
        recorded_at=at,
        before=None if before is None else {"address": masked(before.address)},
        after={
            "currency": currency,
            "address": destination.masked,
            "network": destination.network,
            "usableFrom": begins.isoformat(),
        },
        reason=request.reason,
    )


def end_payout_address(*, address_id: UUID, ended_at: datetime, reason: str) -> PayoutAddress:
    """Have nothing more paid to an address, from now on; one person may. Raises PayoutAddressNotFound."""
    with transaction.atomic():
        partner_id = PayoutAddress.objects.filter(pk=address_id).values_list("partner_id", flat=True).first()
        if partner_id is None:
            raise PayoutAddressNotFound
        lock_partner(partner_id)
        found = PayoutAddress.objects.select_for_update().get(pk=address_id)
        if found.ended_at is None or found.ended_at > ended_at:
            void_requests(
                kind=PAYOUT_ADDRESS,
                subject_type=SUBJECT,
                subject_ids=[f"{found.partner_id}/{found.currency_id}"],
                why=PayoutAddressMoved.message,
                voided_at=ended_at,
            )
            found.ended_at = ended_at
            found.save(update_fields=("ended_at",))
            record(
                action="end payout address",
                subject=found,
                recorded_at=ended_at,
                after={"endedAt": ended_at.isoformat()},
                reason=reason,
            )
    return found


def find_payout_address(*, partner_id: UUID, currency: str, at: datetime) -> PayoutAddress | None:
    """Return where a partner is paid a currency at a moment; None while there is no address, or it waits."""
    return (
        PayoutAddress.objects.filter(
            Q(ended_at__isnull=True) | Q(ended_at__gt=at),
            partner_id=partner_id,
            currency_id=currency,
            usable_from__lte=at,
        )
        .order_by("-usable_from")
        .first()
    )


def _find_current(partner_id: UUID, currency: str, *, lock: bool = False) -> PayoutAddress | None:
    found = PayoutAddress.objects.filter(partner_id=partner_id, currency_id=currency, ended_at__isnull=True)
    return (found.select_for_update() if lock else found).first()


def _check(asked: Destination) -> Destination:
    return check_destination(kind=asked.kind, address=asked.address, bic=asked.bic, network=asked.network)


def _asked(request: ApprovalRequest) -> tuple[UUID, str, Destination]:
    partner, _, currency = request.subject_id.partition("/")
    asked = proposed(request)
    return (
        UUID(partner),
        currency,
        Destination(asked["kind"], asked["address"], asked["bic"] or "", asked["network"] or ""),
    )


def _view(found: PayoutAddress | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return _destination_view(
        found.currency_id, Destination(found.kind, found.address, found.bic, found.network)
    )


def _destination_view(currency: str, destination: Destination) -> dict[str, Any]:
    return {
        "currency": currency,
        "kind": destination.kind,
        "address": destination.address,
        "bic": destination.bic or None,
        "network": destination.network or None,
    }
