"""Plans are agreed by versions, each from a day on."""

from datetime import date
from decimal import Decimal

import psycopg
import pytest
from django.db import IntegrityError

from core.days import DayInvalid
from partners.models import Tenant
from settlement import services
from settlement.models import Payer, Plan, StatementStatus
from settlement.queries import list_plans
from settlement.rules.periods import Month
from tests.makers.partners import make_tenant
from tests.makers.settlement import make_plan
from tests.settlement.drafting import AFTER_MARCH, draft, mark

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]

BOUND = "a_plan_begins_within_two_years_of_its_agreement"


class TestAgreePlan:
    def test_a_new_version_ends_the_one_before_it(self) -> None:
        tenant = make_tenant()
        for rate, day in (("0.10", date(2026, 1, 1)), ("0.20", date(2026, 3, 16))):
            self.agree(tenant, rate, day)

        versions = Plan.objects.filter(tenant=tenant).order_by("version")

        assert [(plan.version, plan.rate, plan.valid_to) for plan in versions] == [
            (1, Decimal("0.10"), date(2026, 3, 16)),
            (2, Decimal("0.20"), None),
        ]

    def test_a_version_begins_after_the_one_before_it(self) -> None:
        tenant = make_tenant()
        self.agree(tenant, "0.10", date(2026, 3, 16))

        with pytest.raises(services.PlanTooEarly):
            self.agree(tenant, "0.20", date(2026, 3, 16))

    def test_a_version_that_has_not_begun_is_replaced(self) -> None:
        tenant = make_tenant()
        for rate, day in (
            ("0.10", date(2026, 1, 1)),
            ("0.20", date(2027, 6, 1)),
            ("0.30", date(2027, 6, 1)),
            ("0.40", date(2026, 6, 1)),
        ):
            self.agree(tenant, rate, day)

        versions = Plan.objects.filter(tenant=tenant).order_by("version")

        assert [(str(plan.rate.normalize()), plan.valid_from, plan.valid_to) for plan in versions] == [
            ("0.1", date(2026, 1, 1), date(2026, 6, 1)),
            ("0.2", date(2027, 6, 1), date(2027, 6, 1)),
            ("0.3", date(2027, 6, 1), date(2027, 6, 1)),
            ("0.4", date(2026, 6, 1), None),
        ]
        listed = list_plans(tenant_id=tenant.pk, month=Month(2027, 6))
        assert [plan.version for plan in listed] == [4]

    @pytest.mark.parametrize("day", [date.max, date(2036, 3, 1), date(1999, 12, 31), date(26, 3, 1)])
    def test_a_mistyped_year_is_refused(self, day: date) -> None:
        with pytest.raises(DayInvalid, match="check the year") as refusal:
            self.agree(make_tenant(), "0.10", day)

        assert refusal.value.details == {"field": "validFrom"}

    @pytest.mark.parametrize("day", [date.max, date(26, 3, 1)])
    def test_a_mistyped_year_is_no_row(self, day: date) -> None:
        with pytest.raises(IntegrityError, match="a_plan_begins_within_two_years"):
            make_plan(make_tenant(), valid_from=day)

    @pytest.mark.parametrize("day", [date.max, date(26, 3, 1)])
    def test_a_mistyped_year_from_before_is_followed_by_another_version(
        self, day: date, superuser_url: str
    ) -> None:
        tenant = make_tenant()
        with psycopg.connect(superuser_url) as before:
            (check,) = before.execute(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [BOUND]
            ).fetchone() or ("",)
            before.execute(f"ALTER TABLE settlement_plan DROP CONSTRAINT {BOUND}")
            before.execute(
                "INSERT INTO settlement_plan (id, tenant_id, kind, version, rate, currency_id, payer, "
                "valid_from, created_at) "
                "VALUES (gen_random_uuid(), %s, 'revenue_share', 1, 0.1, 'EUR', 'platform', %s, now())",
                [tenant.pk, day],
            )
            before.execute("SET CONSTRAINTS ALL IMMEDIATE")
            before.execute(f"ALTER TABLE settlement_plan ADD CONSTRAINT {BOUND} {check}")

        self.agree(tenant, "0.20", date(2026, 3, 16))

        first, second = Plan.objects.filter(tenant=tenant).order_by("version")
        assert (first.valid_to, second.valid_to) == (max(day, date(2026, 3, 16)), None)

    def test_a_month_past_its_draft_keeps_its_plan(self) -> None:
        tenant = make_tenant()
        self.agree(tenant, "0.10", date(2026, 1, 1))
        draft(tenant)
        mark(tenant, StatementStatus.ISSUED)

        with pytest.raises(services.PlanTooEarly) as refusal:
            self.agree(tenant, "0.20", date(2026, 3, 31))

        assert refusal.value.details == {"earliest": "2026-04-01", "field": "validFrom"}

    def agree(self, tenant: Tenant, rate: str, day: date) -> Plan:
        return services.agree_plan(
            tenant_id=tenant.pk,
            rate=Decimal(rate),
            currency="EUR",
            payer=Payer.PLATFORM,
            valid_from_date=day,
            agreed_at=AFTER_MARCH,
        )
