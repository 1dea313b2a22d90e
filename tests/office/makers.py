"""A staff user's browser, and a small world with one of everything that the office shows."""

import csv
import io
import time
from dataclasses import dataclass
from functools import cache
from secrets import token_hex
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.utils.timezone import now

from core.ids import typeid, uuid7
from core.models import AuditRecord, QuarantinedFact
from core.sealing.adding import seal_pass
from core.trail import TRAIL
from partners.models import Tenant
from settlement.models import Statement
from settlement.services import draft_statement
from sportsbook.models import Bet, Market
from sportsbook.placement import PlacedBet
from staff.services.authenticators import request_reset
from tests.approvals.makers import ask_raise
from tests.makers.bets import MadePlayer, make_bettor, placed, settle_fixture
from tests.makers.compliance import hand_in
from tests.makers.partners import MadeClient, make_client, make_tenant
from tests.makers.roles import acting_as
from tests.makers.settlement import make_payout_address, make_plan
from tests.makers.sportsbook import MadeFixture, make_fixture
from tests.makers.staff import log_in, make_user
from tests.makers.webhooks import make_attempt, make_delivery, make_endpoint
from wallet.models import Account, JournalEntry, Player
from wallet.sealing import LEDGER


@dataclass(frozen=True)
class World:
    """One tenant with a player, two bets (one of them a multiple), a plan and a drafted statement."""

    tenant: Tenant
    client: MadeClient
    player: MadePlayer
    fixtures: tuple[MadeFixture, MadeFixture]
    single: PlacedBet
    multiple: PlacedBet
    statement: Statement

    def row(self, model: type[Model]) -> Model | None:
        """Return a row of a model to look at, preferably this world's own."""
        if model is Account:
            return Account.objects.filter(player_id=self.player.id).first()
        if model is JournalEntry:
            return JournalEntry.objects.filter(player_id=self.player.id).first()
        own: dict[type[Model], Any] = {
            Tenant: self.tenant.pk,
            Player: self.player.id,
            Bet: self.single.bet_id,
            Statement: self.statement.pk,
            Market: self.fixtures[0].markets["match_result"].pk,
        }
        rows = model._default_manager.all()
        return rows.filter(pk=own[model]).first() if model in own else rows.first()


def make_staff(*permissions: str, is_superuser: bool = False) -> Client:
    """Return a browser in which new staff with these permissions (`app.codename`) is logged in."""
    return log_in(make_user(*permissions, is_superuser=is_superuser))


def superuser() -> Client:
    """Return a browser that may everything; the looking tests share it."""
    return _shared(is_superuser=True, period=_period())


def nobody() -> Client:
    """Return a browser of staff without any right; the looking tests share it."""
    return _shared(is_superuser=False, period=_period())


@cache
def _shared(*, is_superuser: bool, period: int) -> Client:
    return make_staff(is_superuser=is_superuser)


def _period() -> int:
    """Number the ten minutes: a shared browser gives way to another before it was idle for too long."""
    return int(time.monotonic() // 600)


def put_fact_aside() -> QuarantinedFact:
    """Return a fact that broke a handler nobody has."""
    at = now()
    return QuarantinedFact.objects.create(
        handler=f"test.{token_hex(4)}",
        sequence=1,
        type="market.changed",
        data={"fixtureId": typeid("fix", uuid7())},
        error="ValueError: unlucky",
        occurred_at=at,
        quarantined_at=at,
    )


@cache
def world() -> World:
    """Return the world that the looking tests share; what they look at stays as it is."""
    tenant = make_tenant()
    fixtures = (make_fixture(), make_fixture())
    with acting_as("b2b_jobs"):
        player = make_bettor(tenant)
        picks = [made.outcome() for made in fixtures]
        single = placed(player, picks[0])
        multiple = placed(player, picks)
        make_plan(tenant)
        put_fact_aside()
        statement = draft_statement(
            tenant_id=tenant.id, period_start_date=now().date().replace(day=1), drafted_at=now()
        )
        with transaction.atomic():
            for chain in (LEDGER, TRAIL):
                seal_pass(chain, sealed_at=now())
        request_reset(
            user_id=make_user().pk, reason="Lost telephone", requested_by=make_user(), requested_at=now()
        )
    with acting_as("b2b_office"):
        ask_raise(tenant=tenant)
        make_payout_address(tenant.partner)
    hand_in(tenant.partner)
    make_attempt(make_delivery(make_endpoint(tenant), state="dead", attempts=1))
    return World(tenant, make_client(tenant), player, fixtures, single, multiple, statement)


def settle(world: World) -> int:
    """Settle the bets of the world's fixtures, as the workers do."""
    return sum(settle_fixture(made.id) for made in world.fixtures)


def written(answer: Any) -> list[list[str]]:
    """Return the rows of a file, its headings first."""
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def registered() -> list[tuple[type[Model], Any]]:
    """Return every model of the office with its admin."""
    return sorted(admin.site._registry.items(), key=lambda item: item[0]._meta.label)


def records_of(row: Model) -> list[AuditRecord]:
    """Return the audit records of a row, oldest first."""
    with acting_as("b2b_office"):
        return list(
            AuditRecord.objects.filter(object_type=row._meta.label_lower, object_id=str(row.pk)).order_by(
                "id"
            )
        )
