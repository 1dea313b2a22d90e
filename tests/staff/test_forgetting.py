"""Sessions and wrong passwords are kept as long as they serve, and no longer."""

import secrets
from datetime import datetime, timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session

from b2b.schedule import BEAT_SCHEDULE
from core.clock import now
from staff import tasks
from staff.services.forgetting import ATTEMPTS_KEPT_FOR, forget_login_attempts, forget_sessions

pytestmark = [pytest.mark.role("b2b_jobs"), pytest.mark.usefixtures("committed")]


def session_until(expire_date: datetime) -> str:
    """Return the key of a session that ends then."""
    key = secrets.token_hex(16)
    Session.objects.create(session_key=key, session_data="", expire_date=expire_date)
    return key


def attempt_at(attempt_time: datetime) -> str:
    """Return the name under which somebody gave a wrong password then."""
    name = f"staff-{secrets.token_hex(6)}"
    made = AccessAttempt.objects.create(
        username=name, ip_address="192.0.2.1", failures_since_start=1, get_data="", post_data=""
    )
    AccessAttempt.objects.filter(pk=made.pk).update(attempt_time=attempt_time)
    return name


class TestForgetSessions:
    def test_removes_those_that_have_ended_and_no_other(self) -> None:
        at = now()
        ended, goes_on = session_until(at - timedelta(seconds=1)), session_until(at + timedelta(hours=8))
        assert forget_sessions(at=at) >= 1
        assert not Session.objects.filter(session_key=ended).exists()
        assert Session.objects.filter(session_key=goes_on).exists()
        assert forget_sessions(at=at) == 0


class TestForgetLoginAttempts:
    def test_removes_those_of_more_than_thirty_days_ago_and_no_other(self) -> None:
        at = now()
        old = attempt_at(at - ATTEMPTS_KEPT_FOR - timedelta(minutes=1))
        young = attempt_at(at - ATTEMPTS_KEPT_FOR + timedelta(minutes=1))
        assert forget_login_attempts(at=at) >= 1
        assert not AccessAttempt.objects.filter(username=old).exists()
        assert AccessAttempt.objects.filter(username=young).exists()


class TestTasks:
    @pytest.mark.parametrize("task", [tasks.forget_sessions, tasks.forget_login_attempts])
    def test_is_asked_for_by_beat_and_does_its_work(self, task: object) -> None:
        ended, old = session_until(now() - timedelta(days=1)), attempt_at(now() - timedelta(days=31))
        assert task.name in {each["task"] for each in BEAT_SCHEDULE.values()}  # type: ignore[attr-defined]
        task()  # type: ignore[operator]
        if task is tasks.forget_sessions:
            assert not Session.objects.filter(session_key=ended).exists()
        else:
            assert not AccessAttempt.objects.filter(username=old).exists()
