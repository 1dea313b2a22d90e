"""Makers of what statements are made of: plans, and bets already settled, at any moment of any month.

Settlements are written as the owner, row by row as `settle_bets` would write them but without the ledger: it
is the only way to have bets that were settled in the past.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from approvals.services import approve_request
from core.clock import now
from core.ids import uuid7
from core.models import Currency
from core.tenancy import tenant as in_tenant
from partners.models import Partner, Tenant
from settlement.models import Plan, Statement, StatementStatus
from settlement.payouts.models import PayoutAddress
from settlement.payouts.rules import Destination
from settlement.payouts.services import request_payout_address
from settlement.services.adjusting import request_adjustment
from sportsbook.models import Bet, Fixture, Settlement
from tests.makers.roles import acting_as
from tests.makers.sportsbook import make_fixture
from tests.makers.staff import make_user
from wallet.models import Player


@dataclass(frozen=True)
class Settled:
    """A settlement to be made: how it changed stakes and payouts, on which fixture (None: a multiple)."""

    stakes: str
    payouts: str
    settled_at: datetime
    fixture: Fixture | None = None
    currency: str = "EUR"
    bet: UUID | None = None
    revision: int = 1


def make_plan(
    tenant: Tenant,
    rate: str = "0.15",
    *,
    currency: str = "EUR",
    version: int = 1,
    valid_from: date = date(2020, 1, 1),
    valid_to: date | None = None,
    payer: str = "platform",
) -> Plan:
    """Return a version of a tenant's revenue share; committed."""
    with acting_as("b2b_jobs"):
        return Plan.objects.create(
            tenant=tenant,
            version=version,
            rate=Decimal(rate),
            currency_id=currency,
            payer=payer,
            valid_from=valid_from,
            valid_to=valid_to,
            created_at=now(),
        )


def make_currency(scale: int = 2) -> str:
    """Return the code of a currency of this scale that nobody else has rates of; committed."""
    code = "T" + uuid7().hex[-9:].upper()
    with acting_as("b2b_jobs"):
        Currency.objects.create(code=code, name=code, scale=scale)
    return code


def move_on(statement: Statement, status: StatementStatus, at: datetime | None = None) -> None:
    """Bring a draft to a status as the owner does, past the approval: prepared and approved by two people."""
    people = make_user(), make_user()
    at = at or now()
    kept = {"prepared_by": people[0], "submitted_at": at}
    steps: list[tuple[StatementStatus, dict[str, Any]]] = [
        (StatementStatus.IN_REVIEW, kept),
        (StatementStatus.APPROVED, {"approved_by": people[1], "approved_at": at}),
        (StatementStatus.ISSUED, {"issued_at": at}),
    ]
    with acting_as("b2b_owner"):
        for step, values in steps:
            Statement.objects.filter(pk=statement.pk).update(status=step, **values)
            if step == status:
                return
    raise AssertionError(f"no way to {status}")


def make_adjustment(statement: Statement, amount: str = "1.00") -> None:
    """Add an amount to a draft, asked for by one person and approved by another."""
    request = request_adjustment(
        tenant_id=statement.tenant_id,
        statement_id=statement.pk,
        amount=Decimal(amount),
        reason="Goodwill",
        requested_by=make_user("settlement.change_statement"),
        requested_at=now(),
    )
    approve_request(
        request_id=request.pk,
        digest=request.payload_digest,
        decided_by=make_user("approvals.decide_adjustment"),
        decided_at=now(),
    )


def make_payout_address(partner: Partner) -> PayoutAddress:
    """Return where a partner is paid in EUR, entered by one person and approved by another."""
    request = request_payout_address(
        partner_id=partner.pk,
        currency="EUR",
        destination=Destination("bank", "MT84MALT011000012345MTLCAST001S", bic="MALTMTMT"),
        reason="By letter",
        requested_by=make_user("settlement.add_payoutaddress"),
        requested_at=now(),
    )
    approve_request(
        request_id=request.pk,
        digest=request.payload_digest,
        decided_by=make_user("approvals.decide_payout_address"),
        decided_at=now(),
    )
    return PayoutAddress.objects.get(request=request)


def make_named_fixture(home: str = "", away: str = "", starts_at: datetime | None = None) -> Fixture:
    """Return a finished fixture without markets, of clubs that may be named; committed."""
    mark = uuid7().hex[-12:]
    return make_fixture(
        season=mark,
        home=home or f"Home {mark}",
        away=away or f"Away {mark}",
        starts_at=starts_at,
        markets={},
        status="finished",
    ).fixture


def settle(tenant: Tenant, settled: Iterable[Settled]) -> list[UUID]:
    """Write settlements, each of a new bet unless it names one; return the bets' ids in order; committed."""
    rows = list(settled)
    with acting_as("b2b_owner"), in_tenant(tenant.pk):
        players = {code: _make_player(tenant, code) for code in sorted({row.currency for row in rows})}
        bets: dict[UUID, Bet] = {}
        ids: list[UUID] = []
        for row in rows:
            bet_id = row.bet or uuid7()
            ids.append(bet_id)
            if bet_id not in bets and not Bet.objects.filter(pk=bet_id).exists():
                bets[bet_id] = _bet(bet_id, players[row.currency], row)
        Bet.objects.bulk_create(bets.values())
        Settlement.objects.bulk_create(
            Settlement(
                tenant_id=tenant.pk,
                bet_id=bet_id,
                revision=row.revision,
                kind="settled" if row.revision == 1 else "resettled",
                status="won",
                fixture=row.fixture,
                currency=row.currency,
                payout=abs(Decimal(row.payouts)),
                stake_delta=Decimal(row.stakes),
                payout_delta=Decimal(row.payouts),
                actor="maker",
                settled_at=row.settled_at,
            )
            for bet_id, row in zip(ids, rows, strict=True)
        )
    return ids


def _make_player(tenant: Tenant, currency: str) -> Player:
    return Player.objects.create(
        tenant=tenant, reference=f"P-{uuid7().hex}", currency_id=currency, country="MT", created_at=now()
    )


def _bet(bet_id: UUID, player: Player, row: Settled) -> Bet:
    stake = max(abs(Decimal(row.stakes)), Decimal(1))
    return Bet(
        id=bet_id,
        tenant_id=player.tenant_id,
        player=player,
        reference=f"B-{bet_id.hex}",
        type="single" if row.fixture is not None else "multiple",
        status="won",
        currency=row.currency,
        stake=stake,
        odds=Decimal(2),
        potential_payout=stake * 2,
        payout=abs(Decimal(row.payouts)),
        revision=row.revision,
        placed_at=row.settled_at,
        settled_at=row.settled_at,
        picks=bet_id.bytes * 2,
        limit_day=row.settled_at.date(),
        limit_stake=stake,
        entry_id=uuid7(),
    )
