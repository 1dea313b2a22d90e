"""When a delivery is tried again, and when an endpoint is left in peace: decided from facts alone."""

from datetime import UTC, datetime, timedelta

import pytest

from webhooks.retrying import (
    BREAKER_MOST_SECONDS,
    RETRY_SECONDS,
    Health,
    Verdict,
    health_after,
    is_given_up,
    retry_after,
    verdict,
)

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def decided(status: int | None, failed_before: int = 0, **facts: float | None) -> Verdict:
    told = {"retry_after_seconds": None, "chance": 0.5, "lives_seconds": None, **facts}
    return verdict(status=status, failed_before=failed_before, **told)  # type: ignore[arg-type]


class TestVerdict:
    @pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
    def test_2xx_is_delivered(self, status: int) -> None:
        assert decided(status).state == "delivered"

    @pytest.mark.parametrize("status", [None, 100, 301, 400, 404, 429, 500, 503])
    def test_anything_else_is_tried_again(self, status: int | None) -> None:
        assert decided(status) == Verdict("pending", 5.0)

    def test_waits_grow_as_the_contract_says_and_then_it_is_dead(self) -> None:
        waits = [decided(500, number).retry_seconds for number in range(9)]
        assert waits == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
        assert decided(500, 9).state == "dead"

    def test_jitter_is_a_tenth_either_way(self) -> None:
        for place, wait in enumerate(RETRY_SECONDS):
            found = [decided(500, place, chance=chance).retry_seconds for chance in (0.0, 0.9999)]
            assert found == pytest.approx([wait * 0.9, wait * 1.1], rel=0.001)

    def test_retry_after_is_kept_to_a_day_and_never_hurries(self) -> None:
        assert decided(503, retry_after_seconds=120).retry_seconds == 120
        assert decided(503, retry_after_seconds=1).retry_seconds == 5
        assert decided(503, retry_after_seconds=10**9).retry_seconds == 86_400

    def test_gone_is_dead_at_once(self) -> None:
        assert decided(410).state == "dead"

    def test_short_life_ends_before_the_next_attempt(self) -> None:
        assert decided(500, lives_seconds=4.0).state == "expired"
        assert decided(500, lives_seconds=6.0).state == "pending"


class TestHealth:
    def test_fifth_failure_in_a_row_opens_the_breaker_for_longer_each_time(self) -> None:
        health, waits = Health(), []
        for _ in range(12):
            health = health_after(health, status=500, retry_after_seconds=None, at=AT)
            waits.append((health.breaker_until - AT).total_seconds() if health.breaker_until else 0)
        assert waits == [0, 0, 0, 0, 5, 10, 20, 40, 60, 60, 60, BREAKER_MOST_SECONDS]
        assert health.failing_since == AT

    def test_one_success_makes_well(self) -> None:
        ill = Health(99, AT - timedelta(days=4), AT)
        assert health_after(ill, status=204, retry_after_seconds=None, at=AT) == Health()

    def test_overloaded_is_left_in_peace_as_long_as_it_asks(self) -> None:
        for asked, given in ((30, 30), (86_400, 900)):
            health = health_after(Health(), status=429, retry_after_seconds=asked, at=AT)
            assert health.breaker_until == AT + timedelta(seconds=given)

    def test_is_given_up_after_five_days(self) -> None:
        assert not is_given_up(Health(9, AT - timedelta(days=5) + timedelta(seconds=1)), at=AT)
        assert is_given_up(Health(9, AT - timedelta(days=5)), at=AT)


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            ("120", 120.0),
            (" 7 ", 7.0),
            ("Sun, 01 Mar 2026 12:01:00 GMT", 60.0),
            ("Sun, 01 Mar 2026 11:59:00 GMT", None),
            ("", None),
            (None, None),
            ("soon", None),
            ("-5", None),
            ("1.5", None),
            ("٣", None),
            ("9" * 400, 999_999_999.0),
        ],
    )
    def test_is_seconds_or_a_date(self, value: str | None, seconds: float | None) -> None:
        assert retry_after(value, at=AT) == seconds
