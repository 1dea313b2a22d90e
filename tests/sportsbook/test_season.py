"""A season's file: what is read, whose odds are taken, and what a broken row costs."""

import runpy
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from sportsbook.rules.settling import MarketType
from sportsbook.season import (
    MarketOdds,
    Season,
    SeasonFixture,
    SeasonUnreadable,
    find_shift,
    read_season,
    shift_kick_offs,
)

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sportsbook" / "data" / "sample-season.csv"
REAL = ROOT.parent / "shared" / "data" / "football-data" / "E0-2025-26.csv"

COLUMNS = (
    "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR,"
    "B365H,B365D,B365A,NTXH,NTXD,NTXA,VCH,VCD,VCA,MaxH,MaxD,MaxA,BFEH,BFED,BFEA,"
    "B365>2.5,B365<2.5,AHh,B365AHH,B365AHA,"
    "B365CH,B365CD,B365CA,NTXCH,NTXCD,NTXCA,B365C>2.5,B365C<2.5,AHCh,B365CAHH,B365CAHA"
)
CELLS = (
    "S0,16/08/2025,12:30,Alderbeck Rovers,Ivelstone,2,1,H,"
    "1.95,3.4,4,1.97,3.5,4.1,1.96,3.4,4.1,2,3.6,4.2,2.02,3.65,4.3,"
    "1.8,2.05,-0.5,1.9,2,"
    "1.91,3.45,4.2,1.92,3.4,4,1.75,2.1,-0.75,2.1,1.8"
)
ROW = dict(zip(COLUMNS.split(","), CELLS.split(","), strict=True))


def row(without: str = "", **changed: str) -> dict[str, str]:
    return {name: value for name, value in (ROW | changed).items() if name not in without.split()}


def season_of(*rows: Mapping[str, str], end: str = "\n", mark: str = "") -> Season:
    lines = [",".join(rows[0]), *(",".join(each.values()) for each in rows)]
    return read_season((mark + end.join(lines) + end).encode())


def only(season: Season) -> SeasonFixture:
    assert not season.problems
    (fixture,) = season.fixtures
    return fixture


def market(markets: tuple[MarketOdds, ...], kind: MarketType) -> MarketOdds:
    (found,) = (each for each in markets if each.type is kind)
    return found


class TestReadFixture:
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    def test_file_ends_lines_and_begins_as_it_likes(self, end: str, mark: str) -> None:
        fixture = only(season_of(row(), end=end, mark=mark))
        assert (fixture.division, fixture.season, fixture.home, fixture.away, fixture.line_number) == (
            *("S0", "2025-26", "Alderbeck Rovers", "Ivelstone"),
            2,
        )

    @pytest.mark.parametrize(
        ("written", "clock", "starts_at"),
        [
            ("16/08/2025", "12:30", datetime(2025, 8, 16, 11, 30, tzinfo=UTC)),
            ("16/08/25", "12:30", datetime(2025, 8, 16, 11, 30, tzinfo=UTC)),
            ("16/01/2026", "12:30", datetime(2026, 1, 16, 12, 30, tzinfo=UTC)),
            ("25/10/2025", "15:00", datetime(2025, 10, 25, 14, tzinfo=UTC)),
            ("26/10/2025", "15:00", datetime(2025, 10, 26, 15, tzinfo=UTC)),
            ("16/08/2025", "", datetime(2025, 8, 16, 14, tzinfo=UTC)),
        ],
    )
    def test_kick_off_is_by_the_clocks_of_the_united_kingdom(
        self, written: str, clock: str, starts_at: datetime
    ) -> None:
        assert only(season_of(row(Date=written, Time=clock))).starts_at == starts_at

    def test_file_without_times_kicks_off_at_three(self) -> None:
        assert only(season_of(row("Time"))).starts_at == datetime(2025, 8, 16, 14, tzinfo=UTC)

    def test_score_is_read_when_there_is_one(self) -> None:
        played = only(season_of(row())).score
        assert played is not None
        assert (played.home, played.away) == (2, 1)
        assert only(season_of(row(FTHG="", FTAG="", FTR=""))).score is None
        assert only(season_of(row("FTHG FTAG FTR"))).score is None

    def test_season_that_runs_into_july_keeps_its_name(self) -> None:
        late = row(Date="26/07/2026", HomeTeam="Ivelstone", AwayTeam="Garrowdale")
        assert {each.season for each in season_of(row(), row(AwayTeam="Eastermere"), late).fixtures} == {
            "2025-26"
        }

    def test_blank_lines_are_nothing(self) -> None:
        blank = dict.fromkeys(ROW, "")
        season = season_of(row(), blank, row(AwayTeam="Eastermere"))
        assert len(season.fixtures) == 2
        assert not season.problems


class TestTakeOdds:
    def test_opening_odds_are_the_first_choices_as_fed(self) -> None:
        fixture = only(season_of(row()))
        assert [(each.type, each.line, each.bookmaker, each.odds) for each in fixture.opening] == [
            (
                MarketType.MATCH_RESULT,
                None,
                "B365",
                (("home", Decimal("1.95")), ("draw", Decimal("3.4")), ("away", Decimal(4))),
            ),
            (
                MarketType.TOTAL_GOALS,
                Decimal("2.5"),
                "B365",
                (("over", Decimal("1.8")), ("under", Decimal("2.05"))),
            ),
            (
                MarketType.ASIAN_HANDICAP,
                Decimal("-0.5"),
                "B365",
                (("home", Decimal("1.9")), ("away", Decimal(2))),
            ),
        ]

    def test_closing_odds_are_those_of_the_columns_with_a_c(self) -> None:
        closing = market(only(season_of(row())).closing, MarketType.MATCH_RESULT)
        assert (closing.bookmaker, dict(closing.odds)["home"]) == ("B365", Decimal("1.91"))

    def test_closing_handicap_has_its_own_line(self) -> None:
        fixture = only(season_of(row()))
        assert market(fixture.opening, MarketType.ASIAN_HANDICAP).line == Decimal("-0.5")
        assert market(fixture.closing, MarketType.ASIAN_HANDICAP).line == Decimal("-0.75")

    @pytest.mark.parametrize("gap", ["B365H", "B365D", "B365A"])
    def test_set_with_a_gap_gives_way_to_the_next_bookmakers_whole_one(self, gap: str) -> None:
        opening = market(only(season_of(row() | {gap: ""})).opening, MarketType.MATCH_RESULT)
        assert opening.bookmaker == "NTX"
        assert [odds for _, odds in opening.odds] == [Decimal("1.97"), Decimal("3.5"), Decimal("4.1")]

    @pytest.mark.parametrize("gone", ["B365 NTX VC", "B365 NTX VC Max"])
    def test_exchange_comes_last_and_the_best_of_all_never(self, gone: str) -> None:
        columns = " ".join(code + outcome for code in gone.split() for outcome in "HDA")
        fixture = only(season_of(row(columns)))
        assert market(fixture.opening, MarketType.MATCH_RESULT).bookmaker == "BFE"
        assert market(fixture.closing, MarketType.MATCH_RESULT).bookmaker == "B365"
        alone = only(season_of(row(columns + " BFEH BFED BFEA")))
        assert [each.type for each in alone.opening] == [MarketType.TOTAL_GOALS, MarketType.ASIAN_HANDICAP]

    def test_bookmaker_whose_code_ends_in_c_is_at_opening(self) -> None:
        columns = "B365H B365D B365A NTXH NTXD NTXA"
        fixture = only(season_of(row(columns)))
        assert market(fixture.opening, MarketType.MATCH_RESULT).bookmaker == "VC"

    def test_market_without_odds_or_line_is_not_there(self) -> None:
        fixture = only(season_of(row(AHh="") | {"B365>2.5": ""}))
        assert [each.type for each in fixture.opening] == [MarketType.MATCH_RESULT]
        assert len(fixture.closing) == 3

    def test_file_without_odds_still_has_its_fixtures(self) -> None:
        bare = {name: ROW[name] for name in ("Div", "Date", "HomeTeam", "AwayTeam")}
        assert only(season_of(bare)).opening == ()

    def test_cell_that_is_not_needed_is_not_read(self) -> None:
        assert only(season_of(row(NTXH="x", MaxH="-1"))).opening[0].bookmaker == "B365"


class TestReportBrokenRow:
    @pytest.mark.parametrize(
        ("changed", "column"),
        [
            ({"HomeTeam": ""}, "HomeTeam"),
            ({"AwayTeam": " "}, "AwayTeam"),
            ({"AwayTeam": "Alderbeck Rovers"}, "AwayTeam"),
            ({"HomeTeam": "x" * 81}, "HomeTeam"),
            ({"HomeTeam": "a\x07b"}, "HomeTeam"),
            ({"Div": ""}, "Div"),
            ({"Div": "Premier League!"}, "Div"),
            *(({"Date": text}, "Date") for text in ("", "x", "31/02/2026", "2025-08-16", "16/08/0025")),
            *(({"Time": text}, "Time") for text in ("x", "25:00", "12.30", "noon")),
            *(({"B365H": text}, "B365H") for text in ("x", "1", "0.95", "-2", "0", "nan", "inf", "1e3")),
            *(({"B365H": text}, "B365H") for text in ("1,9", "2.0000001", "1000001", "\u0662")),
            ({"B365CD": "evens"}, "B365CD"),
            ({"B365>2.5": "1.0"}, "B365>2.5"),
            *(({"AHh": text}, "AHh") for text in ("x", "-0.3", "99", "nan")),
            ({"AHCh": "0.1"}, "AHCh"),
            *(({"FTHG": text}, "FTHG") for text in ("x", "-1", "1.5", "", "100", "\u0662")),
            ({"FTAG": ""}, "FTAG"),
            ({"FTR": "A"}, "FTR"),
        ],
    )  # fmt: skip
    def test_cell_that_is_wrong_is_named_and_the_rest_is_kept(
        self, changed: dict[str, str], column: str
    ) -> None:
        quoted = {name: f'"{value}"' if "," in value else value for name, value in changed.items()}
        season = season_of(row(AwayTeam="Garrowdale"), row() | quoted, row(AwayTeam="Eastermere"))
        assert [(each.line, each.column) for each in season.problems] == [(3, column)]
        assert [each.away for each in season.fixtures] == ["Garrowdale", "Eastermere"]

    @pytest.mark.parametrize(
        "text", ["S0", "S0,16/08/2025", 'S0,16/08/2025,12:30,"Ivelstone', ",".join(["1"] * 60)]
    )
    def test_row_of_another_shape_is_named(self, text: str) -> None:
        lines = [",".join(ROW), ",".join(ROW.values()), text, ",".join(row(AwayTeam="Eastermere").values())]
        season = read_season("\n".join(lines).encode())
        assert [(each.line, each.column) for each in season.problems] == [(3, "")]
        assert len(season.fixtures) == 2

    def test_fixture_that_comes_twice_counts_once(self) -> None:
        season = season_of(
            row(), row(Date="17/08/2025"), row(HomeTeam="Ivelstone", AwayTeam="Alderbeck Rovers")
        )
        assert len(season.fixtures) == 2
        assert [str(each) for each in season.problems] == ["line 3: the fixture is on line 2 already"]

    def test_date_far_outside_the_season_is_a_slip_of_the_pen(self) -> None:
        season = season_of(row(), row(AwayTeam="Eastermere"), row(AwayTeam="Garrowdale", Date="16/08/2052"))
        assert [str(each) for each in season.problems] == [
            "line 4, Date: 16/08/2052 is far outside the season 2025-26"
        ]

    def test_problems_come_in_the_order_of_the_lines(self) -> None:
        season = season_of(
            row(), row(), row(FTHG="x"), row(AwayTeam="Eastermere", Date="16/08/2052"), row(Div="")
        )
        assert [each.line for each in season.problems] == [3, 4, 5, 6]


class TestRefuseFile:
    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "empty"),
            (b"\n\n", "empty"),
            (b"\xef\xbb\xbf", "empty"),
            (b"S0,16/08/2025,12:30,Alderbeck Rovers,Ivelstone\n", "no header"),
            (b"Div,Date,HomeTeam\n", "no column AwayTeam"),
            (b'"Div,Date\n', "no header"),
            ("Div,Date,HomeTeam,AwayTeam\nS0,16/08/2025,Älderbeck,Ivelstone".encode("latin-1"), "not UTF-8"),
            ("Div,Date,HomeTeam,AwayTeam\n".encode("utf-16"), "not UTF-8"),
            (b"Div,Date,HomeTeam,AwayTeam\nS0,\0", "not text"),
            (b"Div,Date,HomeTeam,AwayTeam,Date\n", "Date more than once"),
            (b"PK\x03\x04\x14\x00\x06\x00", "not text"),
        ],
    )
    def test_file_that_is_no_season_says_why(self, content: bytes, reason: str) -> None:
        with pytest.raises(SeasonUnreadable, match=reason):
            read_season(content)

    def test_header_alone_is_an_empty_season(self) -> None:
        assert read_season(b"Div,Date,HomeTeam,AwayTeam\n") == Season((), ())


class TestShiftKickOffs:
    def test_first_kick_off_is_on_the_day_asked_and_the_gaps_stay(self) -> None:
        fixtures = season_of(row(Date="30/08/2025"), row(AwayTeam="Eastermere", Time="20:00")).fixtures
        shifted = shift_kick_offs(fixtures, find_shift(fixtures, date(2026, 12, 1)))
        assert [each.starts_at for each in shifted] == [
            datetime(2026, 12, 15, 11, 30, tzinfo=UTC),
            datetime(2026, 12, 1, 19, tzinfo=UTC),
        ]

    def test_fixture_stays_the_same_fixture(self) -> None:
        (fixture,) = season_of(row()).fixtures
        (shifted,) = shift_kick_offs([fixture], timedelta(days=400))
        assert (shifted.season, shifted.opening, shifted.score) == (
            fixture.season,
            fixture.opening,
            fixture.score,
        )

    def test_no_fixtures_need_no_shift(self) -> None:
        assert find_shift([], date(2026, 1, 1)) == timedelta(0)


class TestSampleSeason:
    def test_script_makes_the_same_file_again(self) -> None:
        script = runpy.run_path(str(ROOT / "sportsbook" / "data" / "make_sample_season.py"))
        assert script["make_sample_season"]().encode() == SAMPLE.read_bytes()

    def test_every_club_meets_every_other_at_home_and_away(self) -> None:
        season = read_season(SAMPLE.read_bytes())
        clubs = {each.home for each in season.fixtures}
        pairs = {(each.home, each.away) for each in season.fixtures}
        assert not season.problems
        assert (len(season.fixtures), len(clubs)) == (90, 10)
        assert pairs == {(home, away) for home in clubs for away in clubs if home != away}

    def test_no_club_plays_twice_on_a_day(self) -> None:
        days = Counter(
            (club, each.starts_at.date())
            for each in read_season(SAMPLE.read_bytes()).fixtures
            for club in (each.home, each.away)
        )
        assert max(days.values()) == 1

    def test_every_market_has_an_overround_of_about_five_percent(self) -> None:
        for fixture in read_season(SAMPLE.read_bytes()).fixtures:
            assert len(fixture.opening) == len(fixture.closing) == 3
            for quoted in (*fixture.opening, *fixture.closing):
                assert 1.03 < sum(1 / odds for _, odds in quoted.odds) < 1.07

    def test_some_handicaps_close_at_another_line_and_some_do_not(self) -> None:
        fixtures = read_season(SAMPLE.read_bytes()).fixtures
        moved = {each.opening[2].line != each.closing[2].line for each in fixtures}
        assert moved == {True, False}


@pytest.mark.skipif(not REAL.exists(), reason="the real season's file is not beside the repository")
class TestRealSeason:
    def test_every_row_is_whole_and_has_three_markets(self) -> None:
        season = read_season(REAL.read_bytes())
        assert (len(season.fixtures), season.problems) == (271, ())
        for fixture in season.fixtures:
            assert (fixture.division, fixture.season) == ("E0", "2025-26")
            assert (
                [each.type for each in fixture.opening]
                == [each.type for each in fixture.closing]
                == list(MarketType)
            )
            assert {each.bookmaker for each in (*fixture.opening, *fixture.closing)} == {"B365"}
            assert fixture.score is not None

    def test_first_row_is_as_printed(self) -> None:
        first = read_season(REAL.read_bytes()).fixtures[0]
        assert (first.home, first.away) == ("Liverpool", "Bournemouth")
        assert first.starts_at == datetime(2025, 8, 15, 19, tzinfo=UTC)
        assert first.score is not None
        assert (first.score.home, first.score.away) == (4, 2)
        assert [[str(odds) for _, odds in each.odds] for each in first.opening] == [
            ["1.3", "6", "8.5"],
            ["1.36", "3.2"],
            ["1.83", "2.03"],
        ]
        assert (first.opening[2].line, first.closing[2].line) == (Decimal("-1.5"), Decimal("-1.75"))

    def test_handicap_of_106_fixtures_closes_at_another_line(self) -> None:
        fixtures = read_season(REAL.read_bytes()).fixtures
        assert sum(each.opening[2].line != each.closing[2].line for each in fixtures) == 106
