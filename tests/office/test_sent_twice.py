"""A form that is sent twice enters one row, and says so in a sentence."""

from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connections
from django.urls import reverse

from core.clock import now
from partners.kyb.models import KybReview
from partners.models import ApiClient, Tenant
from partners.onboarding.models import BeneficialOwner, Certification, Director, Note
from partners.onboarding.services import withdraw_certification
from partners.services import create_client
from partners.services.clients import ClientNameTaken, revoke_client
from tests.makers.partners import make_partner, make_tenant
from tests.makers.roles import acting_as
from tests.office.makers import superuser
from tests.office.partner_pages import form_of

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]
PERSON = {"name": "Ada Borg", "birth_date": "1970-01-01", "country": "MT"}
SIGNED = {"tested_on": "2026-03-01", "notes": "Passed.", "evidence": "Report 7"}
FORMS = [
    ("owner-add", BeneficialOwner, {**PERSON, "share_percent": "30"}, {"name": "ADA BORG"}),
    ("director-add", Director, PERSON, {"country": "DE"}),
    ("certification-sign", Certification, SIGNED, {"notes": "Passed again."}),
    ("kyb-review-add", KybReview, {"findings": "All is well."}, {}),
]


class TestFormSentTwice:
    @pytest.mark.parametrize(("form", "model", "fields", "other"), FORMS)
    def test_makes_one_row(
        self, form: str, model: Any, fields: dict[str, str], other: dict[str, str]
    ) -> None:
        partner, browser = make_partner(), superuser()
        assert browser.post(form_of(partner, form), fields).status_code == 302
        answer: Any = browser.post(form_of(partner, form), {**fields, **other})
        (sentences,) = answer.context["form"].errors.values()
        assert "already" in sentences[0]
        assert model.objects.filter(partner=partner).count() == 1

    @pytest.mark.parametrize(("form", "model", "fields", "other"), FORMS)
    def test_is_of_one_partner(
        self, form: str, model: Any, fields: dict[str, str], other: dict[str, str]
    ) -> None:
        browser = superuser()
        for partner in (make_partner(), make_partner()):
            assert browser.post(form_of(partner, form), fields).status_code == 302

    @pytest.mark.parametrize(("form", "model", "fields", "other"), FORMS)
    def test_makes_one_row_in_the_database_too(
        self, form: str, model: Any, fields: dict[str, str], other: dict[str, str]
    ) -> None:
        partner = make_partner()
        superuser().post(form_of(partner, form), fields)
        row = model.objects.get(partner=partner)
        row.pk = Director._meta.pk.get_default()
        with pytest.raises(IntegrityError, match="this is entered already"):
            row.save(force_insert=True)

    def test_of_a_client_makes_one_of_the_name(self) -> None:
        tenant, browser = make_tenant(), superuser()
        url = reverse("admin:partners_apiclient_add")
        fields = {"tenant": str(tenant.pk), "name": "Platform", "scopes": ["bets:read"]}
        assert browser.post(url, fields).status_code == 302
        answer: Any = browser.post(url, {**fields, "name": "platform"})
        assert "an active API client of this name already" in answer.content.decode()
        row = ApiClient.objects.get(tenant=tenant)
        with acting_as("b2b_jobs"):
            revoke_client(client_id=row.pk, revoked_at=now(), reason="Replaced")
        assert browser.post(url, fields).status_code == 302

    def test_of_a_client_at_the_same_moment_makes_one_of_the_name(self) -> None:
        tenant, barrier = make_tenant(), Barrier(2)
        refused: list[ClientNameTaken] = []

        def create(tenant: Tenant = tenant) -> None:
            barrier.wait()
            try:
                create_client(tenant_id=tenant.pk, name="Platform", scopes=("bets:read",), created_at=now())
            except ClientNameTaken as refusal:
                refused.append(refusal)
            connections.close_all()

        threads = [Thread(target=create) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(refused) == 1
        assert ApiClient.objects.filter(tenant=tenant).count() == 1

    def test_of_a_certification_is_taken_once_the_first_is_withdrawn(self) -> None:
        partner, browser = make_partner(), superuser()
        browser.post(form_of(partner, "certification-sign"), SIGNED)
        signed = Certification.objects.get(partner=partner)
        withdraw_certification(certification_id=signed.pk, withdrawn_at=now(), reason="Wrong file")
        assert browser.post(form_of(partner, "certification-sign"), SIGNED).status_code == 302

    def test_of_a_note_may_say_the_same(self) -> None:
        partner, browser = make_partner(), superuser()
        for _ in range(2):
            browser.post(form_of(partner, "note"), {"text": "Called."})
        assert Note.objects.filter(partner=partner).count() == 2
