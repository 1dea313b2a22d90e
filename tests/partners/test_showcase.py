"""The demo's companies: where they stand, entered once, with documents that open."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from approvals.models import ApprovalRequest
from core.clock import now
from core.models import StaffUser
from partners.compliance.models import EvidenceFile, EvidenceStatus
from partners.models import Partner
from partners.onboarding.models import OnboardingMove
from partners.onboarding.queries import list_way
from partners.services import change_partner
from partners.showcase import COMPANIES, MANAGERS, OFFICERS, prove_live_partner, seed_showcase, write_pdf
from tests.makers.onboarding import meet
from tests.makers.partners import ensure_platform, make_client, make_partner, make_tenant
from tests.makers.roles import acting_as
from tests.makers.staff import make_user

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]


def seed() -> None:
    ensure_platform()
    for name in MANAGERS:
        StaffUser.objects.get_or_create(username=name, defaults={"is_staff": True})
    seed_showcase(seeded_at=now())


class TestSeedShowcase:
    def test_each_company_stands_where_it_is_said_to(self) -> None:
        seed()
        standing = dict(Partner.objects.values_list("name", "stage"))
        assert {each.name: standing[each.name] for each in COMPANIES} == {
            each.name: each.ends or each.stage for each in COMPANIES
        }

    def test_review_has_work_and_some_documents_end_soon(self) -> None:
        seed()
        shown = EvidenceFile.objects.filter(partner__name__in=[each.name for each in COMPANIES])
        statuses = set(shown.values_list("status", flat=True))
        assert {EvidenceStatus.SUBMITTED, EvidenceStatus.ACCEPTED, EvidenceStatus.REJECTED} <= statuses
        assert shown.filter(expires_on__lt=now().date() + timedelta(days=30)).exists()

    def test_again_changes_nothing(self) -> None:
        seed()
        before = OnboardingMove.objects.count(), EvidenceFile.objects.count()
        seed()
        assert (OnboardingMove.objects.count(), EvidenceFile.objects.count()) == before


class TestProveLivePartner:
    def make_live(self) -> Partner:
        """Return a live partner with a test client and an account manager, which has proved nothing yet."""
        seed()
        for name in OFFICERS:
            user, _ = StaffUser.objects.get_or_create(username=name, defaults={"is_staff": True})
            user.groups.add(Group.objects.get(name="compliance"))
        partner = make_partner()
        with acting_as("b2b_jobs"):
            changes = {
                "account_manager_id": make_user(roles=("account_manager",)).pk,
                "legal_name": "Live Operator Ltd",
                "legal_address": "1 Example Street, Valletta",
            }
            change_partner(partner_id=partner.pk, changes=changes, changed_at=now())
        make_client(make_tenant(partner=partner))
        return partner

    def test_whole_checklist_holds_and_two_people_opened_production(self) -> None:
        partner = self.make_live()
        meet(partner.pk, "api_called")
        with acting_as("b2b_jobs"):
            assert prove_live_partner(partner_id=partner.pk, seeded_at=now())
            partner.refresh_from_db()
            assert {each.title: each.is_met for each in list_way(partner).checklist if not each.is_met} == {}
            asked = ApprovalRequest.objects.get(partner_id=partner.pk, kind="production_credentials")
        assert asked.status == "approved"
        assert asked.executed_at is not None
        assert asked.requested_by_id == partner.account_manager_id != asked.decided_by_id

    def test_again_changes_nothing(self) -> None:
        partner = self.make_live()
        with acting_as("b2b_jobs"):
            assert prove_live_partner(partner_id=partner.pk, seeded_at=now())
            assert not prove_live_partner(partner_id=partner.pk, seeded_at=now())


class TestWritePdf:
    def test_names_the_place_of_every_object(self) -> None:
        content = write_pdf("A (signed) page", "of two lines")
        places = [int(place) for place in re.findall(rb"(\d{10}) 00000 n", content)]
        assert [content[place:].split(b" ")[0] for place in places] == [b"1", b"2", b"3", b"4", b"5"]
        start = int(content.split(b"startxref\n")[1].split()[0])
        assert content[start:].startswith(b"xref\n0 6\n")
        assert rb"(A \(signed\) page) Tj T* (of two lines) Tj" in content
