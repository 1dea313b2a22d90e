"""What charts say: round axes, every figure in the table, one currency or USD, and nothing clipped."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.template.loader import render_to_string

from core.admin.charts import Chart, Point, Series, full_number, nice_step, short_number
from core.clock import now
from reporting.charts import money_of, partner_overview
from reporting.queries import Grain, span_until
from tests.makers.bets import ask, make_bettor, place
from tests.makers.partners import make_tenant
from tests.makers.reporting import count_everything
from tests.makers.roles import acting_as
from tests.makers.sportsbook import make_fixture

AT = datetime(2026, 3, 1, 15, 30, tzinfo=UTC)


def chart(*values: int | Decimal) -> Chart:
    points = tuple(Point(f"point {place}", str(place)) for place in range(len(values)))
    return Chart("Bets", points, bars=(Series("Placed", values),))


class TestScale:
    @pytest.mark.parametrize(
        ("least", "step"),
        [("0", "1"), ("0.3", "0.5"), ("1", "1"), ("3", "5"), ("12", "20"), ("21", "25"), ("60", "100")],
    )
    def test_steps_are_round(self, least: str, step: str) -> None:
        assert nice_step(Decimal(least)) == Decimal(step)

    def test_holds_every_bar(self) -> None:
        for values in ((0, 7, 13), (-5, 3), (-7, -2), (1_000_001,), (Decimal("0.05"),)):
            drawn = chart(*values)
            assert all(0 <= bar.y <= bar.y + bar.height <= 100 for bar in drawn.drawn_bars), values
            assert len(drawn.marks) <= 7

    def test_losses_hang_below_zero(self) -> None:
        drawn = chart(-10, 10)
        below, above = drawn.drawn_bars
        zero = next(mark.place for mark in drawn.marks if mark.text == "0")
        assert below.y == zero == above.y + above.height

    def test_stacked_bars_stand_on_one_another(self) -> None:
        drawn = Chart("B", (Point("p", "p"),), bars=(Series("a", (4,)), Series("b", (6,), 1)))
        lower, upper = drawn.drawn_bars
        assert upper.y + upper.height == lower.y


class TestNumbers:
    def test_axes_are_short_and_tables_exact(self) -> None:
        assert [short_number(Decimal(value)) for value in (0, 950, 2_500, 12_000, 1_500_000)] == [
            "0",
            "950",
            "2,500",
            "12k",
            "1.5M",
        ]
        assert full_number(Decimal("1234.5")) == "1,234.50"
        assert full_number(Decimal("1234.000")) == "1,234"


class TestPage:
    def test_says_everything_in_words_too(self) -> None:
        page = render_to_string("office/chart.html", {"chart": chart(3, 4)})
        assert 'aria-label="Bets, point 0 to point 1. Placed: 7 in all"' in page
        assert "point 1: 4 placed" in page
        assert "<details" in page
        assert "<script" not in page

    def test_says_when_there_is_nothing(self) -> None:
        page = render_to_string("office/chart.html", {"chart": chart(0, 0)})
        assert "Nothing has happened in this time." in page
        assert "<svg" not in page


class TestSpan:
    def test_ends_with_the_present_bucket(self) -> None:
        assert span_until(Grain.HOUR, 2, at=AT).starts == [
            AT.replace(hour=14, minute=0),
            AT.replace(minute=0),
        ]
        assert span_until(Grain.DAY, 2, at=AT).starts[0] == datetime(2026, 2, 28, tzinfo=UTC)
        months = span_until(Grain.MONTH, 4, at=AT)
        assert [each.month for each in months.starts] == [12, 1, 2, 3]
        assert months.end_at == datetime(2026, 4, 1, tzinfo=UTC)


class TestMoneyOf:
    def test_one_currency_stays_as_it_is(self) -> None:
        span = span_until(Grain.DAY, 2, at=AT)
        day = span.start_at
        found = money_of([(day, "EUR", Decimal(3), Decimal("1.1")), (day, "EUR", Decimal(4), None)], span)
        assert (found.currency, found.values) == ("EUR", (Decimal(7), Decimal(0)))

    def test_several_are_shown_in_usd_and_what_has_no_rate_is_named(self) -> None:
        span = span_until(Grain.DAY, 1, at=AT)
        day = span.start_at
        found = money_of(
            [
                (day, "EUR", Decimal(10), Decimal("1.1")),
                (day, "USD", Decimal(1), Decimal(1)),
                (day, "XTS", Decimal(5), None),
            ],
            span,
        )
        assert (found.currency, found.total) == ("USD", Decimal(12))
        assert "XTS" in found.note


@pytest.mark.usefixtures("committed")
class TestPartnerOverview:
    def test_shows_the_days_of_the_tenant(self) -> None:
        tenant = make_tenant()
        player = make_bettor(tenant)
        pick = make_fixture().outcome()
        place(player, ask(player, pick, stake="5.00"))
        place(player, ask(player, pick, stake="2.50"), placed_at=now() - timedelta(days=2))
        place(player, ask(player, pick, stake="5000.00"))
        count_everything()
        with acting_as("b2b_office"):
            found = partner_overview(tenant.partner, days=7, at=now())
        assert (found.kind, found.bets_placed, found.bets_refused) == ("test", 2, 1)
        assert (found.stakes.currency, found.stakes.total) == ("EUR", Decimal("7.50"))
        assert [len(each.points) for each in found.charts] == [7, 7, 7, 7]
        assert found.charts[1].bars[0].values[-3] == Decimal("2.50")

    def test_partner_without_a_tenant_is_empty(self) -> None:
        tenant = make_tenant()
        with acting_as("b2b_office"):
            found = partner_overview(tenant.partner, at=now(), kind="production")
        assert all(each.is_empty for each in found.charts)
        assert found.error_rate == 0
