"""Whose documents a member of staff sees: account managers those of their own partners, others all."""

from typing import Any

from django.db.models import QuerySet

from partners.queries.scope import partners_of


def seen_by(user: Any, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the rows of those partners that this member of staff may see."""
    return rows.filter(partner__in=partners_of(user))
