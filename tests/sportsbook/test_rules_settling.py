"""Settling a bet, to the cent: every figure of the published rules, and the same sums in fractions."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sportsbook.rules.settling import (
    BetStatus,
    DeadHeatRule,
    LegStatus,
    MarketType,
    SettledLeg,
    dead_heat_of,
    find_leg_statuses,
    find_payout,
    reason_of,
    settle,
)

WON, LOST, VOID = LegStatus.WON, LegStatus.LOST, LegStatus.VOID
HALF_WON, HALF_LOST, OPEN = LegStatus.HALF_WON, LegStatus.HALF_LOST, LegStatus.OPEN

odds_taken = st.decimals(min_value=Decimal("1.01"), max_value=100, places=2)
statuses = st.sampled_from([WON, LOST, VOID, HALF_WON, HALF_LOST])
quarter_lines = st.integers(min_value=-24, max_value=24).map(lambda quarters: Decimal(quarters) / 4)
goals = st.integers(min_value=0, max_value=9)


def legs_of(*pairs: tuple[str, LegStatus]) -> list[SettledLeg]:
    return [SettledLeg(Decimal(odds), status) for odds, status in pairs]


def shares_of(margin: Fraction, line: Decimal) -> dict[str, Fraction]:
    """Split a stake over a line's two neighbours on halves; say which share wins, is returned, loses."""
    shares = {"won": Fraction(0), "void": Fraction(0), "lost": Fraction(0)}
    for part in (Fraction(floor(line * 2), 2), Fraction(ceil(line * 2), 2)):
        ahead = margin + part
        shares["won" if ahead > 0 else "lost" if ahead < 0 else "void"] += Fraction(1, 2)
    return shares


SHARES: dict[LegStatus, dict[str, Fraction | int]] = {
    WON: {"won": 1, "void": 0, "lost": 0},
    LOST: {"won": 0, "void": 0, "lost": 1},
    VOID: {"won": 0, "void": 1, "lost": 0},
    HALF_WON: {"won": Fraction(1, 2), "void": Fraction(1, 2), "lost": 0},
    HALF_LOST: {"won": 0, "void": Fraction(1, 2), "lost": Fraction(1, 2)},
}


class TestFindLegStatuses:
    @pytest.mark.parametrize(
        ("home", "away", "winner"), [(2, 1, "home"), (1, 1, "draw"), (0, 3, "away"), (0, 0, "draw")]
    )
    def test_match_result_has_one_winner(self, home: int, away: int, winner: str) -> None:
        found = find_leg_statuses(MarketType.MATCH_RESULT, None, home, away)
        assert found == {name: WON if name == winner else LOST for name in ("home", "draw", "away")}

    @pytest.mark.parametrize(
        ("line", "home", "away", "status"),
        [
            ("-0.25", 1, 1, HALF_LOST),
            ("0.25", 1, 1, HALF_WON),
            ("-0.75", 2, 1, HALF_WON),
            ("0.75", 1, 2, HALF_LOST),
            ("-1", 2, 1, VOID),
            ("-1", 3, 1, WON),
            ("-1", 1, 1, LOST),
            ("0", 1, 1, VOID),
            ("-0.5", 1, 1, LOST),
            ("0.5", 1, 1, WON),
            ("-2.25", 2, 0, HALF_LOST),
            ("1.75", 0, 2, HALF_LOST),
        ],
    )
    def test_handicap_is_on_the_home_team(self, line: str, home: int, away: int, status: LegStatus) -> None:
        found = find_leg_statuses(MarketType.ASIAN_HANDICAP, Decimal(line), home, away)
        assert found["home"] is status

    @pytest.mark.parametrize(
        ("name", "line", "goals_scored", "status"),
        [
            ("over", "2.5", 3, WON),
            ("under", "2.5", 3, LOST),
            ("over", "2.0", 2, VOID),
            ("over", "2.25", 2, HALF_LOST),
            ("under", "2.25", 2, HALF_WON),
            ("over", "2.75", 3, HALF_WON),
            ("under", "2.75", 3, HALF_LOST),
            ("under", "2.5", 0, WON),
        ],
    )
    def test_total_counts_the_goals_of_both(
        self, name: str, line: str, goals_scored: int, status: LegStatus
    ) -> None:
        found = find_leg_statuses(MarketType.TOTAL_GOALS, Decimal(line), goals_scored, 0)
        assert found[name] is status

    @given(line=quarter_lines, home=goals, away=goals)
    def test_handicap_is_half_the_stake_on_each_neighbour(self, line: Decimal, home: int, away: int) -> None:
        found = find_leg_statuses(MarketType.ASIAN_HANDICAP, line, home, away)
        assert SHARES[found["home"]] == shares_of(Fraction(home - away), line)
        assert SHARES[found["away"]] == shares_of(Fraction(away - home), -line)

    @given(line=quarter_lines, home=goals, away=goals)
    def test_total_is_half_the_stake_on_each_neighbour(self, line: Decimal, home: int, away: int) -> None:
        found = find_leg_statuses(MarketType.TOTAL_GOALS, line, home, away)
        assert SHARES[found["over"]] == shares_of(Fraction(home + away), -line)
        assert SHARES[found["under"]] == shares_of(Fraction(-home - away), line)

    @pytest.mark.parametrize("line", [None, Decimal("0.1"), Decimal("2.3")])
    def test_line_that_is_no_quarter_is_a_bug(self, line: Decimal | None) -> None:
        with pytest.raises(ValueError, match="quarters"):
            find_leg_statuses(MarketType.TOTAL_GOALS, line, 1, 1)

    def test_match_result_with_a_line_is_a_bug(self) -> None:
        with pytest.raises(ValueError, match="no line"):
            find_leg_statuses(MarketType.MATCH_RESULT, Decimal(1), 1, 1)


class TestSettle:
    @pytest.mark.parametrize(
        ("odds", "status", "bet_status", "payout"),
        [
            ("1.95", WON, BetStatus.WON, "195.00"),
            ("1.95", LOST, BetStatus.LOST, "0.00"),
            ("1.95", VOID, BetStatus.VOID, "100.00"),
            ("1.95", HALF_WON, BetStatus.PART_WON, "147.50"),
            ("1.95", HALF_LOST, BetStatus.PART_LOST, "50.00"),
        ],
    )
    def test_single_of_100(self, odds: str, status: LegStatus, bet_status: BetStatus, payout: str) -> None:
        verdict = settle(Decimal(100), legs_of((odds, status)), 2)
        assert verdict is not None
        assert (verdict.status, str(verdict.payout)) == (bet_status, payout)

    @pytest.mark.parametrize(
        ("legs", "bet_status", "payout"),
        [
            (legs_of(("1.95", HALF_WON), ("2.10", WON)), BetStatus.PART_WON, "309.75"),
            (legs_of(("1.95", HALF_LOST), ("1.50", WON)), BetStatus.PART_LOST, "75.00"),
            (legs_of(("1.95", HALF_LOST), ("2.00", WON)), BetStatus.PART_LOST, "100.00"),
            (legs_of(("1.95", HALF_LOST), ("2.10", WON)), BetStatus.PART_WON, "105.00"),
            (legs_of(("1.95", VOID), ("2.10", WON)), BetStatus.WON, "210.00"),
            (legs_of(("1.95", VOID), ("2.10", VOID)), BetStatus.VOID, "100.00"),
            (legs_of(("1.95", VOID), ("2.10", HALF_LOST)), BetStatus.PART_LOST, "50.00"),
            (legs_of(("1.95", HALF_WON), ("2.10", LOST)), BetStatus.LOST, "0.00"),
            (legs_of(("1.333", WON), ("1.333", WON), ("1.333", WON)), BetStatus.WON, "236.86"),
        ],
    )
    def test_multiple_of_100(self, legs: list[SettledLeg], bet_status: BetStatus, payout: str) -> None:
        verdict = settle(Decimal(100), legs, 2)
        assert verdict is not None
        assert (verdict.status, str(verdict.payout)) == (bet_status, payout)

    def test_bet_is_open_while_a_leg_is(self) -> None:
        assert settle(Decimal(100), legs_of(("1.95", WON), ("2.10", OPEN)), 2) is None

    def test_one_lost_leg_loses_the_bet_whatever_is_open(self) -> None:
        verdict = settle(Decimal(100), legs_of(("1.95", LOST), ("2.10", OPEN)), 2)
        assert verdict is not None
        assert verdict.status is BetStatus.LOST

    @pytest.mark.parametrize(
        ("rule", "payout"), [(DeadHeatRule.SHARED, "200.00"), (DeadHeatRule.PROFIT_DIVIDED, "250.00")]
    )
    def test_dead_heat_of_two_at_4_pays_half(self, rule: DeadHeatRule, payout: str) -> None:
        verdict = settle(Decimal(100), [SettledLeg(Decimal("4.00"), WON, Fraction(1, 2), rule)], 2)
        assert verdict is not None
        assert (verdict.status, str(verdict.payout)) == (BetStatus.PART_WON, payout)

    def test_dead_heat_that_pays_less_than_the_stake_is_part_lost(self) -> None:
        verdict = settle(Decimal(100), [SettledLeg(Decimal("1.50"), WON, Fraction(1, 2))], 2)
        assert verdict is not None
        assert (verdict.status, str(verdict.payout)) == (BetStatus.PART_LOST, "75.00")

    def test_dead_heat_of_three_loses_no_cent(self) -> None:
        verdict = settle(Decimal(3_000_000), [SettledLeg(Decimal(4), WON, Fraction(1, 3))], 2)
        assert verdict is not None
        assert str(verdict.payout) == "4000000.00"

    @given(
        stake=st.decimals(min_value=Decimal("0.01"), max_value=10**6, places=2),
        legs=st.lists(st.tuples(odds_taken, statuses), min_size=1, max_size=20),
        scale=st.sampled_from([0, 2, 3, 8]),
    )
    def test_payout_is_the_exact_product_rounded_once(
        self, stake: Decimal, legs: list[tuple[Decimal, LegStatus]], scale: int
    ) -> None:
        exact = Fraction(stake)
        for odds, status in legs:
            exact *= SHARES[status]["won"] * Fraction(odds) + SHARES[status]["void"]
        payout = find_payout(stake, [SettledLeg(odds, status) for odds, status in legs], scale)
        assert Fraction(payout) * 10**scale == floor(exact * 10**scale + Fraction(1, 2))

    @given(
        stake=st.integers(min_value=1, max_value=10**6).map(Decimal),
        legs=st.lists(st.tuples(odds_taken, statuses), min_size=1, max_size=6),
    )
    def test_status_agrees_with_the_payout(
        self, stake: Decimal, legs: list[tuple[Decimal, LegStatus]]
    ) -> None:
        verdict = settle(stake, [SettledLeg(odds, status) for odds, status in legs], 2)
        assert verdict is not None
        expected = {
            BetStatus.WON: verdict.payout > stake,
            BetStatus.LOST: verdict.payout == 0,
            BetStatus.VOID: verdict.payout == stake,
            BetStatus.PART_WON: verdict.payout > stake,
            BetStatus.PART_LOST: 0 < verdict.payout <= stake,
        }
        assert expected[verdict.status]

    @given(odds=odds_taken, line=quarter_lines, home=goals)
    def test_one_goal_more_never_pays_the_home_team_less(
        self, odds: Decimal, line: Decimal, home: int
    ) -> None:
        payouts = []
        for scored in range(home, home + 4):
            status = find_leg_statuses(MarketType.ASIAN_HANDICAP, line, scored, 2)["home"]
            payouts.append(find_payout(Decimal(100), [SettledLeg(odds, status)], 2))
        assert all(fewer <= more for fewer, more in pairwise(payouts))


class TestDeadHeatOf:
    @pytest.mark.parametrize(
        ("recorded", "share"),
        [
            ("1", Fraction(1)),
            ("0.5", Fraction(1, 2)),
            ("0.333333", Fraction(1, 3)),
            ("0.666667", Fraction(2, 3)),
            ("0.142857", Fraction(1, 7)),
            ("0.123457", Fraction(10, 81)),
            ("0.987600", Fraction(9876, 10_000)),
        ],
    )
    def test_share_of_few_is_known_from_six_decimals(self, recorded: str, share: Fraction) -> None:
        assert dead_heat_of(Decimal(recorded)) == share

    @given(share=st.fractions(min_value=0, max_value=1, max_denominator=100))
    def test_what_is_recorded_reads_back(self, share: Fraction) -> None:
        assume(share)
        recorded = (Decimal(share.numerator) / Decimal(share.denominator)).quantize(Decimal("0.000001"))
        assert dead_heat_of(recorded) == share


class TestReasonOf:
    @pytest.mark.parametrize(
        ("given", "home", "away", "reason"),
        [
            ("", 2, 1, "The result is 2-1."),
            ("", 0, 0, "The result is 0-0."),
            ("", None, None, "The result was taken back."),
            ("A goal was taken back.", 2, 0, "A goal was taken back."),
            ("Wrong fixture.", None, None, "Wrong fixture."),
        ],
    )
    def test_reason_given_comes_first_and_the_result_speaks_for_itself(
        self, given: str, home: int | None, away: int | None, reason: str
    ) -> None:
        assert reason_of(given, home=home, away=away) == reason
