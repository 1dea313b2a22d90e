"""Values that cannot be are refused in words at their field, never by an error page."""

import pytest

from partners.onboarding.models import BeneficialOwner
from tests.office.partner_pages import form_of, managed

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


class TestShare:
    @pytest.mark.parametrize("share", ["0", "0.000", "-1", "0.0001", "NaN", "1e30"])
    def test_that_is_none_is_refused(self, share: str) -> None:
        browser, partner = managed()
        filled = {"name": "Heir", "birth_date": "1970-01-01", "country": "MT", "share_percent": share}
        assert browser.post(form_of(partner, "owner-add"), filled).status_code == 200
        assert not BeneficialOwner.objects.filter(partner=partner).exists()

    def test_stays_when_none_is_entered(self) -> None:
        browser, partner = managed()
        filled = {"name": "Heir", "birth_date": "1970-01-01", "country": "MT", "share_percent": "30"}
        browser.post(form_of(partner, "owner-add"), filled)
        owner = BeneficialOwner.objects.get(partner=partner)
        answer = browser.post(form_of(partner, "owner", owner.pk), {"country": "MT", "share_percent": "0"})
        assert answer.status_code == 200
        owner.refresh_from_db()
        assert owner.share_percent == 30
