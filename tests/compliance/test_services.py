"""Documents come in, are decided and taken up again; areas and production follow."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from core.audit import acting
from core.clock import now
from core.errors import Rejected
from core.models import AuditRecord
from partners.compliance import rules, storage
from partners.compliance.models import ComplianceSuspension, EvidenceFile
from partners.compliance.queries import find_next, list_requirements, list_states
from partners.compliance.services import (
    accept_evidence,
    hand_in_document,
    load_requirements,
    reject_evidence,
    reopen_evidence,
)
from partners.compliance.services.handing_in import Handed
from partners.models import Tenant
from partners.onboarding.models import Company
from tests.makers.compliance import (
    OFFICER,
    accept,
    accept_all,
    accepted,
    areas,
    hand_in,
    pdf,
)
from tests.makers.partners import make_partner, make_tenant
from tests.makers.roles import acting_as

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed")]

NEXT_YEAR = now().date() + timedelta(days=365)


def records(evidence: EvidenceFile) -> list[AuditRecord]:
    return list(AuditRecord.objects.filter(object_id=str(evidence.pk)).order_by("id"))


def by_api(tenant: Tenant, **kw: Any) -> EvidenceFile:
    given: dict[str, Any] = {"document_type": "gaming_licence", "file_name": "l.pdf", "content": pdf(), **kw}
    given.setdefault("expires_on", NEXT_YEAR)
    with acting_as("b2b_api"), acting("client"):
        return hand_in_document(
            tenant_id=tenant.pk, partner_id=tenant.partner_id, handed=Handed(**given), uploaded_at=now()
        )


class TestHandIn:
    def test_document_waits_for_review_and_so_does_its_area(self) -> None:
        tenant = make_tenant()
        made = by_api(tenant)
        assert (made.status, made.uploader, made.uploaded_by) == ("submitted", "client", "client")
        assert areas(tenant.partner)["local_licence"] == "submitted"
        assert [record.action for record in records(made)] == ["hand in document"]

    def test_file_is_stored_under_its_digest(self) -> None:
        content = pdf()
        made = hand_in(make_partner(), content=content)
        assert storage.read(made.sha256) == content
        assert made.size_bytes == len(content)

    def test_same_file_again_is_refused_while_it_waits_or_counts(self) -> None:
        partner, content = make_partner(), pdf()
        first = hand_in(partner, content=content)
        with pytest.raises(rules.DocumentKnown):
            hand_in(partner, content=content)
        accept(first.pk)
        with pytest.raises(rules.DocumentKnown):
            hand_in(partner, content=content)

    def test_same_file_of_another_partner_is_taken(self) -> None:
        content = pdf()
        assert (
            hand_in(make_partner(), content=content).sha256 == hand_in(make_partner(), content=content).sha256
        )

    def test_type_that_nobody_asks_for_is_refused_and_the_asked_ones_named(self) -> None:
        with pytest.raises(rules.DocumentNotAskedFor) as caught:
            hand_in(make_partner(), "love_letter")
        assert "gaming_licence" in (caught.value.details or {})["types"]

    def test_requirement_of_another_country_does_not_bind(self) -> None:
        with pytest.raises(rules.DocumentNotAskedFor):
            hand_in(make_partner(country="MT"), "gb_operating_licence")
        assert hand_in(make_partner(country="GB"), "gb_operating_licence").status == "submitted"

    def test_company_says_where_the_partner_takes_bets(self) -> None:
        tenant = make_tenant(country="MT")
        Company.objects.create(partner=tenant.partner, jurisdictions=["US-NJ", "GB"], updated_at=now())
        asked = {one.document_type for one in list_requirements(tenant.partner)}
        assert {"ccpa_notice", "gb_operating_licence"} <= asked
        assert "mga_authorisation" not in asked
        assert by_api(tenant, document_type="ccpa_notice").status == "submitted"

    def test_large_file_is_refused(self, settings: Any) -> None:
        settings.EVIDENCE_BYTES_MAX = 1000
        partner = make_partner()
        assert hand_in(partner, content=pdf().ljust(1000, b" ")).size_bytes == 1000
        with pytest.raises(rules.DocumentTooLarge):
            hand_in(partner, content=pdf().ljust(1001, b" "))

    def test_refused_document_leaves_no_row(self) -> None:
        tenant = make_tenant()
        for given in (
            {"content": b"<html>"},
            {"expires_on": date(2020, 1, 1)},
            {"document_type": "nothing"},
        ):
            with pytest.raises(Rejected):
                by_api(tenant, **given)
        assert not EvidenceFile.objects.filter(partner=tenant.partner).exists()


class TestAccept:
    def test_document_counts_and_says_who_and_when(self) -> None:
        partner, at = make_partner(), now()
        made = accept(hand_in(partner).pk, at=at)
        assert (made.status, made.decided_by, made.decided_at) == ("accepted", OFFICER, at)
        assert areas(partner)["local_licence"] == "accepted"
        assert records(made)[-1].action == "accept document"
        assert records(made)[-1].actor == OFFICER

    def test_area_needs_every_mandatory_document(self) -> None:
        partner = make_partner()
        accepted(partner, "registry_extract")
        accepted(partner, "ownership_statement")
        assert areas(partner)["kyc"] == "missing"
        accepted(partner, "bank_confirmation")
        assert areas(partner)["kyc"] == "accepted"

    def test_newer_document_replaces_the_older(self) -> None:
        partner = make_partner()
        older, newer = accepted(partner), accepted(partner)
        older.refresh_from_db()
        assert (older.status, newer.status) == ("replaced", "accepted")
        assert areas(partner)["local_licence"] == "accepted"

    def test_acceptance_stays_while_a_newer_document_waits_or_is_rejected(self) -> None:
        partner = make_partner()
        accepted(partner)
        newer = hand_in(partner)
        assert areas(partner)["local_licence"] == "accepted"
        reject_evidence(evidence_id=newer.pk, rejected_at=now(), reason="Blurred")
        assert areas(partner)["local_licence"] == "accepted"

    def test_decided_document_is_not_accepted_again(self) -> None:
        made = accepted(make_partner())
        with pytest.raises(rules.DocumentDecided):
            accept(made.pk)

    def test_document_that_expired_while_it_waited_is_refused(self) -> None:
        made = hand_in(make_partner(), expires_on=now().date())
        with pytest.raises(rules.DocumentDatesNotValid):
            accept(made.pk, at=now() + timedelta(days=2))

    def test_two_officers_at_once_decide_once(self) -> None:
        made = hand_in(make_partner())
        came: list[str] = []

        def decide(verb: Any) -> None:
            try:
                came.append(verb().status)
            except rules.DocumentDecided:
                came.append("refused")
            finally:
                connection.close()

        verbs = [
            lambda: accept_evidence(evidence_id=made.pk, accepted_at=now()),
            lambda: reject_evidence(evidence_id=made.pk, rejected_at=now(), reason="Blurred"),
        ]
        threads = [threading.Thread(target=decide, args=(verb,)) for verb in verbs * 4]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert came.count("refused") == 7

    def test_five_areas_make_a_partner_complete(self) -> None:
        partner = make_partner()
        accept_all(partner)
        assert set(areas(partner).values()) == {"accepted"}
        assert len(areas(partner)) == 5


class TestReject:
    def test_says_why_and_the_area_follows(self) -> None:
        partner = make_partner()
        made = hand_in(partner)
        with acting(OFFICER):
            reject_evidence(evidence_id=made.pk, rejected_at=now(), reason="Blurred")
        made.refresh_from_db()
        assert (made.status, made.note) == ("rejected", "Blurred")
        assert areas(partner)["local_licence"] == "rejected"

    def test_without_a_reason_is_refused(self) -> None:
        made = hand_in(make_partner())
        with pytest.raises(rules.ReasonMissing):
            reject_evidence(evidence_id=made.pk, rejected_at=now(), reason="  ")

    def test_new_document_puts_the_area_up_for_review_again(self) -> None:
        tenant = make_tenant()
        made = by_api(tenant)
        reject_evidence(evidence_id=made.pk, rejected_at=now(), reason="Blurred")
        by_api(tenant)
        assert areas(tenant.partner)["local_licence"] == "submitted"


class TestReopen:
    def test_partner_loses_go_live_and_production_until_it_is_accepted_again(self) -> None:
        tenant = make_tenant("production", allowed_ips=["192.0.2.0/24"])
        made = accept_all(tenant.partner)["gaming_licence"]
        reopen_evidence(evidence_id=made.pk, reopened_at=now(), reason="The authority withdrew it")
        tenant.refresh_from_db()
        assert areas(tenant.partner)["local_licence"] == "in_review"
        assert tenant.status == "suspended"
        accept(made.pk)
        tenant.refresh_from_db()
        assert areas(tenant.partner)["local_licence"] == "accepted"
        assert tenant.status == "active"

    def test_tenant_suspended_for_another_cause_stays_suspended(self) -> None:
        tenant = make_tenant("production", allowed_ips=["192.0.2.0/24"])
        made = accept_all(tenant.partner)["gaming_licence"]
        Tenant.objects.filter(pk=tenant.pk).update(status="suspended", held_by=["risk:rita"])
        reopen_evidence(evidence_id=made.pk, reopened_at=now(), reason="A doubt")
        tenant.refresh_from_db()
        assert tenant.held_by == ["risk:rita", ":"]
        accept(made.pk)
        tenant.refresh_from_db()
        assert (tenant.status, tenant.held_by) == ("suspended", ["risk:rita"])
        assert not ComplianceSuspension.objects.filter(partner=tenant.partner, lifted_at=None).exists()

    def test_rejection_can_be_taken_back(self) -> None:
        tenant = make_tenant("production", allowed_ips=["192.0.2.0/24"])
        made = hand_in(tenant.partner)
        reject_evidence(evidence_id=made.pk, rejected_at=now(), reason="Blurred")
        reopen_evidence(evidence_id=made.pk, reopened_at=now(), reason="It is legible")
        tenant.refresh_from_db()
        assert areas(tenant.partner)["local_licence"] == "in_review"
        assert tenant.status == "active"

    def test_waiting_document_is_not_reopened(self) -> None:
        made = hand_in(make_partner())
        with pytest.raises(rules.DocumentDecided):
            reopen_evidence(evidence_id=made.pk, reopened_at=now(), reason="Why not")


class TestQueue:
    def test_next_is_the_one_that_waited_longest_after_it(self) -> None:
        partner = make_partner()
        long_ago = now() - timedelta(days=4000)
        made = [
            hand_in(partner, kind, at=long_ago + timedelta(days=place), expires_on=NEXT_YEAR)
            for place, kind in enumerate(("gaming_licence", "aml_policy", "privacy_policy"))
        ]
        assert find_next(after=made[0]) == made[1]
        accept(made[1].pk)
        assert find_next(after=made[0]) == made[2]


class TestLoadRequirements:
    def test_second_time_changes_nothing(self) -> None:
        assert load_requirements(loaded_at=now()) == 0

    def test_new_ones_bind_at_once(self, tmp_path: Any) -> None:
        file = tmp_path / "more.toml"
        file.write_text(
            '[[requirement]]\njurisdiction = "TV"\narea = "aml"\n'
            'document_type = "zz_paper"\ntitle = "A paper"\n'
        )
        load_requirements(file=file, loaded_at=now())
        states = list_states(make_partner(country="TV"), area="aml")
        assert "zz_paper" in {each.requirement.document_type for each in states}
