"""The demo's companies: where they stand, entered once, with documents that open."""

import re
from datetime import timedelta

import pytest

from core.clock import now
from core.models import StaffUser
from partners.compliance.models import EvidenceFile, EvidenceStatus
from partners.models import Partner
from partners.onboarding.models import OnboardingMove
from partners.showcase import COMPANIES, MANAGERS, seed_showcase, write_pdf
from tests.makers.partners import ensure_platform

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


class TestWritePdf:
    def test_names_the_place_of_every_object(self) -> None:
        content = write_pdf("A (signed) page", "of two lines")
        places = [int(place) for place in re.findall(rb"(\d{10}) 00000 n", content)]
        assert [content[place:].split(b" ")[0] for place in places] == [b"1", b"2", b"3", b"4", b"5"]
        start = int(content.split(b"startxref\n")[1].split()[0])
        assert content[start:].startswith(b"xref\n0 6\n")
        assert rb"(A \(signed\) page) Tj T* (of two lines) Tj" in content
