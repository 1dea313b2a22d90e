"""Ids: UUIDv7 in order of making, one spelling each outside."""

import os
import threading
import time
from uuid import UUID, uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.ids import PREFIXES, NotAnId, parse_typeid, typeid, uuid7

ZERO = "bet_" + "0" * 26
LARGEST = "bet_7" + "z" * 25


class TestUuid7:
    def test_it_is_of_version_7_and_of_now(self) -> None:
        before = time.time_ns() // 1_000_000
        made = uuid7()
        assert (made.version, made.variant) == (7, "specified in RFC 4122")
        assert before <= made.int >> 80 <= before + 1_000

    def test_later_ids_are_greater(self) -> None:
        made = [uuid7() for _ in range(20_000)]
        assert made == sorted(set(made))

    def test_ids_stay_in_order_when_the_clock_goes_back(self, monkeypatch: pytest.MonkeyPatch) -> None:
        before, at = uuid7(), time.time_ns()
        monkeypatch.setattr(time, "time_ns", lambda: at - 50_000_000_000)
        assert before < uuid7() < uuid7()

    def test_ids_follow_a_clock_that_was_wrong_by_much(self, monkeypatch: pytest.MonkeyPatch) -> None:
        at = time.time_ns()
        with monkeypatch.context() as ahead:
            ahead.setattr(time, "time_ns", lambda: at + 86_400_000_000_000)
            wrong = uuid7()
        right = uuid7()
        assert right < wrong
        assert right < uuid7()
        assert abs((right.int >> 80) - at // 1_000_000) < 60_000

    def test_threads_never_make_the_same_id(self) -> None:
        made: list[list[UUID]] = [[] for _ in range(8)]
        threads = [
            threading.Thread(target=lambda mine=mine: mine.extend(uuid7() for _ in range(2_000)))
            for mine in made
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(mine == sorted(mine) for mine in made)
        assert len({each for mine in made for each in mine}) == 16_000

    def test_forked_child_makes_other_ids(self) -> None:
        uuid7()
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.write(writing, b"".join(uuid7().bytes for _ in range(100)))
            os._exit(0)
        mine = {uuid7() for _ in range(100)}
        os.waitpid(child, 0)
        theirs = os.read(reading, 1_600)
        os.close(reading)
        os.close(writing)
        assert len(mine | {UUID(bytes=theirs[at : at + 16]) for at in range(0, 1_600, 16)}) == 200


class TestTypeid:
    def test_published_examples_agree(self) -> None:
        """The valid cases of the TypeID specification, under a prefix of ours."""
        assert typeid("bet", UUID(int=0)) == ZERO
        assert typeid("bet", UUID(int=1)) == "bet_00000000000000000000000001"
        assert typeid("bet", UUID("0110c853-1d09-52d8-d73e-1194e95b5f19")) == "bet_0123456789abcdefghjkmnpqrs"
        assert typeid("bet", UUID("01890a5d-ac96-774b-bcce-b302099a8057")) == "bet_01h455vb4pex5vsknk084sn02q"
        assert typeid("bet", UUID(int=2**128 - 1)) == LARGEST

    def test_unknown_prefix_is_a_bug(self) -> None:
        with pytest.raises(ValueError, match="no kind of id"):
            typeid("foo", uuid7())

    def test_order_of_texts_is_the_order_of_making(self) -> None:
        made = [typeid("bet", uuid7()) for _ in range(1_000)]
        assert made == sorted(made)


class TestParseTypeid:
    @given(value=st.uuids(), prefix=st.sampled_from(sorted(PREFIXES)))
    def test_what_is_shown_reads_back(self, value: UUID, prefix: str) -> None:
        assert parse_typeid(prefix, typeid(prefix, value)) == value

    @pytest.mark.parametrize(
        "text",
        [
            *("", "bet", "bet_", "_", ZERO[4:], "bet_" + str(UUID(int=7)), ZERO[:-1], ZERO + "0"),
            *("BET" + ZERO[3:], LARGEST.upper(), ZERO.replace("bet", "plr"), " " + ZERO, ZERO + "\n"),
            *("bet_8" + "0" * 25, "bet_z" + "z" * 25, "bet-" + "0" * 26, "bet__" + "0" * 25),
            *(ZERO[:-1] + letter for letter in "ilouILOU-_\u0660\0"),
        ],
    )
    def test_any_other_spelling_is_no_id(self, text: str) -> None:
        with pytest.raises(NotAnId):
            parse_typeid("bet", text)

    @pytest.mark.parametrize("value", [None, 1, b"bet_", ["bet"], uuid4()])
    def test_anything_but_text_is_no_id(self, value: object) -> None:
        with pytest.raises(NotAnId):
            parse_typeid("bet", value)

    @given(text=st.text(max_size=40))
    @example(text="x" * 26)
    def test_no_two_texts_are_one_id(self, text: str) -> None:
        try:
            value = parse_typeid("bet", "bet_" + text)
        except NotAnId:
            return
        assert typeid("bet", value) == "bet_" + text
