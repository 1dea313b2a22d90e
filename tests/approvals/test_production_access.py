"""What the second person read of production's access is what is given, and nothing is added to it alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError
from django.urls import reverse
from django.utils.timezone import now

from approvals.models import ApprovalRequest
from approvals.rules import PermitMissing, RequestOvertaken
from core.models import StaffUser
from partners.models import ApiClient, ClientSecret, Partner, Tenant, TenantKind
from partners.rules import ScopeForTestOnly
from partners.services import change_client_scopes, change_tenant
from partners.services.clients import create_client
from partners.services.four_eyes import issue_production_secret, request_production_secret
from partners.services.widening import WideningUnexplained, set_scopes, set_tenant
from tests.approvals.makers import approve, run
from tests.makers.partners import make_client, make_tenant
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]

READ = ["fixtures:read", "players:read", "bets:read"]
WRITE = ["players:write", "wallet:write", "bets:write"]


def new_client() -> ApiClient:
    """Return a production client without a secret that reads; committed."""
    tenant = make_tenant(TenantKind.PRODUCTION)
    return create_client(tenant_id=tenant.pk, name="Platform", scopes=READ, created_at=now())


def used_client() -> ApiClient:
    """Return a production client with a secret that reads; committed."""
    client = make_client(make_tenant(TenantKind.PRODUCTION)).client
    change_client_scopes(client_id=client.pk, scopes=READ, changed_at=now())
    client.refresh_from_db()
    return client


def manager() -> StaffUser:
    return make_user("partners.change_apiclient", "partners.change_tenant")


def compliance(kind: str = "production_credentials") -> StaffUser:
    return make_user("approvals.change_approvalrequest", f"approvals.decide_{kind}")


def ask(client: ApiClient, by: StaffUser, lifetime_days: int | None = None) -> ApprovalRequest:
    return request_production_secret(
        client_id=client.pk,
        reason="Go-live",
        requested_by=by,
        requested_at=now(),
        lifetime_days=lifetime_days,
    )


def change_scopes(client: ApiClient, scopes: list[str], by: StaffUser) -> ApprovalRequest | None:
    return set_scopes(client_id=client.pk, scopes=scopes, reason="More is built", set_by=by, set_at=now())


def change_networks(tenant: Tenant, networks: list[str], by: StaffUser) -> ApprovalRequest | None:
    return set_tenant(
        tenant_id=tenant.pk,
        changes={"allowed_ips": networks},
        reason="New data centre",
        set_by=by,
        set_at=now(),
    )


def secret_of(client: ApiClient) -> ClientSecret | None:
    return ClientSecret.objects.filter(client=client).first()


class TestAskForASecret:
    def test_wider_scopes_end_a_request_that_was_read(self) -> None:
        client, asker = new_client(), manager()
        request = ask(client, asker)
        assert change_scopes(client, READ + WRITE, asker) is None
        with pytest.raises(RequestOvertaken, match="have been changed since"):
            approve(request, compliance())
        request.refresh_from_db()
        assert (request.status, request.letters.filter(occasion="closed").count()) == ("void", 1)
        assert "changed since" in request.failure

    def test_wider_scopes_end_an_unused_approval(self) -> None:
        client, asker = new_client(), manager()
        request = approve(ask(client, asker), compliance())
        change_scopes(client, READ + WRITE, asker)
        with pytest.raises(PermitMissing):
            issue_production_secret(client_id=client.pk, issued_by=asker, issued_at=now())
        request.refresh_from_db()
        assert (request.status, secret_of(client)) == ("void", None)

    def test_other_networks_end_an_unused_approval(self) -> None:
        client, asker = new_client(), manager()
        request = approve(ask(client, asker), compliance())
        assert change_networks(client.tenant, ["198.51.100.0/24"], asker) is None
        request.refresh_from_db()
        assert request.status == "void"

    @pytest.mark.parametrize("is_approved", [False, True])
    def test_the_database_ends_it_past_every_service(self, *, is_approved: bool) -> None:
        for table, change in (
            ("partners_apiclient", "scopes = '{bets:write}'"),
            ("partners_tenant", "allowed_ips = '{198.51.100.0/24}'"),
        ):
            client = new_client()
            request = ask(client, manager())
            if is_approved:
                approve(request, compliance())
            row = client.pk if table == "partners_apiclient" else client.tenant_id
            assert run(f"UPDATE {table} SET {change} WHERE id = %s", row) == 1
            request.refresh_from_db()
            assert request.status == "void"

    def test_works_for_as_long_as_was_read(self) -> None:
        client, asker = new_client(), manager()
        request = ask(client, asker, lifetime_days=90)
        assert request.payload["proposed"]["lifetime"] == "90 days"
        approve(request, compliance())
        insert = (
            "INSERT INTO partners_clientsecret (id, client_id, digest, hint, created_at, created_by, "
            "expires_at) VALUES (core_uuid7(), %s, sha256('x'), 'abcd', now(), 'x', now() + %s::interval)"
        )
        for lifetime in ("91 days", None):
            with pytest.raises(ProgrammingError, match="two people"):
                run(insert, client.pk, lifetime)
        issue_production_secret(client_id=client.pk, issued_by=asker, issued_at=now())
        secret = secret_of(client)
        assert secret is not None
        assert secret.expires_at is not None
        assert timedelta(days=89) < secret.expires_at - now() <= timedelta(days=90)


class TestWiden:
    def test_scopes_of_a_used_client_wait_for_a_second_person(self) -> None:
        client, asker = used_client(), manager()
        request = change_scopes(client, READ + WRITE, asker)
        assert request is not None
        client.refresh_from_db()
        assert client.scopes == READ
        approve(request, compliance("production_access"))
        client.refresh_from_db()
        assert set(client.scopes) == {*READ, *WRITE}

    def test_networks_of_a_used_tenant_wait_for_a_second_person(self) -> None:
        tenant, asker = used_client().tenant, manager()
        wider = [*tenant.allowed_ips, "198.51.100.0/24"]
        request = change_networks(tenant, wider, asker)
        assert request is not None
        tenant.refresh_from_db()
        assert "198.51.100.0/24" not in tenant.allowed_ips
        approve(request, compliance("production_access"))
        tenant.refresh_from_db()
        assert tenant.allowed_ips == wider

    def test_what_is_taken_away_needs_nobody_else(self) -> None:
        client, asker = used_client(), manager()
        assert change_scopes(client, READ[:1], asker) is None
        assert change_networks(client.tenant, [], asker) is None
        client.refresh_from_db()
        assert (client.scopes, client.tenant.allowed_ips) == (READ[:1], [])

    def test_says_why(self) -> None:
        with pytest.raises(WideningUnexplained):
            set_scopes(client_id=used_client().pk, scopes=WRITE, reason=" ", set_by=manager(), set_at=now())

    def test_is_not_done_alone(self) -> None:
        client = used_client()
        with pytest.raises(ProgrammingError, match="two people"):
            change_client_scopes(client_id=client.pk, scopes=WRITE, changed_at=now())
        changes: dict[str, Any] = {"allowed_ips": ["198.51.100.0/24"]}
        with pytest.raises(ProgrammingError, match="two people"):
            change_tenant(tenant_id=client.tenant_id, changes=changes, changed_at=now())

    def test_of_a_test_tenant_needs_nobody_else(self) -> None:
        client, asker = make_client(make_tenant()).client, manager()
        assert change_scopes(client, READ + WRITE, asker) is None
        assert change_networks(client.tenant, ["198.51.100.0/24"], asker) is None

    def test_is_asked_for_on_the_pages_of_the_client_and_the_tenant(self) -> None:
        client, browser = used_client(), log_in(make_user(roles=("account_manager",)))
        Partner.objects.filter(tenants=client.tenant).update(account_manager=browser.session["_auth_user_id"])
        fields = {"scopes": READ + WRITE, "reason": "More is built", "_form_submitted": "on"}
        browser.post(reverse("admin:partners_apiclient_scopes", args=(client.pk,)), fields)
        networks = "\n".join([*client.tenant.allowed_ips, "198.51.100.0/24"])
        url = reverse("admin:partners_tenant_change", args=(client.tenant_id,))
        refused: Any = browser.post(url, {"allowed_ips": networks, "reason": ""})
        assert "say why" in refused.context["adminform"].form.errors["reason"][0]
        browser.post(url, {"allowed_ips": networks, "reason": "New data centre"})
        asked = ApprovalRequest.objects.filter(kind="production_access", partner_id=client.tenant.partner_id)
        assert sorted(one.subject_type for one in asked) == ["partners.apiclient", "partners.tenant"]
        wider = reverse("admin:approvals_approvalrequest_change", args=(asked.earliest("id").pk,))
        page = log_in(make_user(roles=("compliance",))).get(wider).content.decode()
        assert f"added: {', '.join(WRITE)}" in page


class TestSandbox:
    """Fixtures of one's own are for the test world: a client of production never has the scope for them."""

    def test_is_offered_for_test_clients_alone(self) -> None:
        for kind, is_offered in (("test", True), ("production", False)):
            client, browser = make_client(make_tenant(kind)).client, log_in(make_user(is_superuser=True))
            dialog = browser.get(reverse("admin:partners_apiclient_scopes", args=(client.pk,)))
            assert ('value="sandbox"' in dialog.content.decode()) is is_offered

    def test_is_refused_for_production(self) -> None:
        client, asker = used_client(), manager()
        with pytest.raises(ScopeForTestOnly):
            create_client(tenant_id=client.tenant_id, name="Other", scopes=["sandbox"], created_at=now())
        with pytest.raises(ScopeForTestOnly):
            change_client_scopes(client_id=client.pk, scopes=["sandbox"], changed_at=now())
        with pytest.raises(ScopeForTestOnly):
            change_scopes(client, [*READ, "sandbox"], asker)

    def test_is_refused_by_the_database_too(self) -> None:
        client = used_client()
        with acting_as("b2b_jobs"), pytest.raises(IntegrityError, match="for test tenants"):
            ApiClient.objects.filter(pk=client.pk).update(scopes=["sandbox"])

    def test_is_said_at_the_field_of_a_new_client(self) -> None:
        tenant = make_tenant(TenantKind.PRODUCTION)
        answer: Any = log_in(make_user(is_superuser=True)).post(
            reverse("admin:partners_apiclient_add"),
            {"tenant": str(tenant.pk), "name": "Platform", "scopes": ["stream", "sandbox"]},
        )
        assert "test tenants alone" in answer.context["adminform"].form.errors["scopes"][0]
        assert not tenant.clients.exists()

    def test_that_was_asked_for_before_is_void(self) -> None:
        client = used_client()
        request = change_scopes(client, READ + WRITE, manager())
        assert request is not None
        payload = {
            **request.payload,
            "proposed": {**request.payload["proposed"], "scopes": [*READ, "sandbox"]},
        }
        by = request.requested_by
        ApprovalRequest.objects.filter(pk=request.pk).update(
            payload=payload, revision=2, edited_by=by, edited_at=now()
        )
        request.refresh_from_db()
        with pytest.raises(RequestOvertaken, match="test tenants alone"):
            approve(request, compliance("production_access"))
