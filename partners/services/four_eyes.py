"""What the office does to partners with a second person only: production credentials and exchange rates."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction

from approvals.kinds import proposed
from approvals.models import ApprovalRequest
from approvals.queries import find_permit
from approvals.rules import PermitMissing
from approvals.services import request_approval, use_permit
from core.clock import now
from core.days import DayInvalid
from core.errors import Conflict, Refusal
from core.models import StaffUser
from core.money import apart, exact_text
from partners.models import ApiClient, ExchangeRate
from partners.onboarding.stages import ENDED, PRODUCTION
from partners.services.admitting import ClientRevoked, ProductionNotReached
from partners.services.client_secrets import NewSecret, check_newest, issue_secret, rotate_secret
from partners.services.locking import ClientNotFound, lock_client
from partners.services.permits import CLIENT, OVERTAKEN, PRODUCTION_CREDENTIALS
from partners.services.rates import (
    EXCHANGE_RATE,
    MOVED,
    RATE,
    BadRate,
    check_exchange_rate,
    check_valid_date,
    enter_exchange_rate,
    lock_rate,
    parse_rate,
    rate_subject,
)
from partners.services.stops import PartnerEnded

NO_END: Final = "no end"


class CredentialsMoved(Conflict):
    """What would be issued is not what was asked for."""

    code = "CREDENTIALS_MOVED"
    message = OVERTAKEN


def request_production_secret(
    *,
    client_id: UUID,
    reason: str,
    requested_by: StaffUser,
    requested_at: datetime,
    lifetime_days: int | None = None,
) -> ApprovalRequest:
    """Ask for one secret of a client of a production tenant; who asked issues or rotates it once approved.

    It will have the client's present scopes, serve from the tenant's present networks, and end so many days
    after it is issued, if it does. Raises ClientNotFound, ClientRevoked, ProductionNotReached, and what
    `request_approval` raises.
    """
    client = ApiClient.objects.select_related("tenant__partner").filter(pk=client_id).first()
    if client is None:
        raise ClientNotFound
    return request_approval(
        kind=PRODUCTION_CREDENTIALS,
        subject_type=CLIENT,
        subject_id=str(client_id),
        partner_id=client.tenant.partner_id,
        present=None,
        proposed={
            "partner": str(client.tenant.partner),
            "system": client.name,
            "clientId": client.client_id,
            "scopes": list(client.scopes),
            "allowedIps": list(client.tenant.allowed_ips),
            "lifetime": NO_END if lifetime_days is None else f"{lifetime_days} days",
        },
        reason=reason,
        requested_by=requested_by,
        requested_at=requested_at,
    )


def issue_production_secret(
    *, client_id: UUID, issued_by: StaffUser, issued_at: datetime, newest_seen: str | None = None
) -> NewSecret:
    """Issue the secret that was approved for who asked. Raises PermitMissing, TooManySecrets, and
    SecretIssuedMeanwhile as `issue_secret`.
    """
    with transaction.atomic():
        check_newest(client_id, newest_seen)
        ends_at = _check_permit(client_id, issued_by, issued_at)
        fresh = issue_secret(client_id=client_id, issued_at=issued_at, expires_at=ends_at)
        _use(client_id, issued_by, issued_at)
    return fresh


def rotate_production_secret(
    *,
    client_id: UUID,
    rotated_by: StaffUser,
    rotated_at: datetime,
    overlap: timedelta,
    newest_seen: str | None = None,
) -> NewSecret:
    """Rotate by the approval that who asked was given. Raises PermitMissing, and SecretIssuedMeanwhile as
    `rotate_secret`.
    """
    with transaction.atomic():
        check_newest(client_id, newest_seen)
        ends_at = _check_permit(client_id, rotated_by, rotated_at)
        fresh = rotate_secret(client_id=client_id, rotated_at=rotated_at, overlap=overlap, expires_at=ends_at)
        _use(client_id, rotated_by, rotated_at)
    return fresh


def _check_permit(client_id: UUID, user: StaffUser, at: datetime) -> datetime | None:
    """Return when a secret issued now is to end."""
    # The permit is used up after the secret is written: the database looks for an unused one then.
    permit = find_permit(
        kind=PRODUCTION_CREDENTIALS, subject_type=CLIENT, subject_id=str(client_id), user=user, at=at
    )
    if permit is None:
        raise PermitMissing
    lock_system(permit)
    against = check_client(permit)
    if against is not None:
        raise against
    lifetime = proposed(permit).get("lifetime", NO_END)
    return None if lifetime == NO_END else at + timedelta(days=int(lifetime.partition(" ")[0]))


def _use(client_id: UUID, user: StaffUser, at: datetime) -> None:
    use_permit(
        kind=PRODUCTION_CREDENTIALS, subject_type=CLIENT, subject_id=str(client_id), used_by=user, used_at=at
    )


def title_of_secret(request: ApprovalRequest) -> str:
    """Return for which client a secret would be."""
    client = ApiClient.objects.select_related("tenant__partner").get(pk=request.subject_id)
    return f"A secret for {client.name} of {client.tenant}"


def lock_system(request: ApprovalRequest) -> None:
    """Lock the client and its tenant: a secret has the scopes of one and the networks of the other."""
    lock_client(UUID(request.subject_id))


def check_client(request: ApprovalRequest) -> Refusal | None:
    """Return what stands against a production secret as things are now."""
    client = ApiClient.objects.select_related("tenant__partner").filter(pk=request.subject_id).first()
    if client is None:
        return ClientNotFound()
    if not client.is_active:
        return ClientRevoked()
    if client.tenant.partner.stage in ENDED:
        return PartnerEnded()
    if client.tenant.partner.stage not in PRODUCTION:
        return ProductionNotReached()
    asked = proposed(request)
    if (asked["scopes"], asked["allowedIps"]) != (client.scopes, client.tenant.allowed_ips):
        return CredentialsMoved()
    return None


def request_exchange_rate(
    *,
    base: str,
    quote: str,
    valid_date: date,
    rate: Decimal,
    source: str,
    reason: str,
    requested_by: StaffUser,
    requested_at: datetime,
) -> ApprovalRequest:
    """Ask for an exchange rate, or for another one of the same pair and day.

    Raises BadRate, DayInvalid, and what `request_approval` raises.
    """
    check_exchange_rate(base, quote, rate, source)
    check_valid_date(valid_date, today=requested_at.date())
    entry = ExchangeRate.objects.filter(base_id=base, quote_id=quote, valid_date=valid_date).first()
    pair = {"base": base, "quote": quote, "date": valid_date.isoformat()}
    return request_approval(
        kind=EXCHANGE_RATE,
        subject_type=RATE,
        subject_id=rate_subject(base, quote, valid_date),
        present=None
        if entry is None
        else {**pair, "rate": exact_text(entry.rate, 2), "source": entry.source},
        proposed={**pair, "rate": exact_text(rate, 2), "source": source},
        reason=reason,
        requested_by=requested_by,
        requested_at=requested_at,
    )


def title_of_rate(request: ApprovalRequest) -> str:
    """Return the rate as it would be, and from which day."""
    asked = proposed(request)
    rate = apart(exact_text(parse_rate(asked["rate"]), 2))
    return f"1 {asked['base']} = {rate} {asked['quote']} from {asked['date']}"


def lock_rate_of(request: ApprovalRequest) -> None:
    """Keep others from entering a rate of this pair and day."""
    asked = proposed(request)
    lock_rate(asked["base"], asked["quote"], date.fromisoformat(asked["date"]))


def check_rate(request: ApprovalRequest) -> Refusal | None:
    """Return what stands against a rate as things are now."""
    asked = proposed(request)
    try:
        rate = parse_rate(asked["rate"])
        check_exchange_rate(asked["base"], asked["quote"], rate, asked["source"])
        valid_date = check_valid_date(date.fromisoformat(asked["date"]), today=now().date())
    except (BadRate, DayInvalid) as refusal:
        return refusal
    entry = ExchangeRate.objects.filter(
        base_id=asked["base"], quote_id=asked["quote"], valid_date=valid_date
    ).first()
    before = request.payload["present"]
    known = None if entry is None else (exact_text(entry.rate, 2), entry.source)
    if known != (None if before is None else (before["rate"], before["source"])):
        return BadRate(MOVED)
    return None


def enter_approved_rate(request: ApprovalRequest, at: datetime) -> None:
    """Enter the rate that was approved."""
    asked = proposed(request)
    enter_exchange_rate(
        base=asked["base"],
        quote=asked["quote"],
        valid_date=date.fromisoformat(asked["date"]),
        rate=parse_rate(asked["rate"]),
        source=asked["source"],
        entered_at=at,
        reason=request.reason,
    )
