"""How hard a password of staff is to guess: words, names, dates, patterns, repeats, as zxcvbn counts them."""

from typing import Any, Final

from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

GUESSES_MIN: Final = 10**10
"""So many guesses the best known way to guess it must take: what zxcvbn calls very unguessable."""
CONTEXT: Final = ("b2b", "office", "partner", "platform", "betting", "wager", "admin", "staff")
"""Words that stand to reason here."""
READ_MAX: Final = 72
"""The estimate reads so many characters; more make no password worse."""


class GuessablePasswordValidator:
    """Refuses what is guessed too soon, whoever's name or the platform's words are in it."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError (`password_guessable`) with what makes it easy to guess."""
        found = zxcvbn(password[:READ_MAX], user_inputs=[*CONTEXT, *_words_of(user)])
        if found["guesses"] < GUESSES_MIN:
            why = found["feedback"]["warning"] or "It is made of words or patterns that are guessed soon."
            raise ValidationError(
                f"This is too easy to guess. {why.rstrip('.')}. A few words that have nothing to do "
                "with each other make a good password.",
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        """Say what is asked for."""
        return "It must be hard to guess: a few words that have nothing to do with each other do well."


def _words_of(user: Any) -> list[str]:
    told = (getattr(user, name, "") for name in ("username", "email", "first_name", "last_name"))
    return [word for each in told for word in (each, *each.replace("@", ".").split(".")) if word]
