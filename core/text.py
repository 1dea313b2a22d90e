"""Which text people may type in: nothing that cannot be seen, nothing that turns the direction of reading.

A name that holds an invisible character looks like another name, and one that turns the direction of reading
shows other letters than it holds; both are ways to be taken for somebody else. So text is one of two kinds:

* a line (a name, a number, an address): no control characters, no line breaks, no tabs, and nothing that
  Unicode gives no width (`Default_Ignorable_Code_Point`). The joiners U+200C and U+200D are letters' own
  business in Persian, Hindi and other scripts whose letters join: between two signs of such a script they
  stay, anywhere else they are refused, between Latin letters as well.
* lines (a note, a reason): as well line breaks and tabs, and joiners and variation selectors wherever they
  stand, since emoji are made of them.

Both are composed (Unicode's form C), so that a letter has one spelling. `core/sql/line.sql` says of a line
what is said here, and a test compares the two over all of Unicode.
"""

import re
import unicodedata
from typing import Final

from core.errors import BadRequest

QUOTED_MAX: Final = 60
"""So many characters of what somebody typed are said again in a message."""

_NEVER: Final = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_JOINED: Final = (
    "\u0600-\u061b\u061d-\u115e\u1161-\u17b3\u17b6-\u180a\u1810-\u1cff\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefc"
)
"""Arabic and the scripts of India and South East Asia, whose letters join."""
HIDDEN_IN_LINES: Final = re.compile(f"[{_NEVER}]")
HIDDEN_IN_A_LINE: Final = re.compile(
    f"[{_NEVER}\t\n\ufe00-\ufe0f]|(?<![{_JOINED}])[\u200c\u200d]|[\u200c\u200d](?![{_JOINED}])"
)
_BREAKS: Final = frozenset("\n\r\x0b\x0c\x85\u2028\u2029")
_CONTROLS: Final = {"\t": "a tab", "\x00": "a NUL character", "\x1b": "an escape character"}


class HiddenCharacter(BadRequest):
    """Text holds what nobody can see; `held` says what, in words."""

    code = "INVALID_FIELD"

    def __init__(self, held: str) -> None:
        super().__init__(f"This holds {held}.")
        self.held = held


def check_line(text: str) -> str:
    """Return one line of text, composed. Raises HiddenCharacter."""
    return _checked(text, HIDDEN_IN_A_LINE)


def check_lines(text: str) -> str:
    """Return text of several lines, composed, each line ended by U+000A alone. Raises HiddenCharacter."""
    return _checked(text.replace("\r\n", "\n"), HIDDEN_IN_LINES)


def composed(text: str) -> str:
    """Return text in Unicode's form C, in which each letter has one spelling."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def quoted(text: str) -> str:
    """Return what somebody typed, to be said again in a message: its beginning, with an ellipsis."""
    return text if len(text) <= QUOTED_MAX else f"{text[:QUOTED_MAX]}…"


def _checked(text: str, hidden: re.Pattern[str]) -> str:
    whole = composed(text)
    found = hidden.search(whole)
    if found is not None:
        raise HiddenCharacter(_named(found[0]))
    return whole


def _named(sign: str) -> str:
    if sign in _BREAKS:
        return "a line break"
    if sign in _CONTROLS:
        return _CONTROLS[sign]
    name = unicodedata.name(sign, "").lower()
    code = f"U+{ord(sign):04X}"
    return f"a character that cannot be seen ({code}{f', {name}' if name else ''})"
