"""Statements as partners are shown them; the command line shows the same."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, UnsetType

from core.api.bodies import AmountText, Shown
from core.currencies import scale_of
from core.ids import typeid
from core.money import amount_text, exact_text
from settlement.models import Statement, StatementAdjustment, StatementCharge, StatementLine
from settlement.queries import StatementContent
from sportsbook.models import Settlement

ADJUSTMENT: Final = "adjustment"
WHOLE: Final = "1.00"
SAME_CURRENCY: Final = "same currency"
RateText = Annotated[str, Meta(description="A fraction as a decimal string: 0.15 is 15 %.")]


class PeriodView(Shown, frozen=True, kw_only=True, rename="camel"):
    start: Annotated[str, Meta(description="The first day.")]
    end: Annotated[str, Meta(description="The first day after it.")]
    time_zone: str


class PlanVersionView(Shown, frozen=True, kw_only=True, rename="camel"):
    version: int
    kind: str
    rate: RateText
    valid_from: str
    valid_to: Annotated[str, Meta(description="The first day it is no longer valid.")] | None


class PlanView(Shown, frozen=True, kw_only=True, rename="camel"):
    payer: Annotated[str, Meta(description="Who pays the total: platform or partner.")]
    versions: list[PlanVersionView]


class PlatformView(Shown, frozen=True, kw_only=True, rename="camel"):
    legal_name: str
    legal_address: str
    vat_number: str
    country: str


class PartnerPartyView(PlatformView, frozen=True, kw_only=True, rename="camel"):
    name: str


class PartiesView(Shown, frozen=True, kw_only=True, rename="camel"):
    platform: PlatformView
    partner: PartnerPartyView


class LineView(Shown, frozen=True, kw_only=True, rename="camel"):
    number: int
    kind: Annotated[str, Meta(description="fixture, or multi for all multiples together.")]
    fixture_id: str | UnsetType = UNSET
    competition: str | UnsetType = UNSET
    home: str | UnsetType = UNSET
    away: str | UnsetType = UNSET
    starts_at: datetime | UnsetType = UNSET
    plan_version: int
    currency: str
    bet_count: int
    stakes: AmountText
    payouts: AmountText
    revenue: AmountText
    rate: RateText
    amount: Annotated[AmountText, Meta(description="Revenue times rate, exact and unrounded.")]


class ChargeView(Shown, frozen=True, kw_only=True, rename="camel"):
    number: int
    rule: Annotated[str, Meta(description="The rule of the plan, or adjustment for what was added by hand.")]
    plan_version: int | UnsetType = UNSET
    currency: str
    base: AmountText
    rate: RateText
    conversion_rate: Annotated[
        str, Meta(description="What one unit of currency is in the statement's currency.")
    ]
    conversion_source: str
    conversion_date: str
    amount: Annotated[
        AmountText, Meta(description="In the statement's currency, rounded once, half away from zero.")
    ]
    reason: Annotated[str, Meta(description="Of an adjustment: why it was made.")] | UnsetType = UNSET


class StatementHeadView(Shown, frozen=True, kw_only=True, rename="camel"):
    statement_id: str
    number: str
    partner_id: str
    tenant_id: str
    period: PeriodView
    status: str
    currency: str
    plan: PlanView
    revenue: AmountText
    total: AmountText
    drafted_at: datetime
    issued_at: datetime | None


class StatementView(StatementHeadView, frozen=True, kw_only=True, rename="camel"):
    parties: PartiesView
    lines: list[LineView]
    charges: list[ChargeView]


class SettledBetView(Shown, frozen=True, kw_only=True, rename="camel"):
    bet_id: str
    reference: str
    player_id: str
    type: str
    revision: int
    kind: Annotated[str, Meta(description="settled, resettled, reopened or cancelled.")]
    status: str
    fixture_id: str | UnsetType = UNSET
    currency: str
    stakes: Annotated[AmountText, Meta(description="By how much it changed the stakes of its line.")]
    payouts: Annotated[AmountText, Meta(description="By how much it changed the payouts of its line.")]
    transaction_id: Annotated[str, Meta(description="The journal entry that moved the money.")] | None
    settled_at: datetime


class StatementListView(Shown, frozen=True, kw_only=True, rename="camel"):
    data: list[StatementHeadView]
    next_cursor: str | None


class LineListView(Shown, frozen=True, kw_only=True, rename="camel"):
    data: list[LineView]
    next_cursor: str | None


class SettledBetListView(Shown, frozen=True, kw_only=True, rename="camel"):
    data: list[SettledBetView]
    next_cursor: str | None


def statement_view(content: StatementContent) -> StatementView:
    """Return a statement in full, as `GET /statements/{id}` and the command line show it."""
    statement = content.statement
    scale = scale_of(statement.currency_id)
    platform, partner = statement.parties.get("platform", {}), statement.parties.get("partner", {})
    return StatementView(
        **_head(statement, content.partner_id),
        parties=PartiesView(
            platform=PlatformView(**_party(platform)),
            partner=PartnerPartyView(**_party(partner), name=partner.get("name", "")),
        ),
        lines=[line_view(line) for line in content.lines],
        charges=[
            *(_charge_view(charge, scale) for charge in content.charges),
            *(
                _adjustment_view(adjustment, number, statement, scale)
                for number, adjustment in enumerate(content.adjustments, start=len(content.charges) + 1)
            ),
        ],
    )


def statement_head_view(statement: Statement) -> StatementHeadView:
    """Return a statement without its lines and charges, as lists show it."""
    return StatementHeadView(**_head(statement, statement.tenant.partner_id))


def line_view(line: StatementLine) -> LineView:
    """Return a line, with its fixture where it has one."""
    scale = scale_of(line.currency)
    has_fixture = line.fixture_id is not None
    return LineView(
        number=line.number,
        kind=line.kind,
        fixture_id=typeid("fix", line.fixture_id) if line.fixture_id is not None else UNSET,
        competition=line.competition if has_fixture else UNSET,
        home=line.home if has_fixture else UNSET,
        away=line.away if has_fixture else UNSET,
        starts_at=line.starts_at if line.starts_at is not None else UNSET,
        plan_version=line.plan.version,
        currency=line.currency,
        bet_count=line.bet_count,
        stakes=amount_text(line.stakes, scale),
        payouts=amount_text(line.payouts, scale),
        revenue=amount_text(line.revenue, scale),
        rate=exact_text(line.rate, 2),
        amount=exact_text(line.amount, scale),
    )


def settled_bet_view(settlement: Settlement) -> SettledBetView:
    """Return a settlement of a bet by what it added to its statement."""
    scale = scale_of(settlement.currency)
    return SettledBetView(
        bet_id=typeid("bet", settlement.bet_id),
        reference=settlement.bet.reference,
        player_id=typeid("plr", settlement.bet.player_id),
        type=settlement.bet.type,
        revision=settlement.revision,
        kind=settlement.kind,
        status=settlement.status,
        fixture_id=typeid("fix", settlement.fixture_id) if settlement.fixture_id is not None else UNSET,
        currency=settlement.currency,
        stakes=amount_text(settlement.stake_delta, scale),
        payouts=amount_text(settlement.payout_delta, scale),
        transaction_id=typeid("txn", settlement.entry_id) if settlement.entry_id is not None else None,
        settled_at=settlement.settled_at,
    )


def _head(statement: Statement, partner_id: Any) -> dict[str, Any]:
    scale = scale_of(statement.currency_id)
    return {
        "statement_id": typeid("stm", statement.pk),
        "number": statement.number,
        "partner_id": typeid("ptr", partner_id),
        "tenant_id": typeid("tnt", statement.tenant_id),
        "period": PeriodView(
            start=statement.period_start_date.isoformat(),
            end=statement.period_end_date.isoformat(),
            time_zone=statement.time_zone,
        ),
        "status": statement.status,
        "currency": statement.currency_id,
        "plan": _plan_view(statement.plan),
        "revenue": amount_text(statement.revenue, scale),
        "total": amount_text(statement.total, scale),
        "drafted_at": statement.drafted_at,
        "issued_at": statement.issued_at,
    }


def _plan_view(plan: Mapping[str, Any]) -> PlanView:
    return PlanView(
        payer=plan["payer"],
        versions=[
            PlanVersionView(
                version=version["version"],
                kind=version["kind"],
                rate=version["rate"],
                valid_from=version["validFrom"],
                valid_to=version["validTo"],
            )
            for version in plan["versions"]
        ],
    )


def _party(party: Mapping[str, str]) -> dict[str, str]:
    return {
        "legal_name": party.get("legalName", ""),
        "legal_address": party.get("legalAddress", ""),
        "vat_number": party.get("vatNumber", ""),
        "country": party.get("country", ""),
    }


def _charge_view(charge: StatementCharge, scale: int) -> ChargeView:
    return ChargeView(
        number=charge.number,
        rule=charge.rule,
        plan_version=charge.plan.version,
        currency=charge.currency,
        base=amount_text(charge.base, scale_of(charge.currency)),
        rate=exact_text(charge.rate, 2),
        conversion_rate=exact_text(charge.conversion_rate, 2),
        conversion_source=charge.conversion_source,
        conversion_date=charge.conversion_date.isoformat(),
        amount=amount_text(charge.amount, scale),
    )


def _adjustment_view(
    adjustment: StatementAdjustment, number: int, statement: Statement, scale: int
) -> ChargeView:
    return ChargeView(
        number=number,
        rule=ADJUSTMENT,
        currency=adjustment.currency,
        base=amount_text(adjustment.amount, scale),
        rate=WHOLE,
        conversion_rate=WHOLE,
        conversion_source=SAME_CURRENCY,
        conversion_date=(statement.period_end_date - timedelta(days=1)).isoformat(),
        amount=amount_text(adjustment.amount, scale),
        reason=adjustment.reason,
    )
