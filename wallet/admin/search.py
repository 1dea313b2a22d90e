"""Searching rows of players in lists of all tenants, by indexes that all begin with the tenant."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from core.models import Reference, ReferenceKind
from partners.models import Tenant
from wallet.models import Account, Balance, Player


def of_player(rows: QuerySet[Any], player_id: UUID) -> QuerySet[Any]:
    """Return the rows of one player."""
    tenant_id = Player.objects.filter(pk=player_id).values_list("tenant_id", flat=True).first()
    return rows.filter(tenant_id=tenant_id, player_id=player_id) if tenant_id else rows.none()


def wallet_of_player(accounts: QuerySet[Account], player_id: UUID) -> QuerySet[Account]:
    """Return the account of one player."""
    return accounts.filter(
        pk__in=list(Balance.objects.filter(pk=player_id).values_list("account_id", flat=True))
    )


def under_reference(rows: QuerySet[Any], kind: ReferenceKind, words: str) -> QuerySet[Any]:
    """Return the rows that were made under a partner's reference, in any tenant."""
    tenants = list(Tenant.objects.values_list("pk", flat=True))
    taken = Reference.objects.filter(tenant_id__in=tenants, kind=kind, reference=words)
    return rows.filter(pk__in=list(taken.values_list("subject_id", flat=True)))
