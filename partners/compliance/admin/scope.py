"""Whose documents a member of staff sees: account managers those of their own partners, others all."""

from typing import Any

from django.db.models import QuerySet

ACCOUNT_MANAGER = "account_manager"


def seen_by(user: Any, rows: QuerySet[Any], *, partner: str = "partner") -> QuerySet[Any]:
    """Return the rows that this member of staff may see; `partner` leads to the partner."""
    if user.is_superuser or ACCOUNT_MANAGER not in set(user.groups.values_list("name", flat=True)):
        return rows
    name = f"{partner}__account_manager" if partner else "account_manager"
    return rows.filter(**{name: user})
