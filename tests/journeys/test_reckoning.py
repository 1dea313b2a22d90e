"""The demo's own sums: right by the worked figures of the domain, and not deceived by a wrong answer."""

import io
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from b2b.demo import checks
from b2b.demo.bets import AskedBet, Draw, Offer, Player, amount_text
from b2b.demo.reckoning import Pick, Score, Settled, Version, add_up, charge, read_scores, settle
from b2b.demo.report import Report

FIXTURE = ("S0", "Alder", "Birch")
VERSIONS = [Version(1, Fraction("0.15"), date(2026, 1, 1), None)]


def pick(market_type: str, line: str | None, outcome: str) -> Pick:
    return Pick(FIXTURE, market_type, None if line is None else Fraction(line), outcome)


def settled(score: tuple[int, int], *legs: tuple[Pick, str]) -> tuple[str, str]:
    """Return status and payout of 100.00 on legs of one fixture."""
    due = settle(Fraction(100), [(each, Fraction(odds)) for each, odds in legs], {FIXTURE: Score(*score)})
    return due.status, amount_text(due.payout)


def a_report() -> Report:
    return Report(Console(file=io.StringIO()))


class TestSettle:
    @pytest.mark.parametrize(
        ("line", "score", "status", "payout"),
        [
            ("-0.25", (1, 1), "part_lost", "50.00"),
            ("0.25", (1, 1), "part_won", "147.50"),
            ("-0.75", (1, 0), "part_won", "147.50"),
            ("0.75", (0, 1), "part_lost", "50.00"),
            ("-1", (1, 0), "void", "100.00"),
            ("-0.5", (1, 0), "won", "195.00"),
            ("0", (0, 1), "lost", "0.00"),
        ],
    )
    def test_handicap_is_given_to_the_home_team(
        self, line: str, score: tuple[int, int], status: str, payout: str
    ) -> None:
        assert settled(score, (pick("asian_handicap", line, "home"), "1.95")) == (status, payout)

    @pytest.mark.parametrize(
        ("outcome", "line", "goals", "status"),
        [
            ("over", "2.5", 3, "won"),
            ("over", "2", 2, "void"),
            ("over", "2.25", 2, "part_lost"),
            ("under", "2.25", 2, "part_won"),
            ("under", "2.5", 3, "lost"),
        ],
    )
    def test_total_counts_the_goals_of_both(self, outcome: str, line: str, goals: int, status: str) -> None:
        assert settled((goals, 0), (pick("total_goals", line, outcome), "1.95"))[0] == status

    def test_multiple_multiplies_what_its_legs_make(self) -> None:
        half_won = (pick("asian_handicap", "0.25", "home"), "1.95")
        won = (pick("match_result", None, "draw"), "2.10")

        assert settled((1, 1), half_won, won) == ("part_won", "309.75")

    def test_payout_is_rounded_half_up(self) -> None:
        due = settle(
            Fraction("0.05"),
            [(pick("match_result", None, "draw"), Fraction("1.90"))],
            {FIXTURE: Score(0, 0)},
        )

        assert due == Settled("won", Fraction("0.10"))


class TestAddUp:
    def test_fixtures_that_lost_net_against_those_that_won(self) -> None:
        bets = [a_bet(stake, payout) for stake, payout in (("260", "0"), ("10", "130"), ("200", "0"))]

        lines = add_up(bets, VERSIONS, "2026-11", "UTC")

        base = sum((sums.revenue for sums in lines.values()), Fraction(0))
        assert charge(base, Fraction(1), Fraction("0.15"), 2) == Fraction("51.00")

    def test_month_is_the_partners_own(self) -> None:
        late = a_bet("10", "0", settled_at="2026-10-31T23:30:00.000Z")

        assert add_up([late], VERSIONS, "2026-11", "Europe/Malta")
        assert not add_up([late], VERSIONS, "2026-11", "UTC")

    def test_later_revision_counts_by_what_it_changed(self) -> None:
        bet = a_bet("10", "25", "25", "0")

        (sums,) = add_up([bet], VERSIONS, "2026-11", "UTC").values()

        assert (sums.stakes, sums.payouts, sums.bets) == (Fraction(10), Fraction(0), 1)


class TestCharge:
    @pytest.mark.parametrize(("base", "due"), [("17.70", "4.43"), ("-17.70", "-4.43")])
    def test_is_rounded_once_half_away_from_zero(self, base: str, due: str) -> None:
        assert charge(Fraction(base), Fraction(1), Fraction("0.25"), 2) == Fraction(due)


class TestCheckBets:
    def test_right_bet_passes(self) -> None:
        assert not faults_of(a_bet("10.00", "34.00"))

    @pytest.mark.parametrize(
        "wrong",
        [
            {"payout": "34.01"},
            {"status": "lost"},
            {"revision": 2},
            {"stake": "10.01"},
            {"legs": [{"outcomeId": "out_draw", "odds": "3.39", "fixtureId": "fix_1"}]},
        ],
    )
    def test_wrong_bet_is_found(self, wrong: dict[str, Any]) -> None:
        assert faults_of({**a_bet("10.00", "34.00"), **wrong})

    def test_missing_bet_is_found(self) -> None:
        assert faults_of()


class TestCheckEvents:
    def test_gap_is_found(self) -> None:
        report = a_report()

        checks.check_events(report, [{"sequence": each, "type": "x.y", "data": {}} for each in (1, 3)], [])

        assert report.faults

    def test_effect_before_its_cause_is_found(self) -> None:
        report = a_report()
        bet = a_bet("10.00", "34.00")
        types = ("user.registered", "bet.settled", "bet.placed")

        checks.check_events(report, [an_event(number, name) for number, name in enumerate(types, 1)], [bet])

        assert report.faults


class TestDraw:
    def test_same_seed_draws_the_same_bets(self) -> None:
        first, again = draw_bets(seed=3), draw_bets(seed=3)

        assert [bet.body for bet in first] == [bet.body for bet in again]
        assert [bet.body for bet in first] != [bet.body for bet in draw_bets(seed=4)]

    def test_every_fixture_gets_as_many_as_asked_for(self) -> None:
        assert {len(draw_bets(seed=seed)) for seed in range(50)} == {10}


class TestReadScores:
    def test_rows_without_a_score_are_left_out(self, tmp_path: Path) -> None:
        path = tmp_path / "season.csv"
        path.write_text("\ufeffDiv,HomeTeam,AwayTeam,FTHG,FTAG\nS0,Alder,Birch,2,1\nS0,Birch,Alder,,\n")

        assert read_scores(path) == {FIXTURE: Score(2, 1)}

    def test_another_kind_of_file_has_none(self, tmp_path: Path) -> None:
        path = tmp_path / "prices.csv"
        path.write_text("Product,Price\nApples,2\n")

        assert read_scores(path) == {}


def a_bet(stake: str, *payouts: str, settled_at: str = "2026-11-20T12:00:00.000Z") -> dict[str, Any]:
    """Return a bet on the draw at 3.40 as the API shows it, with a revision for each payout."""
    return {
        "betId": "bet_1",
        "reference": "B-1",
        "playerId": "plr_1",
        "status": "won",
        "stake": stake,
        "currency": "EUR",
        "payout": payouts[-1],
        "revision": len(payouts),
        "legs": [{"outcomeId": "out_draw", "odds": "3.40", "fixtureId": "fix_1"}],
        "revisions": [
            {"revision": number, "payout": payout, "settledAt": settled_at}
            for number, payout in enumerate(payouts, 1)
        ],
    }


def an_event(sequence: int, name: str) -> dict[str, Any]:
    data = {"playerId": "plr_1"} | (
        {} if name == "user.registered" else {"betId": "bet_1", "payout": "34.00"}
    )
    return {"sequence": sequence, "type": name, "data": data}


def faults_of(*bets: Mapping[str, Any]) -> list[str]:
    """Return what is found wrong with bets, of which one should be 10.00 on the draw at 3.40, at 1-1."""
    report = a_report()
    body = {"reference": "B-1", "stake": "10.00", "legs": [{"outcomeId": "out_draw", "odds": "3.40"}]}
    checks.check_bets(
        report,
        bets,
        asked={"B-1": AskedBet(body, "", (Fraction("3.40"),))},
        answers={"B-1": {"status": 201, "bet": {}}},
        picks={"out_draw": pick("match_result", None, "draw")},
        scores={FIXTURE: Score(1, 1)},
    )
    return report.faults


def draw_bets(*, seed: int) -> list[AskedBet]:
    offers = [
        [
            Offer(
                f"out_{fixture}{name}",
                f"fix_{fixture}",
                Fraction(odds),
                odds,
                pick(kind, line, name),
                2,
                True,
            )
            for kind, line, name, odds in (
                ("match_result", None, "home", "1.01"),
                ("match_result", None, "draw", "3.40"),
                ("asian_handicap", "-0.25", "away", "1.99"),
            )
        ]
        for fixture in range(4)
    ]
    players = [
        Player("plr_1", "EUR", Fraction(10_000), is_poor=False),
        Player("plr_2", "USD", Fraction(10), is_poor=True),
    ]
    draw = Draw(run="t", seed=seed, players=players, max_stake=Fraction(20_000))
    return draw.bets_on(offers[0], offers[1:], 10)
