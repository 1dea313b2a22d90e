"""All that a chain covers is checked once a day, and what came of it stays."""

from datetime import timedelta

import pytest

from core.clock import now
from core.sealing.models import Verification
from core.sealing.rounds import verify_daily
from core.trail import TRAIL
from tests.makers.roles import acting_as

pytestmark = [pytest.mark.role("b2b_jobs"), pytest.mark.usefixtures("committed")]


class TestVerifyDaily:
    def test_is_done_once_a_day_and_noted(self) -> None:
        with acting_as("b2b_owner"):
            Verification.objects.all().delete()
        at = now() + timedelta(days=40)
        before = Verification.objects.filter(chain=TRAIL.name).count()
        verify_daily(TRAIL, verified_at=at)
        verify_daily(TRAIL, verified_at=at + timedelta(hours=22))
        assert Verification.objects.filter(chain=TRAIL.name).count() == before + 1
        noted = Verification.objects.filter(chain=TRAIL.name).order_by("-verified_at")[0]
        assert noted.verified_at == at
        assert noted.summary.startswith("trail: ")
        assert noted.fault_count == len(noted.faults) or noted.fault_count > 100
        verify_daily(TRAIL, verified_at=at + timedelta(hours=24))
        assert Verification.objects.filter(chain=TRAIL.name).count() == before + 2
