"""Whose documents a member of staff sees: account managers those of their own partners, others all."""

from typing import Any

from django.db.models import QuerySet

from core.admin.scope import narrowed, of_partner


def seen_by(user: Any, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the rows of those partners that this member of staff may see."""
    return narrowed(rows, of_partner("partner_id"), user)
