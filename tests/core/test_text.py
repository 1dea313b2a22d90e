"""What `core.text` promises: nothing in a name that cannot be seen, in Python and in the database alike."""

import sys
import unicodedata

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from core.text import QUOTED_MAX, HiddenCharacter, check_line, check_lines, quoted

INVISIBLE = [
    "\u00ad", "\u061c", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u202e", "\u2060",
    "\u2066", "\u2069", "\u3164", "\ufe0f", "\ufeff", "\U000e0041",
]  # fmt: skip
CONTROLS = ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\x9b", "\u2028", "\u2029"]
JOINED = ["\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0915\u094d\u200d\u0937"]
"""Persian with a non-joiner, and Hindi with a joiner, as they are written."""


def is_line(text: str) -> bool:
    try:
        return check_line(text) == text
    except HiddenCharacter:
        return False


class TestLine:
    @pytest.mark.parametrize(
        "text", ["", "Ada Lovelace", "Zoë O'Neil-Šimić", "株式会社", *JOINED, "a\u00a0b"]
    )
    def test_what_can_be_seen_passes(self, text: str) -> None:
        assert check_line(text) == text

    @pytest.mark.parametrize("sign", [*INVISIBLE, *CONTROLS, "\t", "\n", "\r"], ids=ascii)
    def test_what_cannot_be_seen_is_refused(self, sign: str) -> None:
        for text in (f"Acme{sign}Bets", f"{sign}Acme", f"Acme{sign}"):
            with pytest.raises(HiddenCharacter):
                check_line(text)

    def test_message_names_what_it_is(self) -> None:
        with pytest.raises(HiddenCharacter, match=r"U\+200B, zero width space"):
            check_line("Acme\u200b")
        with pytest.raises(HiddenCharacter, match="a line break"):
            check_line("Acme\nBets")

    def test_letters_have_one_spelling(self) -> None:
        assert check_line("Zoe\u0308") == "Zo\u00eb"


class TestLines:
    @pytest.mark.parametrize("text", ["One\nTwo\tThree", "Well done \U0001f469\u200d\U0001f4bb", *JOINED])
    def test_line_breaks_and_joiners_pass(self, text: str) -> None:
        assert check_lines(text) == text

    def test_lines_end_in_one_way(self) -> None:
        assert check_lines("One\r\nTwo") == "One\nTwo"

    @pytest.mark.parametrize(
        "sign",
        [*CONTROLS, *(each for each in INVISIBLE if each not in "\u200c\u200d\ufe0f"), "\r"],
        ids=ascii,
    )
    def test_what_cannot_be_seen_is_refused(self, sign: str) -> None:
        with pytest.raises(HiddenCharacter):
            check_lines(f"One{sign}Two")


class TestQuoted:
    @given(st.text())
    def test_is_never_longer_than_a_line(self, text: str) -> None:
        assert len(quoted(text)) <= QUOTED_MAX + 1
        assert quoted(text).rstrip("…") in text + "…"


@pytest.mark.role("b2b_office")
@pytest.mark.usefixtures("committed")
class TestDatabase:
    def test_says_of_every_character_what_the_rule_says(self) -> None:
        signs = [
            chr(code)
            for code in range(1, sys.maxunicode + 1)
            if not 0xD800 <= code <= 0xDFFF and unicodedata.category(chr(code)) != "Cn"
        ]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT sign FROM unnest(%s::text[]) sign WHERE NOT core_is_line('a' || sign || 'b')", [signs]
            )
            refused = {sign for (sign,) in cursor.fetchall()}
        assert refused == {sign for sign in signs if not is_line(f"a{sign}b")}

    @pytest.mark.parametrize("text", [*JOINED, "a\u200cb", "\u0645\u200c", "\u200d\u0645", "Zoe\u0308", ""])
    def test_says_of_joiners_and_spellings_what_the_rule_says(self, text: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT core_is_line(%s), core_is_line(core_line(%s))", [text, text])
            assert cursor.fetchone() == (is_line(text), True)
