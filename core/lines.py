"""The constraint that keeps a name one line of text (`core.text`), whoever writes it."""

from typing import Final

from django.db.models import BooleanField, CheckConstraint, Func, Q

REFUSED: Final = "This holds a character that cannot be seen."


class IsLine(Func):
    """Whether a column is one line of text (`core/sql/line.sql`)."""

    function = "core_is_line"
    arity = 1
    output_field = BooleanField()


def lines(*columns: str, name: str) -> CheckConstraint:
    """Return the constraint that each of these columns is one line of text."""
    return CheckConstraint(
        condition=Q(*(IsLine(column) for column in columns)), name=name, violation_error_message=REFUSED
    )
