"""Drafting in the background, by the tasks as the worker runs them."""

import base64
import json
from datetime import UTC, datetime
from typing import cast

import pytest
from redis import Redis

from core.errors import Conflict
from settlement import tasks
from settlement.models import Statement
from tests.makers.partners import make_tenant
from tests.makers.settlement import Settled, make_plan, settle

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]


class TestDraftStatement:
    def test_one_tenants_month_is_drafted(self) -> None:
        tenant = make_tenant()
        make_plan(tenant)
        settle(tenant, [Settled("100", "0", datetime(2026, 3, 15, tzinfo=UTC))])

        tasks.draft_statement(tenant_id=str(tenant.pk), period_start="2026-03-01")

        assert Statement.objects.get(tenant=tenant).total == 15

    def test_a_refusal_is_expected_and_no_bug(self) -> None:
        with pytest.raises(Conflict):
            tasks.draft_statement(tenant_id=str(make_tenant().pk), period_start="2026-03-01")

        assert Conflict in tasks.draft_statement.throws


class TestDraftStatements:
    def test_every_tenant_with_a_plan_gets_a_task(self) -> None:
        tenant, without_plan = make_tenant(), make_tenant()
        make_plan(tenant)

        tasks.draft_statements(period="2026-03")

        sent = waiting_tasks()
        assert any(str(tenant.pk) in body for body in sent)
        assert not any(str(without_plan.pk) in body for body in sent)


def waiting_tasks() -> list[str]:
    """The arguments of the tasks that wait in the broker."""
    conf = tasks.draft_statements.app.conf
    messages = Redis.from_url(conf.broker_url).lrange(conf.task_default_queue, 0, -1)
    return [base64.b64decode(json.loads(message)["body"]).decode() for message in cast(list[bytes], messages)]
