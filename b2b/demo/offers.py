"""What the season offers: loaded by staff, read over HTTP page by page."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from b2b.demo import staff
from b2b.demo.bets import Offer
from b2b.demo.reckoning import Pick
from b2b.demo.run import Run

STARTS_AFTER: Final = timedelta(minutes=10)
"""Fixtures that start sooner are left alone, lest they start while they are bet on."""


class NothingToBetOn(Exception):
    """No fixture of the season is still ahead."""


def load_season(run: Run) -> dict[str, list[Offer]]:
    """Return the offers of each fixture ahead; a season of which none is ahead is ended and loaded anew."""
    staff.command(run.report.say, "load_season", str(run.season))
    offers = read_offers(run)
    if not offers:
        staff.command(run.report.say, "enter_results", str(run.season), "--rehearsal")
        staff.command(run.report.say, "load_season", str(run.season))
        offers = read_offers(run)
    if not offers:
        raise NothingToBetOn(f"No fixture of {run.season} with a result is ahead and has an open market.")
    run.totals.fixtures = len(offers)
    return offers


def read_offers(run: Run) -> dict[str, list[Offer]]:
    """Read all pages of fixtures ahead; return what each of the season offers, and learn every outcome."""
    found: dict[str, list[Offer]] = {}
    starts_from = datetime.now(UTC) + STARTS_AFTER
    for competition in sorted({competition for competition, _, _ in run.scores}):
        for fixture in run.api.pages(
            "/fixtures",
            competition=competition,
            status="scheduled",
            startsFrom=f"{starts_from:%Y-%m-%dT%H:%M:%S.000Z}",
        ):
            if (fixture["competition"], fixture["home"], fixture["away"]) not in run.scores:
                continue
            offers = list(_offers_of(fixture))
            run.picks.update((offer.outcome_id, offer.pick) for offer in offers)
            if sum(offer.is_open for offer in offers) >= 2:
                found[fixture["fixtureId"]] = offers
    return found


def _offers_of(fixture: Mapping[str, Any]) -> Iterator[Offer]:
    for market in fixture["markets"]:
        for outcome in market["outcomes"]:
            yield Offer(
                outcome_id=outcome["outcomeId"],
                fixture_id=fixture["fixtureId"],
                odds=Fraction(outcome["odds"]),
                odds_text=outcome["odds"],
                pick=Pick(
                    fixture=(fixture["competition"], fixture["home"], fixture["away"]),
                    market_type=market["type"],
                    line=None if market["line"] is None else Fraction(market["line"]),
                    outcome=outcome["name"],
                ),
                market_version=market["version"],
                is_open=market["status"] == "open",
            )
