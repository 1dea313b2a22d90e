"""API clients, the systems of a partner: entered, given scopes, revoked, and when each was last seen."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from core.audit import record
from core.errors import Conflict
from partners.access import announce_access_change
from partners.models import ApiClient, RevokedToken, Tenant
from partners.rules import check_scopes
from partners.services.admitting import check_stage, end_tokens, lock_active_client
from partners.services.client_secrets import end_secrets
from partners.services.locking import lock_client, lock_tenant
from partners.services.permits import CLIENT, void_permits, void_widening
from partners.services.stops import check_not_ended

USE_NOTED_EVERY: Final = timedelta(minutes=1)


class ClientNameTaken(Conflict):
    """An active API client of the tenant has this name already."""

    code = "CLIENT_EXISTS"
    message = "The tenant has an active API client of this name already."


def create_client(*, tenant_id: UUID, name: str, scopes: Sequence[str], created_at: datetime) -> ApiClient:
    """Enter a partner's system, yet without a secret.

    Raises UnknownScope, ScopeForTestOnly, PartnerEnded, ProductionNotReached, and ClientNameTaken while an
    active client has the name.
    """
    client = ApiClient(
        tenant_id=tenant_id,
        name=name,
        client_id=secrets.token_hex(16),
        client_type=ApiClient.CLIENT_CONFIDENTIAL,
        authorization_grant_type=ApiClient.GRANT_CLIENT_CREDENTIALS,
        # The library's own column must never hold anything that could pass for a secret.
        client_secret=make_password(None),
        hash_client_secret=False,
        scopes=check_scopes(scopes, tenant_kind=Tenant.objects.get(pk=tenant_id).kind),
    )
    with transaction.atomic():
        check_stage(lock_tenant(tenant_id), at=created_at)
        _check_name(tenant_id, name)
        client.save(force_insert=True)
        record(
            action="create API client",
            subject=client,
            recorded_at=created_at,
            after={"clientId": client.client_id, "name": name, "scopes": client.scopes},
        )
        announce_access_change()
    return client


def revoke_client(*, client_id: UUID, revoked_at: datetime, reason: str = "") -> None:
    """Shut an API client out for ever, with all its secrets and tokens."""
    with transaction.atomic():
        client = lock_client(client_id)
        if not client.is_active:
            return
        client.is_active = False
        client.save(update_fields=["is_active"])
        end_secrets(client, revoked_at)
        end_tokens(client, revoked_at)
        record(
            action="revoke API client",
            subject=client,
            recorded_at=revoked_at,
            before={"isActive": True},
            after={"isActive": False},
            reason=reason,
        )
        announce_access_change()


def change_client_scopes(
    *, client_id: UUID, scopes: Sequence[str], changed_at: datetime, reason: str = ""
) -> ApiClient:
    """Give a client other scopes; tokens that carry the old ones end at once, and so does the approval
    of a secret that was to have them and the request for more than the old ones. Raises UnknownScope,
    ScopeForTestOnly and PartnerEnded.
    """
    with transaction.atomic():
        client = lock_active_client(client_id)
        check_not_ended(client.tenant.partner)
        wanted = check_scopes(scopes, tenant_kind=client.tenant.kind)
        if client.scopes == wanted:
            return client
        void_permits([client_id], voided_at=changed_at)
        void_widening(CLIENT, client_id, voided_at=changed_at)
        before, client.scopes = client.scopes, wanted
        client.save(update_fields=["scopes"])
        end_tokens(client, changed_at)
        record(
            action="change scopes",
            subject=client,
            recorded_at=changed_at,
            before={"scopes": before},
            after={"scopes": wanted},
            reason=reason,
        )
        announce_access_change()
    return client


def revoke_token(*, client: ApiClient, jti: UUID, expires_at: datetime, revoked_at: datetime) -> None:
    """End one token before its time (RFC 7009); a second time changes nothing."""
    with transaction.atomic():
        RevokedToken.objects.bulk_create(
            [RevokedToken(jti=jti, client=client, revoked_at=revoked_at, expires_at=expires_at)],
            ignore_conflicts=True,
        )
        announce_access_change()


def forget_ended_tokens(*, until: datetime) -> int:
    """Forget the revoked tokens that have expired by themselves; return how many."""
    forgotten, _ = RevokedToken.objects.filter(expires_at__lt=until).delete()
    return forgotten


def note_client_use(*, client: ApiClient, used_at: datetime) -> None:
    """Remember when a client last got a token, to the minute."""
    due = Q(last_used_at__isnull=True) | Q(last_used_at__lt=used_at - USE_NOTED_EVERY)
    ApiClient.objects.filter(due, id=client.id).update(last_used_at=used_at)


def _check_name(tenant_id: UUID, name: str) -> None:
    """Raise ClientNameTaken; the tenant is locked, so nobody else adds a client to it."""
    if ApiClient.objects.filter(tenant_id=tenant_id, name__iexact=name, is_active=True).exists():
        raise ClientNameTaken(details={"field": "name"})
