"""Plans are agreed by versions, each from a day on."""

from datetime import date
from decimal import Decimal

import pytest

from partners.models import Tenant
from settlement import services
from settlement.models import Payer, Plan, StatementStatus
from tests.makers.partners import make_tenant
from tests.settlement.drafting import AFTER_MARCH, draft, mark

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]


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

    def test_a_month_past_its_draft_keeps_its_plan(self) -> None:
        tenant = make_tenant()
        self.agree(tenant, "0.10", date(2026, 1, 1))
        draft(tenant)
        mark(tenant, StatementStatus.ISSUED)

        with pytest.raises(services.PlanTooEarly) as refusal:
            self.agree(tenant, "0.20", date(2026, 3, 31))

        assert refusal.value.details == {"earliest": "2026-04-01"}

    def agree(self, tenant: Tenant, rate: str, day: date) -> Plan:
        return services.agree_plan(
            tenant_id=tenant.pk,
            rate=Decimal(rate),
            currency="EUR",
            payer=Payer.PLATFORM,
            valid_from_date=day,
            agreed_at=AFTER_MARCH,
        )
