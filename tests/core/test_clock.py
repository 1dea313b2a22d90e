"""The clock: aware, in UTC, written with milliseconds."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from core.clock import instant_text, now


class TestNow:
    def test_it_is_aware_and_in_utc(self) -> None:
        assert now().tzinfo is UTC


class TestInstantText:
    @pytest.mark.parametrize(
        ("at", "text"),
        [
            (datetime(2026, 3, 1, 12, tzinfo=UTC), "2026-03-01T12:00:00.000Z"),
            (datetime(2026, 3, 1, 12, 0, 0, 999_999, tzinfo=UTC), "2026-03-01T12:00:00.999Z"),
            (datetime(2026, 3, 1, 1, tzinfo=timezone(timedelta(hours=2))), "2026-02-28T23:00:00.000Z"),
        ],
    )
    def test_moment_is_in_utc_with_milliseconds(self, at: datetime, text: str) -> None:
        assert instant_text(at) == text

    def test_time_without_a_zone_is_a_bug(self) -> None:
        with pytest.raises(ValueError, match="time zone"):
            instant_text(datetime(2026, 3, 1))  # noqa: DTZ001
