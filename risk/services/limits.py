"""Limits: lowered at once, raised only when a second person has approved it.

What counts is what a player may stake afterwards: a tenant's own limit that is above its partner's, where
it had none, raises too. The database knows the same rule for whoever works in the office
(`sql/guard_limit.sql`).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from approvals.kinds import proposed
from approvals.models import ApprovalRequest, RequestStatus
from approvals.queries import find_open_request
from approvals.services import request_approval, void_requests
from core.audit import record
from core.errors import BadRequest, Conflict, NotFound, Refusal
from core.ids import uuid7
from core.models import StaffUser
from core.money import DECIMALS_MAX, BadAmount, apart, exact_text, parse_amount
from partners.models import Partner, Tenant
from risk import rules
from risk.models import Limit, LimitKind

LIMIT_RAISE: Final = "limit_raise"
SUBJECT: Final = "risk.limit"
AMOUNT_END_USD: Final = Decimal(10) ** 20


class LimitInvalid(BadRequest):
    """What was entered is no limit."""

    code = "LIMIT_INVALID"
    message = "A limit is an amount of USD, not below zero, of a partner or of a tenant or of the platform."


class LimitOwnerUnknown(NotFound):
    """Nobody has this id."""

    code = "LIMIT_OWNER_UNKNOWN"
    message = "There is no such partner or tenant."


class LimitMoved(Conflict):
    """The limit was set anew since its raise was asked for."""

    code = "LIMIT_MOVED"
    message = "The limit has been changed since this was asked for."


@dataclass(frozen=True, slots=True)
class LimitKey:
    """Which limit: its kind, whose players, and of whom (the platform, a partner or a tenant)."""

    kind: LimitKind
    vip: bool
    partner_id: UUID | None = None
    tenant_id: UUID | None = None

    @property
    def subject_id(self) -> str:
        """The name of this limit, whether or not it has a row yet."""
        players = "vip" if self.vip else "ordinary"
        owner = f"tenant/{self.tenant_id}" if self.tenant_id else f"partner/{self.partner_id}"
        return f"{self.kind}/{players}/{owner if self.tenant_id or self.partner_id else 'platform'}"


@dataclass(frozen=True, slots=True)
class LimitSet:
    """What became of a limit: set now (`limit`), or asked for (`request`)."""

    limit: Limit | None
    request: ApprovalRequest | None = None


def set_limit(
    *, key: LimitKey, amount: Decimal, set_by: StaffUser, set_at: datetime, reason: str
) -> LimitSet:
    """Set a limit in USD: at once where nobody may stake more by it, else by a request for approval.

    The same amount again changes nothing. Raises LimitInvalid, LimitOwnerUnknown, and what
    `request_approval` raises.
    """
    _check(key, amount)
    with transaction.atomic():
        _lock_limits(key)
        _owner(key)
        limit = _lock(key)
        if limit is not None and limit.amount == amount:
            return LimitSet(limit)
        counts = limit.amount if limit is not None else _inherited(key)
        if amount <= counts:
            return LimitSet(_write(key, limit, amount, set_at, reason))
        request = _request(key, counts, amount, reason=reason, requested_by=set_by, requested_at=set_at)
    return LimitSet(limit, request)


def request_raise(
    *, key: LimitKey, amount: Decimal, requested_by: StaffUser, requested_at: datetime, reason: str
) -> ApprovalRequest:
    """Ask a second person for a higher limit in USD; nothing is set.

    Raises LimitInvalid for an amount that is not above what counts now, LimitOwnerUnknown, and what
    `request_approval` raises.
    """
    _check(key, amount)
    with transaction.atomic():
        _lock_limits(key)
        _owner(key)
        limit = _lock(key)
        counts = limit.amount if limit is not None else _inherited(key)
        return _request(
            key, counts, amount, reason=reason, requested_by=requested_by, requested_at=requested_at
        )


def _request(
    key: LimitKey,
    counts: Decimal,
    amount: Decimal,
    *,
    reason: str,
    requested_by: StaffUser,
    requested_at: datetime,
) -> ApprovalRequest:
    name, partner_id = _owner(key)
    return request_approval(
        kind=LIMIT_RAISE,
        subject_type=SUBJECT,
        subject_id=key.subject_id,
        partner_id=partner_id,
        present={**_key_words(key), "of": name, "amount": exact_text(counts, 2)},
        proposed={**_key_words(key), "of": name, "amount": exact_text(amount, 2)},
        reason=reason,
        requested_by=requested_by,
        requested_at=requested_at,
    )


def title_of_raise(request: ApprovalRequest) -> str:
    """Return which limit of whom would be how high."""
    key, amount = _asked(request)
    assert amount is not None
    name, _ = _owner(key)
    return f"{key.kind.label}{' (VIP)' if key.vip else ''} of {name}: {apart(exact_text(amount, 2))} USD"


def lock_limits_of(request: ApprovalRequest) -> None:
    """Keep others from setting limits of this kind: one that has no row yet follows from those above it."""
    _lock_limits(_asked(request)[0])


def check_raise(request: ApprovalRequest) -> Refusal | None:
    """Return what stands against a raise as things are now."""
    key, amount = _asked(request)
    if amount is None:
        return LimitInvalid()
    before = request.payload["present"]["amount"]
    limit = Limit.objects.filter(**_lookup(key)).first()
    counts = limit.amount if limit is not None else _inherited(key)
    if counts != Decimal(before):
        return LimitMoved()
    if amount <= counts:
        return LimitInvalid("This is not above the present limit, so it needs no approval: set it.")
    return None


def raise_limit(request: ApprovalRequest, at: datetime) -> None:
    """Set the limit that was approved, in the transaction of the approval."""
    key, amount = _asked(request)
    assert amount is not None
    _write(key, _lock(key), amount, at, request.reason)


def find_raise(key: LimitKey) -> ApprovalRequest | None:
    """Return the open request to raise this limit."""
    return find_open_request(kind=LIMIT_RAISE, subject_type=SUBJECT, subject_id=key.subject_id)


def find_counting(key: LimitKey) -> tuple[Decimal, rules.LimitScope]:
    """Return what counts now where a limit stands, in USD, and whose it is. Raises LimitOwnerUnknown."""
    _owner(key)
    limit = Limit.objects.filter(**_lookup(key)).first()
    if limit is not None:
        return limit.amount, _scope(key)
    above = _above(key)
    if above is None:
        return rules.PLATFORM_DEFAULTS_USD[rules.LimitKind(key.kind)], rules.LimitScope.PLATFORM
    return find_counting(above)


def key_of(limit: Limit) -> LimitKey:
    """Return which limit a row is."""
    return LimitKey(LimitKind(limit.kind), limit.vip, limit.partner_id, limit.tenant_id)


def _check(key: LimitKey, amount: Decimal) -> None:
    if not amount.is_finite() or not 0 <= amount < AMOUNT_END_USD or (key.partner_id and key.tenant_id):
        raise LimitInvalid


def _owner(key: LimitKey) -> tuple[str, UUID | None]:
    if key.tenant_id is not None:
        tenant = Tenant.objects.select_related("partner").filter(pk=key.tenant_id).first()
        if tenant is None:
            raise LimitOwnerUnknown
        return str(tenant), tenant.partner_id
    if key.partner_id is not None:
        partner = Partner.objects.filter(pk=key.partner_id).first()
        if partner is None:
            raise LimitOwnerUnknown
        return str(partner), partner.pk
    return "the platform", None


def _lookup(key: LimitKey) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": key.kind, "vip": key.vip}
    for name, value in (("partner", key.partner_id), ("tenant", key.tenant_id)):
        found.update({f"{name}_id": value} if value is not None else {f"{name}__isnull": True})
    return found


def _lock_limits(key: LimitKey) -> None:
    """Let one transaction at a time set limits of a kind, for these players; the database does so too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 10))", [f"{key.kind}/{str(key.vip).lower()}"]
        )


def _lock(key: LimitKey) -> Limit | None:
    return Limit.objects.select_for_update().filter(**_lookup(key)).first()


def _inherited(key: LimitKey) -> Decimal:
    """Return the limit that counts while this one has no row: the partner's, else the platform's."""
    above = _above(key)
    if above is None:
        return rules.PLATFORM_DEFAULTS_USD[rules.LimitKind(key.kind)]
    return find_counting(above)[0]


def _above(key: LimitKey) -> LimitKey | None:
    """Return the limit that counts where this one is not set; None above the platform's."""
    if key.tenant_id is not None:
        partner_id = Tenant.objects.values_list("partner_id", flat=True).get(pk=key.tenant_id)
        return LimitKey(key.kind, key.vip, partner_id=partner_id)
    return LimitKey(key.kind, key.vip) if key.partner_id is not None else None


def _scope(key: LimitKey) -> rules.LimitScope:
    if key.tenant_id is not None:
        return rules.LimitScope.TENANT
    return rules.LimitScope.PARTNER if key.partner_id is not None else rules.LimitScope.PLATFORM


def _write(key: LimitKey, limit: Limit | None, amount: Decimal, at: datetime, reason: str) -> Limit:
    before = None if limit is None else {"amount": exact_text(limit.amount, 2)}
    if limit is None:
        limit = Limit(
            id=uuid7(), kind=key.kind, vip=key.vip, partner_id=key.partner_id, tenant_id=key.tenant_id
        )
    limit.amount, limit.updated_at = amount, at
    limit.save(force_insert=before is None)
    record(
        action="add limit" if before is None else "change limit",
        subject=limit,
        recorded_at=at,
        before=before,
        after={**(_key_words(key) if before is None else {}), "amount": exact_text(amount, 2)},
        reason=reason,
    )
    _void_overtaken(key, at)
    return limit


def _void_overtaken(key: LimitKey, at: datetime) -> None:
    """End the raises that were read against what counted before: of this limit and those that follow it."""
    players = {"payload__proposed__kind": str(key.kind), "payload__proposed__vip": key.vip}
    waiting = ApprovalRequest.objects.filter(kind=LIMIT_RAISE, status=RequestStatus.PENDING, **players)
    void_requests(
        kind=LIMIT_RAISE,
        subject_type=SUBJECT,
        subject_ids=[each.subject_id for each in waiting if isinstance(check_raise(each), LimitMoved)],
        why=LimitMoved.message,
        voided_at=at,
    )


def _key_words(key: LimitKey) -> dict[str, Any]:
    return {
        "kind": str(key.kind),
        "vip": key.vip,
        "partner": str(key.partner_id) if key.partner_id else None,
        "tenant": str(key.tenant_id) if key.tenant_id else None,
    }


def _asked(request: ApprovalRequest) -> tuple[LimitKey, Decimal | None]:
    asked = proposed(request)
    key = LimitKey(
        LimitKind(asked["kind"]),
        bool(asked["vip"]),
        UUID(asked["partner"]) if asked["partner"] else None,
        UUID(asked["tenant"]) if asked["tenant"] else None,
    )
    return key, _amount(asked["amount"])


def _amount(text: str) -> Decimal | None:
    try:
        return parse_amount(text, DECIMALS_MAX, zero_allowed=True)
    except BadAmount:
        return None
