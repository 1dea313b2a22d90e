"""Routes of what can be bet on, and of bets."""

from django.urls import URLPattern, URLResolver, path

from sportsbook.api import bets, fixtures

urlpatterns: list[URLPattern | URLResolver] = [
    path("sports", fixtures.Sports.as_view()),
    path("competitions", fixtures.Competitions.as_view()),
    path("fixtures", fixtures.Fixtures.as_view()),
    path("fixtures/<str:fixture_id>", fixtures.Fixture.as_view()),
    path("bets", bets.Bets.as_view()),
    path("bets/batch", bets.BetBatch.as_view()),
    path("bets/check", bets.BetCheck.as_view()),
    path("bets/<str:bet_id>", bets.OneBet.as_view()),
]
