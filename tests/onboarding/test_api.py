"""`GET /onboarding`, as the partner's system sees it."""

from typing import Any

import pytest

from core.clock import now
from partners.models import Partner, Tenant
from partners.onboarding.services import pause_partner
from partners.onboarding.stages import Stage
from tests.makers.onboarding import make_partner_at
from tests.makers.partners import access_token, make_client
from tests.makers.roles import acting_as
from tests.partners.asking import call

pytestmark = pytest.mark.usefixtures("committed")


def onboarding(partner: Partner) -> dict[str, Any]:
    with acting_as("b2b_jobs"):
        tenant = Tenant.objects.get(partner=partner, kind="test")
    answer = call(access_token(make_client(tenant, scopes=())), "/api/v2/onboarding")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


class TestOnboarding:
    def test_partner_sees_its_stage_and_what_is_missing(self) -> None:
        told = onboarding(make_partner_at(Stage.CREDENTIALS))
        assert (told["stage"], told["nextStage"]) == ("credentials", "documentation")
        assert told["missing"] == []
        checks = {item["check"]: item for item in told["checklist"]}
        assert checks["kyc"] == {
            "check": "kyc",
            "title": "Know your customer accepted",
            "stage": "credentials",
            "isMet": True,
        }
        assert checks["certification"]["isMet"] is False
        assert {area["area"]: area["status"] for area in told["compliance"]} == {
            "data_protection": "missing",
            "aml": "missing",
            "kyc": "accepted",
            "responsible_gambling": "missing",
            "local_licence": "missing",
        }

    def test_facts_of_production_are_told_to_the_test_tenant(self) -> None:
        told = onboarding(make_partner_at(Stage.LIVE))
        assert told["nextStage"] == "maintenance"
        assert all(item["isMet"] for item in told["checklist"])
        assert [row["status"] for row in told["certifications"]] == ["certified"]

    def test_paused_partner_has_no_next_stage(self) -> None:
        partner = make_partner_at(Stage.COMPLIANCE)
        with acting_as("b2b_office"):
            pause_partner(partner_id=partner.pk, paused_at=now(), reason="Waits")
        told = onboarding(partner)
        assert (told["stage"], told["nextStage"], told["missing"]) == ("paused", None, [])
