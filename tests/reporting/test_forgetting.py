"""A tenant's figures by the hour are kept for a while, those by the day for good."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings

from b2b.schedule import BEAT_SCHEDULE
from core.clock import now
from partners.models import Tenant
from reporting import tasks
from reporting.models import DailyBets, HourlyBets, HourlyRequests
from reporting.services.forgetting import first_hour_kept, forget_hours
from reporting.services.recounting import recount
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as

pytestmark = [pytest.mark.role("b2b_jobs"), pytest.mark.usefixtures("committed")]

LONG_AGO = datetime(2001, 3, 1, tzinfo=UTC)
"""Before anything that other tests count."""


def figures_of(tenant: Tenant, hour: datetime) -> None:
    HourlyBets.objects.create(tenant=tenant, hour=hour, currency="EUR", bets_placed=1)
    HourlyRequests.objects.create(tenant=tenant, hour=hour, endpoint="bets", requests=1)


def hours_of(tenant: Tenant) -> set[datetime]:
    bets = set(HourlyBets.objects.filter(tenant=tenant).values_list("hour", flat=True))
    assert bets == set(HourlyRequests.objects.filter(tenant=tenant).values_list("hour", flat=True))
    return bets


class TestForgetHours:
    def test_removes_the_hours_before_and_no_day(self) -> None:
        tenant = make_tenant()
        figures_of(tenant, LONG_AGO - timedelta(hours=1))
        figures_of(tenant, LONG_AGO)
        DailyBets.objects.create(tenant=tenant, day=date(2001, 2, 28), currency="EUR", bets_placed=1)
        assert forget_hours(before=LONG_AGO) == 2
        assert hours_of(tenant) == {LONG_AGO}
        assert DailyBets.objects.filter(tenant=tenant).count() == 1
        forget_hours(before=LONG_AGO + timedelta(hours=1))

    def test_days_are_kept_whole(self) -> None:
        at = datetime(2026, 3, 31, 15, 20, tzinfo=UTC)
        assert first_hour_kept(at=at, days=30) == datetime(2026, 3, 1, tzinfo=UTC)


class TestTask:
    @pytest.fixture(autouse=True)
    def counted_anew(self, committed: None) -> Iterator[None]:
        """What other tests counted long ago comes back, and what this one made goes."""
        yield
        with acting_as("b2b_jobs"):
            recount(counted_at=now())

    def test_is_asked_for_by_beat_and_keeps_as_many_days_as_the_setting_says(self) -> None:
        tenant, at = make_tenant(), now().replace(minute=0, second=0, microsecond=0)
        days = settings.HOURLY_FIGURES_DAYS
        for age in (days - 1, days + 2):
            figures_of(tenant, at - timedelta(days=age))
        assert tasks.forget_hours.name in {each["task"] for each in BEAT_SCHEDULE.values()}
        tasks.forget_hours()
        assert hours_of(tenant) == {at - timedelta(days=days - 1)}
