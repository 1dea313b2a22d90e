"""The end is the end: what waits is void, and who is declined or terminated is given nothing more."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from approvals.models import ApprovalLetter, ApprovalRequest
from core.clock import now
from core.models import StaffUser
from partners.compliance.services import ask_for_copy, enter_reminders
from partners.kyb.services import request_bank_account
from partners.models import ApiClient, Partner, Tenant
from partners.onboarding.services import (
    StepNotAllowed,
    decline_partner,
    sign_certification,
    terminate_partner,
)
from partners.onboarding.stages import Stage
from partners.services import (
    change_client_scopes,
    create_client,
    issue_secret,
    lower_ramp,
    request_ramp_step,
    resume_partner,
    revoke_client,
    suspend_partner,
    suspend_tenant,
)
from partners.services.four_eyes import request_production_secret
from partners.services.ramp import check_ramp_step
from partners.services.stops import PartnerEnded
from partners.services.widening import check_widening, set_scopes, set_tenant
from tests.makers.business import BIC, IBAN, enter_terms
from tests.makers.compliance import accepted, hand_in
from tests.makers.onboarding import make_partner_at, make_staff_user
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user
from tests.office.commanding import address, run
from tests.office.makers import make_staff
from tests.office.partner_pages import form_of, tab_of, text_of

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_office")]


def asker() -> StaffUser:
    return make_user(
        "partners.change_tenant",
        "partners.change_apiclient",
        "partners.add_bankaccount",
        "approvals.add_approvalrequest",
    )


def production_of(partner: Partner) -> Tenant:
    return Tenant.objects.get(partner=partner, kind="production")


def client_of(partner: Partner, kind: str = "production") -> ApiClient:
    client: ApiClient = ApiClient.objects.get(tenant__partner=partner, tenant__kind=kind)
    return client


def ended(stage: Stage = Stage.LIVE) -> Partner:
    """Return a partner that is terminated, or declined where it had come no further."""
    partner = make_partner_at(stage)
    end = terminate_partner if stage is Stage.LIVE else decline_partner
    key = "terminated_at" if stage is Stage.LIVE else "declined_at"
    end(partner_id=partner.pk, reason="It is over", **{key: now()})
    partner.refresh_from_db()
    return partner


def ask_for_everything(partner: Partner) -> dict[str, ApprovalRequest]:
    who, at = asker(), now()
    tenant, client = production_of(partner), client_of(partner)
    widened = set_scopes(
        client_id=client.pk,
        scopes=[*client.scopes, "bets:write"],
        reason="More",
        set_by=who,
        set_at=at,
    )
    networks = set_tenant(
        tenant_id=tenant.pk,
        changes={"allowed_ips": ["192.0.2.0/24", "198.51.100.0/24"]},
        reason="Another office",
        set_by=who,
        set_at=at,
    )
    assert widened is not None
    assert networks is not None
    return {
        "scopes": widened,
        "networks": networks,
        "ramp": request_ramp_step(
            tenant_id=tenant.pk, percent=50, reason="On", requested_by=who, requested_at=at
        ),
        "secret": request_production_secret(
            client_id=client.pk, reason="Rotate", requested_by=who, requested_at=at
        ),
        "account": request_bank_account(
            partner_id=partner.pk,
            holder="Partner Holding Ltd",
            iban=IBAN,
            bic=BIC,
            reason="Final invoice",
            requested_by=who,
            requested_at=at,
        ),
    }


class TestRequests:
    def test_that_wait_are_void_but_for_what_closes_the_books(self) -> None:
        partner = make_partner_at(Stage.LIVE)
        asked = ask_for_everything(partner)
        terminate_partner(partner_id=partner.pk, terminated_at=now(), reason="It is over")
        for each in asked.values():
            each.refresh_from_db()
        assert {name: each.status for name, each in asked.items()} == {
            "scopes": "void",
            "networks": "void",
            "ramp": "void",
            "secret": "void",
            "account": "pending",
        }
        assert asked["ramp"].failure == "The partner is terminated."
        assert ApprovalLetter.objects.filter(request=asked["ramp"], occasion="closed").exists()

    def test_stay_open_where_the_end_is_refused(self) -> None:
        partner = make_partner_at(Stage.LIVE)
        asked = ask_for_everything(partner)["ramp"]
        with pytest.raises(StepNotAllowed):
            decline_partner(partner_id=partner.pk, declined_at=now(), reason="It is over")
        asked.refresh_from_db()
        assert asked.status == "pending"

    def test_that_were_left_open_are_not_carried_out(self) -> None:
        partner = make_partner_at(Stage.LIVE)
        asked = ask_for_everything(partner)
        terminate_partner(partner_id=partner.pk, terminated_at=now(), reason="It is over")
        assert isinstance(check_widening(asked["scopes"]), PartnerEnded)
        assert isinstance(check_widening(asked["networks"]), PartnerEnded)
        assert isinstance(check_ramp_step(asked["ramp"]), PartnerEnded)


class TestNothingMore:
    @pytest.mark.parametrize("stage", [Stage.LIVE, Stage.CREDENTIALS])
    def test_client_or_secret_is_given(self, stage: Stage) -> None:
        partner = ended(stage)
        tenant = Tenant.objects.get(partner=partner, kind="test")
        with pytest.raises(PartnerEnded):
            create_client(tenant_id=tenant.pk, name="new", scopes=("bets:read",), created_at=now())
        if stage is Stage.LIVE:
            with pytest.raises(PartnerEnded):
                issue_secret(client_id=client_of(partner, "test").pk, issued_at=now())

    def test_scope_ramp_or_suspension_is_changed(self) -> None:
        partner = ended()
        tenant, client, who = production_of(partner), client_of(partner), asker()
        changes: tuple[Callable[[], object], ...] = (
            lambda: change_client_scopes(client_id=client.pk, scopes=["bets:write"], changed_at=now()),
            lambda: set_scopes(client_id=client.pk, scopes=[], reason="", set_by=who, set_at=now()),
            lambda: lower_ramp(tenant_id=tenant.pk, percent=0, lowered_at=now(), reason="Over"),
            lambda: request_ramp_step(
                tenant_id=tenant.pk, percent=50, reason="On", requested_by=who, requested_at=now()
            ),
            lambda: request_production_secret(
                client_id=client.pk, reason="On", requested_by=who, requested_at=now()
            ),
            lambda: suspend_tenant(tenant_id=tenant.pk, suspended_at=now(), reason="Over"),
            lambda: suspend_partner(partner_id=partner.pk, suspended_at=now(), reason="Over"),
            lambda: resume_partner(partner_id=partner.pk, resumed_at=now(), reason="Over"),
            lambda: enter_terms(partner.pk, version="2"),
            lambda: hand_in(partner),
            lambda: sign_certification(
                partner_id=partner.pk,
                tested_on=date(2026, 3, 1),
                notes="n",
                evidence="e",
                signed_by=make_staff_user().pk,
                signed_at=now(),
            ),
        )
        for change in changes:
            with pytest.raises(PartnerEnded):
                change()

    def test_is_asked_for_of_its_documents(self) -> None:
        partner = make_partner_at(Stage.COMPLIANCE)
        soon = now().date() + timedelta(days=7)
        document = accepted(partner, expires_on=soon)
        decline_partner(partner_id=partner.pk, declined_at=now(), reason="It is over")
        with pytest.raises(PartnerEnded):
            ask_for_copy(evidence_id=document.pk, asked_at=now())
        with acting_as("b2b_jobs"):
            enter_reminders(at=now())
        assert not document.reminders.exists()

    def test_access_is_still_taken_away(self) -> None:
        client = client_of(ended())
        revoke_client(client_id=client.pk, revoked_at=now(), reason="Over")
        client.refresh_from_db()
        assert not client.is_active

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE partners_partner SET status = 'suspended' WHERE id = %s",
            "UPDATE partners_tenant SET ramp_percent = 0 WHERE kind = 'production' AND partner_id = %s",
            "UPDATE partners_tenant SET held_by = '{:me}' WHERE partner_id = %s",
            "UPDATE partners_apiclient SET scopes = '{}' "
            "WHERE tenant_id IN (SELECT id FROM partners_tenant WHERE partner_id = %s)",
            "UPDATE partners_clientsecret SET id = id WHERE false AND %s IS NULL; "
            "INSERT INTO partners_clientsecret (id, client_id, digest, hint, created_at, created_by) "
            "SELECT core_uuid7(), c.id, 'x', 'abcd', now(), 'me' FROM partners_apiclient c "
            "JOIN partners_tenant t ON t.id = c.tenant_id AND t.kind = 'test' WHERE t.partner_id = %s",
        ],
        ids=["partner", "ramp", "tenant", "scopes", "secret"],
    )
    def test_is_given_by_sql(self, statement: str) -> None:
        partner = ended()
        keys = [partner.pk] * statement.count("%s")
        with (
            pytest.raises(IntegrityError, match=r"(of|to) a partner that is terminated"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, keys)

    def test_client_is_added_by_sql(self) -> None:
        partner = ended()
        client = client_of(partner, "test")
        with (
            pytest.raises(IntegrityError, match="no system is let in of a partner that is"),
            transaction.atomic(),
        ):
            ApiClient.objects.create(tenant=client.tenant, name="new", client_id="new-one", scopes=[])

    def test_holds_the_office_alone(self) -> None:
        client = client_of(ended())
        with acting_as("b2b_jobs"):
            assert ApiClient.objects.filter(pk=client.pk).update(scopes=[]) == 1


@pytest.mark.usefixtures("office")
class TestOffice:
    def test_forms_are_answered_with_a_sentence_and_not_offered(self) -> None:
        partner, browser = ended(), make_staff(is_superuser=True)
        names = ("company", "owner-add", "contact-add", "licence-add", "director-add", "hand-in")
        more = ("certification-sign", "processor-contract-add", "kyb-review-add", "screen-company")
        for name in (*names, *more):
            for answer in (browser.get(form_of(partner, name)), browser.post(form_of(partner, name), {})):
                assert answer.status_code == 409
                assert "is declined or terminated" in answer.content.decode()
        shown = "".join(
            text_of(browser, tab_of(partner, each)) for each in ("overview", "compliance", "credentials")
        )
        for name in (*names, *more):
            assert form_of(partner, name) not in shown
        for page in ("owner", "contact", "licence", "director"):
            assert f"{partner.pk}/{page}s/" not in shown
        assert "Add API client" not in shown
        added = text_of(browser, f"/admin/partners/apiclient/add/?tenant={production_of(partner).pk}")
        assert f'value="{production_of(partner).pk}"' not in added
        for command in ("ask", "issue", "rotate", "scopes"):
            assert address(ApiClient, command, client_of(partner).pk) not in shown

    def test_bank_account_and_account_manager_stay_open(self) -> None:
        partner, browser = ended(), make_staff(is_superuser=True)
        assert "Ask for approval" in text_of(browser, form_of(partner, "bank-account"))
        assert 'name="account_manager"' in text_of(browser, address(Partner, "change", partner.pk))

    def test_bare_posts_are_refused(self) -> None:
        partner = ended()
        tenant = production_of(partner)
        browser = log_in(make_user(roles=("compliance",)))
        for model, row, before in ((Partner, partner, []), (Tenant, tenant, [":"])):
            answer = run(browser, model, "suspend", row.pk, reason="Over").content.decode()
            assert "declined or terminated" in answer
            assert row.__class__.objects.get(pk=row.pk).held_by == before
