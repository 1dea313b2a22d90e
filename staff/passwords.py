"""How hard a password of staff is to guess: words, names, dates, patterns, repeats, as zxcvbn counts them.

Capitals, blanks and punctuation between letters make nothing of a password that is on a list: it is looked at
as it is, and once more without them.
"""

from typing import Any, Final

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

from staff.phrases import FAMOUS
from staff.rules import ROLE_NAMES

GUESSES_MIN: Final = 10**10
"""So many guesses the best known way to guess it must take: what zxcvbn calls very unguessable."""
BARE_GUESSES_MIN: Final = 10**8
"""So many for what is left of it in small letters and digits alone: what zxcvbn calls safely unguessable."""
CONTEXT: Final = (
    *("b2b", "office", "partner", "platform", "betting", "wager", "admin", "staff", "password", "login"),
    *sorted({word for name in ROLE_NAMES for word in name.split("_")}),
)
"""Words that stand to reason here."""
WORD_MIN: Final = 3
"""Shorter words may stand in any password."""
READ_MAX: Final = 72
"""The estimate reads so many characters; more make no password worse."""


TOLD: Final = (
    "This is little more than your name, a role or a word of this platform. A few words that have nothing to "
    "do with each other make a good password."
)
LEFT_MIN: Final = 8
"""So many letters are left at least, where half of a password is words that are known here."""


class GuessablePasswordValidator:
    """Refuses what is guessed too soon, whoever's name or the platform's words are in it."""

    def __init__(self) -> None:
        self.common = CommonPasswordValidator()

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError (`password_guessable`, or `password_too_common` of the bare one) with why."""
        known = [*CONTEXT, *_words_of(user), *(bare(phrase) for phrase in FAMOUS)]
        self._check(password, known, guesses_min=GUESSES_MIN)
        left = bare(password)
        if _is_told(left, known):
            raise ValidationError(TOLD, code="password_guessable")
        # Where most of it is punctuation, what is left says nothing of the whole.
        if 2 * len(left) >= len(password):
            self.common.validate(left)
            self._check(left, known, guesses_min=BARE_GUESSES_MIN)

    def _check(self, password: str, known: list[str], *, guesses_min: int) -> None:
        found = zxcvbn(password[:READ_MAX], user_inputs=known)
        if found["guesses"] < guesses_min:
            why = found["feedback"]["warning"] or "It is made of words or patterns that are guessed soon."
            raise ValidationError(
                f"This is too easy to guess. {why.rstrip('.')}. A few words that have nothing to do "
                "with each other make a good password.",
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        """Say what is asked for."""
        return "It must be hard to guess: a few words that have nothing to do with each other do well."


def bare(text: str) -> str:
    """Return the letters and digits of a text, in small letters."""
    return "".join(each for each in text.casefold() if each.isalnum())


def _is_told(left: str, known: list[str]) -> bool:
    """Whether half of a password, or more, is words that are known here, with too little beside them."""
    rest = left
    for word in sorted(map(bare, known), key=len, reverse=True):
        if len(word) >= WORD_MIN:
            rest = rest.replace(word, "")
    letters = "".join(each for each in rest if each.isalpha())
    return 2 * len(rest) <= len(left) and len(letters) < LEFT_MIN


def _words_of(user: Any) -> list[str]:
    told = (getattr(user, name, "") for name in ("username", "email", "first_name", "last_name"))
    return [word for each in told for word in (each, *each.replace("@", ".").split(".")) if word]
