"""How hard a password of staff is to guess: words, names, dates, patterns, repeats, as zxcvbn counts them.

Capitals, blanks and punctuation between letters make nothing of a password that is on a list: it is looked at
as it is, and once more without them.
"""

from typing import Any, Final

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

from staff.phrases import FAMOUS

GUESSES_MIN: Final = 10**10
"""So many guesses the best known way to guess it must take: what zxcvbn calls very unguessable."""
BARE_GUESSES_MIN: Final = 10**8
"""So many for what is left of it in small letters and digits alone: what zxcvbn calls safely unguessable."""
CONTEXT: Final = ("b2b", "office", "partner", "platform", "betting", "wager", "admin", "staff")
"""Words that stand to reason here."""
READ_MAX: Final = 72
"""The estimate reads so many characters; more make no password worse."""


class GuessablePasswordValidator:
    """Refuses what is guessed too soon, whoever's name or the platform's words are in it."""

    def __init__(self) -> None:
        self.common = CommonPasswordValidator()

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError (`password_guessable`, or `password_too_common` of the bare one) with why."""
        known = [*CONTEXT, *_words_of(user), *(bare(phrase) for phrase in FAMOUS)]
        self._check(password, known, guesses_min=GUESSES_MIN)
        left = bare(password)
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


def _words_of(user: Any) -> list[str]:
    told = (getattr(user, name, "") for name in ("username", "email", "first_name", "last_name"))
    return [word for each in told for word in (each, *each.replace("@", ".").split(".")) if word]
