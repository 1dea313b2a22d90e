"""What staff disabled, staff let go on; what anybody else disabled, its partner as well."""

import pytest
from django.db import Error

from core.clock import now
from core.ids import typeid
from core.tenancy import tenant
from partners.models import Tenant
from tests.makers.http import Caller, make_caller
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.webhooks import make_endpoint
from webhooks import services
from webhooks.models import DisabledReason, Endpoint

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def owner(committed: None) -> Tenant:
    return make_tenant()


@pytest.fixture
def caller(owner: Tenant) -> Caller:
    return make_caller(owner)


def path_of(endpoint: Endpoint) -> str:
    return f"/api/v2/webhook-endpoints/{typeid('whe', endpoint.pk)}"


class TestDisabledEndpoint:
    def disable(self, endpoint: Endpoint, why: DisabledReason) -> None:
        with acting_as("b2b_office"):
            services.disable_endpoint(
                tenant_id=endpoint.tenant_id, endpoint_id=endpoint.pk, disabled_at=now(), why=why
            )

    @pytest.mark.parametrize("status", ["active", "paused"])
    def test_by_staff_is_not_let_go_on_by_the_partner(
        self, owner: Tenant, caller: Caller, status: str
    ) -> None:
        endpoint = make_endpoint(owner)
        self.disable(endpoint, DisabledReason.STAFF)
        answer = caller.call("PATCH", path_of(endpoint), {"status": status})
        assert (answer.status_code, answer.json()["code"]) == (403, "WEBHOOK_ENDPOINT_HELD")
        caller.call("PATCH", path_of(endpoint), {"status": "disabled", "description": "Ours"})
        found = caller.get(path_of(endpoint)).json()
        assert (found["status"], found["disabledReason"]) == ("disabled", "staff")
        assert found["description"] == "Ours"

    @pytest.mark.parametrize("why", [DisabledReason.GONE, DisabledReason.FAILING, DisabledReason.PARTNER])
    def test_by_anybody_else_is_let_go_on_by_the_partner(
        self, owner: Tenant, caller: Caller, why: DisabledReason
    ) -> None:
        endpoint = make_endpoint(owner)
        self.disable(endpoint, why)
        answer = caller.call("PATCH", path_of(endpoint), {"status": "active"})
        assert (answer.status_code, answer.json()["status"]) == (200, "active")

    def test_by_staff_is_kept_so_by_the_database(self, owner: Tenant) -> None:
        endpoint = make_endpoint(owner)
        self.disable(endpoint, DisabledReason.STAFF)
        with pytest.raises(Error, match="staff let an endpoint go on"), tenant(owner.pk):
            Endpoint.objects.filter(pk=endpoint.pk).update(
                status="active", disabled_at=None, disabled_reason=""
            )

    def test_by_staff_can_be_removed(self, owner: Tenant, caller: Caller) -> None:
        endpoint = make_endpoint(owner)
        self.disable(endpoint, DisabledReason.STAFF)
        assert caller.call("DELETE", path_of(endpoint)).status_code == 204
