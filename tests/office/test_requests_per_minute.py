"""A tenant's own limit of requests lets somebody in, and is shown as it is."""

import re
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError
from django.urls import reverse

from core.clock import now
from core.ids import typeid
from partners.models import Tenant
from partners.rules import BadRequestsPerMinute
from partners.services import change_tenant
from tests.makers.partners import make_tenant
from tests.office.commanding import address, run
from tests.office.makers import superuser

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


class TestRequestsPerMinute:
    @pytest.mark.parametrize("figure", ["0", "100001"])
    def test_figure_that_lets_nobody_in_or_everybody_is_refused_at_its_field(self, figure: str) -> None:
        tenant = make_tenant()
        answer: Any = superuser().post(
            address(Tenant, "change", tenant.pk), {"requests_per_minute": figure, "allowed_ips": ""}
        )
        errors = answer.context["adminform"].form.errors
        assert list(errors) == ["requests_per_minute"]
        assert "From 1 to 100,000 requests a minute" in errors["requests_per_minute"][0]
        tenant.refresh_from_db()
        assert tenant.requests_per_minute is None

    @pytest.mark.parametrize("figure", [0, 100_001])
    def test_figure_is_refused_by_service_and_database(self, figure: int) -> None:
        tenant = make_tenant()
        with pytest.raises(BadRequestsPerMinute):
            change_tenant(tenant_id=tenant.pk, changes={"requests_per_minute": figure}, changed_at=now())
        with pytest.raises(IntegrityError, match="from 1 to 100000 requests a minute"):
            Tenant.objects.filter(pk=tenant.pk).update(requests_per_minute=figure)

    def test_figure_of_nothing_from_before_is_shown_and_stands_in_nobodys_way(
        self, superuser_url: str
    ) -> None:
        tenant = make_tenant()
        with psycopg.connect(superuser_url) as before:
            before.execute("UPDATE partners_tenant SET requests_per_minute = 0 WHERE id = %s", [tenant.pk])
        browser = superuser()
        listed: Any = browser.get(address(Tenant, "changelist"), {"q": typeid("tnt", tenant.pk)})
        assert ">0</td>" in re.sub(r"\s*\n\s*", "", listed.content.decode())
        tab = browser.get(reverse("office-partner-credentials", args=(tenant.partner_id,)))
        assert re.search(r"Requests a minute</[^>]+>\s*<[^>]+>\s*0\s*<", tab.content.decode())
        run(browser, Tenant, "suspend", tenant.pk, reason="Nobody gets in")
        browser.post(
            address(Tenant, "change", tenant.pk), {"requests_per_minute": "0", "odds_threshold": "0.1"}
        )
        tenant.refresh_from_db()
        assert (tenant.status, str(tenant.odds_threshold)) == ("suspended", "0.1000")
