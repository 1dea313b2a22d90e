"""What the stream tells: events, odds and fixtures, each once, in order, and to nobody else."""

import time

import pytest

from core.ids import typeid, uuid7
from tests.makers.http import make_caller
from tests.makers.partners import make_client, make_tenant, tenant_of
from tests.makers.sportsbook import make_fixture
from tests.streaming.listening import announce, change_fixture, change_market, listen
from tests.streaming.serving import Stream

pytestmark = pytest.mark.slow


class TestEvents:
    def test_event_is_told_as_the_feed_tells_it(self, stream: Stream) -> None:
        tenant = make_tenant()
        caller = make_caller(tenant)
        with listen(stream, make_client(tenant)) as listener:
            listener.live("events")
            announce(tenant.pk, 1)
            frame = listener.wait("event")
        (kept,) = caller.get("/api/v2/events").json()["data"]
        assert frame == {"op": "event", "id": 1, **kept}

    def test_events_come_in_the_order_of_their_sequence(self, stream: Stream) -> None:
        made = make_client()
        with listen(stream, made) as listener:
            listener.live("events")
            for start in range(0, 1_000, 50):
                announce(tenant_of(made), *range(start, start + 50))
            found = listener.events(1_000)
        assert [frame["sequence"] for frame in found] == list(range(1, 1_001))
        assert [frame["data"]["number"] for frame in found] == list(range(1_000))

    def test_nobody_hears_another_tenants_events(self, stream: Stream) -> None:
        one, other = make_client(), make_client()
        with listen(stream, one) as mine, listen(stream, other) as theirs:
            mine.live("events")
            theirs.live("events")
            announce(tenant_of(other), 1)
            theirs.wait("event")
            announce(tenant_of(one), 2)
            assert mine.wait("event")["data"] == {"number": 2}
            assert not [frame for frame in mine.passed if frame["op"] == "event"]

    def test_filter_selects_types_and_players(self, stream: Stream) -> None:
        made, player = make_client(), uuid7()
        with listen(stream, made) as listener:
            listener.live("events", id=1, filter={"types": ["bet.placed"]})
            listener.live("events", id=2, filter={"playerIds": [typeid("plr", player)]})
            listener.live("events", id=3, filter={"types": ["bet.settled", "bet.placed"]})
            announce(tenant_of(made), 1)
            announce(tenant_of(made), 2, player_id=player)
            found = listener.events(3)
        assert {(frame["id"], frame["data"]["number"]) for frame in found} == {(3, 1), (3, 2), (2, 2)}

    def test_heartbeat_tells_how_far_the_sequence_is(self, stream: Stream) -> None:
        made = make_client()
        with listen(stream, made) as listener:
            listener.live("events", filter={"types": ["bet.placed"]}, heartbeatMs=500)
            announce(tenant_of(made), 1, 2, 3)
            frame = listener.wait("heartbeat", so=lambda frame: frame["sequence"] == 3)
        assert frame == {"op": "heartbeat", "id": 1, "topic": "events", "sequence": 3}


class TestOdds:
    def test_snapshot_has_every_market_as_a_delta_would_tell_it(self, stream: Stream) -> None:
        made = make_fixture()
        fixture = typeid("fix", made.id)
        with listen(stream, make_client()) as listener:
            listener.ask("subscribe", id=7, topic="odds", filter={"fixtureIds": [fixture]})
            frame = listener.wait("snapshot")
        assert (frame["id"], frame["topic"], frame["more"]) == (7, "odds", False)
        assert {market["type"] for market in frame["markets"]} == {
            "match_result",
            "total_goals",
            "asian_handicap",
        }
        market = next(each for each in frame["markets"] if each["type"] == "match_result")
        assert market["fixtureId"] == fixture
        assert [outcome["odds"] for outcome in market["outcomes"]] == ["2.10", "3.40", "3.60"]

    def test_large_snapshot_comes_in_parts(self, stream: Stream) -> None:
        competition = f"S{uuid7().hex[-8:]}"
        for _ in range(70):
            make_fixture(competition=competition)
        with listen(stream, make_client()) as listener:
            listener.ask("subscribe", id=1, topic="odds", filter={"competitions": [competition]})
            parts = [listener.wait("snapshot"), listener.wait("snapshot")]
        assert [part["more"] for part in parts] == [True, False]
        assert sum(len(part["markets"]) for part in parts) == 210

    def test_every_change_is_told(self, stream: Stream) -> None:
        market_id = uuid7()
        with listen(stream, make_client()) as listener:
            listener.live("odds", filter={"competitions": ["E1"]})
            for version in range(1, 51):
                change_market(market_id=market_id, version=version, competition="E1")
            found = [listener.wait("delta") for _ in range(50)]
        assert [market["version"] for frame in found for market in frame["markets"]] == list(range(1, 51))
        assert not any("conflated" in frame for frame in found)

    def test_conflated_changes_tell_the_last_state(self, stream: Stream) -> None:
        market_id = uuid7()
        with listen(stream, make_client()) as listener:
            listener.live("odds", filter={"competitions": ["E2"]}, conflateMs=800)
            for version in range(1, 6):
                change_market(market_id=market_id, version=version, competition="E2")
            frame = listener.wait("delta")
        assert frame["conflated"] is True
        assert [market["version"] for market in frame["markets"]] == [5]

    def test_filter_selects_sports_and_types(self, stream: Stream) -> None:
        with listen(stream, make_client()) as listener:
            listener.live("odds", filter={"sports": ["tennis"], "marketTypes": ["total_goals"]})
            change_market(sport="tennis")
            change_market(sport="football", kind="total_goals")
            wanted = change_market(sport="tennis", kind="total_goals")
            frame = listener.wait("delta")
        assert [market["marketId"] for market in frame["markets"]] == [wanted]

    def test_sandboxs_market_is_told_to_its_tenant_alone(self, stream: Stream) -> None:
        one, other = make_client(), make_client()
        with listen(stream, one) as mine, listen(stream, other) as theirs:
            for listener in (mine, theirs):
                listener.live("odds", filter={"competitions": ["SB"]})
            own = change_market(competition="SB", tenant_id=tenant_of(one))
            shared = change_market(competition="SB")
            assert [mine.wait("delta")["markets"][0]["marketId"] for _ in range(2)] == [own, shared]
            assert theirs.wait("delta")["markets"][0]["marketId"] == shared


class TestFixtures:
    def test_changed_fixture_is_told_whole(self, stream: Stream) -> None:
        with listen(stream, make_client()) as listener:
            listener.live("fixtures", filter={"competitions": ["F1"]})
            fixture = change_fixture(competition="F1")
            frame = listener.wait("delta")
        assert frame["topic"] == "fixtures"
        (told,) = frame["fixtures"]
        assert (told["fixtureId"], told["status"], told["score"]) == (
            fixture,
            "in_play",
            {"home": 1, "away": 0},
        )

    def test_snapshot_leaves_out_what_is_over_unless_it_is_named(self, stream: Stream) -> None:
        competition = f"O{uuid7().hex[-8:]}"
        over = make_fixture(competition=competition, status="finished")
        open_one = make_fixture(competition=competition)
        with listen(stream, make_client()) as listener:
            listener.ask("subscribe", id=1, topic="fixtures", filter={"competitions": [competition]})
            found = listener.wait("snapshot")["fixtures"]
            assert [each["fixtureId"] for each in found] == [typeid("fix", open_one.id)]
            named = {"fixtureIds": [typeid("fix", over.id)]}
            listener.ask("subscribe", id=2, topic="fixtures", filter=named)
            found = listener.wait("snapshot", so=lambda frame: frame["id"] == 2)["fixtures"]
            assert [each["fixtureId"] for each in found] == [typeid("fix", over.id)]


class TestFrames:
    @pytest.mark.parametrize(
        ("frame", "code", "id"),
        [
            ("nonsense", "MALFORMED_JSON", None),
            ("[]", "INVALID_FIELD", None),
            ('{"op":"dance","id":4}', "INVALID_FIELD", 4),
            ('{"op":"subscribe","id":4}', "MISSING_FIELD", 4),
            ('{"op":"subscribe","id":4,"topic":"weather"}', "INVALID_FIELD", 4),
            ('{"op":"subscribe","id":4,"topic":"odds","filter":{"colour":["red"]}}', "UNKNOWN_FIELD", 4),
            ('{"op":"subscribe","id":4,"topic":"odds","filter":{"sports":[]}}', "INVALID_FIELD", 4),
            ('{"op":"subscribe","id":4,"topic":"odds","filter":7}', "INVALID_FIELD", 4),
            (
                '{"op":"subscribe","id":4,"topic":"odds","filter":{"marketTypes":["corners"]}}',
                "INVALID_FIELD",
                4,
            ),
            ('{"op":"subscribe","id":4,"topic":"odds","filter":{"fixtureIds":["7"]}}', "INVALID_FIELD", 4),
            ('{"op":"subscribe","id":4,"topic":"events","filter":{"playerIds":["7"]}}', "INVALID_FIELD", 4),
            (
                '{"op":"subscribe","id":4,"topic":"events","filter":{"types":["bet.x"]}}',
                "EVENT_TYPE_UNKNOWN",
                4,
            ),
            ('{"op":"subscribe","id":4,"topic":"events","conflateMs":100}', "INVALID_FIELD", 4),
            ('{"op":"subscribe","id":4,"topic":"events","resume":{"clock":"1"}}', "INVALID_FIELD", 4),
            ('{"op":"subscribe","id":4,"topic":"events","resume":{"sequence":99}}', "RESUME_UNKNOWN", 4),
            ('{"op":"subscribe","id":4,"topic":"events","heartbeatMs":1}', "INVALID_FIELD", 4),
            ('{"op":"subscribe","id":4,"topic":"events","id":4}', "DUPLICATE_FIELD", 4),
            ('{"op":"unsubscribe","id":4}', "SUBSCRIPTION_UNKNOWN", 4),
            ('{"op":"authenticate","id":4,"token":"x"}', "UNAUTHENTICATED", 4),
        ],
    )
    def test_broken_frame_is_answered_with_a_code_and_its_id(
        self, stream: Stream, frame: str, code: str, id: int | None
    ) -> None:
        with listen(stream, make_client()) as listener:
            listener.socket.send(frame)
            found = listener.next()
            assert (found["op"], found["id"], found["code"]) == ("error", id, code)
            listener.live("events", id=9)

    def test_id_is_used_once_at_a_time(self, stream: Stream) -> None:
        with listen(stream, make_client()) as listener:
            listener.live("events")
            listener.ask("subscribe", id=1, topic="odds")
            assert listener.wait("error")["code"] == "SUBSCRIPTION_EXISTS"
            listener.ask("unsubscribe", id=1)
            assert listener.wait("status")["state"] == "ended"
            listener.live("events")

    def test_ended_subscription_tells_nothing_more(self, stream: Stream) -> None:
        made = make_client()
        with listen(stream, made) as listener:
            listener.live("events", id=1)
            listener.live("events", id=2)
            listener.ask("unsubscribe", id=1)
            listener.wait("status", so=lambda frame: frame["state"] == "ended")
            announce(tenant_of(made), 1)
            assert listener.wait("event")["id"] == 2
            time.sleep(0.3)
            announce(tenant_of(made), 2)
            assert listener.wait("event")["id"] == 2

    def test_huge_frame_closes_the_connection(self, stream: Stream) -> None:
        with listen(stream, make_client()) as listener:
            listener.socket.send(" " * 70_000)
            assert listener.closed()[0] == 1009

    def test_too_many_frames_are_not_read(self, stream: Stream) -> None:
        with listen(stream, make_client()) as listener:
            for _ in range(80):
                listener.ask("unsubscribe", id=1)
            codes = [listener.next()["code"] for _ in range(80)]
        assert codes.count("RATE_LIMITED") > 20

    def test_subscriptions_are_bounded(self, stream: Stream) -> None:
        with listen(stream, make_client()) as listener:
            for number in range(21):
                listener.ask("subscribe", id=number, topic="events")
            found = listener.wait("error")
        assert (found["id"], found["code"]) == (20, "TOO_MANY_SUBSCRIPTIONS")
