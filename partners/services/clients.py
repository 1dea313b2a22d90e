"""API clients and their secrets: issued once, kept as a hash, rotated with an overlap, revoked at once."""

import hashlib
import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q, QuerySet

from core.audit import current_actor, record
from core.errors import Conflict, NotFound
from partners.access import announce_access_change
from partners.kyb.queries import is_matched
from partners.kyb.rules import ComplianceCheckOpen
from partners.models import ApiClient, ClientSecret, RevokedToken, Tenant, TenantKind
from partners.onboarding.stages import PRODUCTION
from partners.rules import check_scopes
from partners.services.permits import CLIENT, void_permits, void_widening
from partners.services.stops import check_not_ended

SECRET_BYTES: Final = 32
LIVE_SECRETS_MAX: Final = 2
USE_NOTED_EVERY: Final = timedelta(minutes=1)


class ClientNotFound(NotFound):
    """No API client has this id."""

    code = "CLIENT_NOT_FOUND"
    message = "There is no such API client."


class SecretNotFound(NotFound):
    """No secret has this id."""

    code = "SECRET_NOT_FOUND"
    message = "There is no such secret."


class ClientNameTaken(Conflict):
    """An active API client of the tenant has this name already."""

    code = "CLIENT_EXISTS"
    message = "The tenant has an active API client of this name already."


class ClientRevoked(Conflict):
    """A revoked client never gets a secret again."""

    code = "CLIENT_REVOKED"
    message = "This API client is revoked."


class TooManySecrets(Conflict):
    """Two secrets may be live at once, for rotation, and no more."""

    code = "SECRETS_EXHAUSTED"
    message = "This API client has two live secrets; revoke one first."


class ProductionNotReached(Conflict):
    """A partner has production credentials from the stage `deployment` on."""

    code = "PRODUCTION_NOT_REACHED"
    message = "Production credentials are issued from the stage Deployment on."


class SecretIssuedMeanwhile(Conflict):
    """The client has a newer secret than the page showed on which another one was asked for."""

    code = "SECRET_ISSUED_MEANWHILE"
    message = "A secret was issued since this page was opened."


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret at the only moment it can be read."""

    secret_id: UUID
    client_id: str
    secret: str

    def __repr__(self) -> str:
        return f"NewSecret(secret_id={self.secret_id}, client_id={self.client_id!r})"


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
        _check_stage(tenant_id, at=created_at)
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


def issue_secret(
    *,
    client_id: UUID,
    issued_at: datetime,
    expires_at: datetime | None = None,
    newest_seen: str | None = None,
) -> NewSecret:
    """Return a new secret of 256 random bits; it is readable here and never again.

    `newest_seen` is what `newest_secret` said when it was asked for: a form sent twice issues one secret.
    Raises ClientRevoked, PartnerEnded, TooManySecrets and SecretIssuedMeanwhile.
    """
    with transaction.atomic():
        client = _lock_client(client_id)
        check_newest(client_id, newest_seen)
        if _live_secrets(client, issued_at).count() >= LIVE_SECRETS_MAX:
            raise TooManySecrets
        return _add_secret(client, issued_at, expires_at, action="issue secret")


def rotate_secret(
    *,
    client_id: UUID,
    rotated_at: datetime,
    overlap: timedelta,
    expires_at: datetime | None = None,
    newest_seen: str | None = None,
) -> NewSecret:
    """Return a new secret; those before it end when the overlap is over, or earlier if they end by
    themselves. `newest_seen` as for `issue_secret`. Raises ClientRevoked, PartnerEnded and
    SecretIssuedMeanwhile.
    """
    ends_at = rotated_at + overlap
    with transaction.atomic():
        client = _lock_client(client_id)
        check_newest(client_id, newest_seen)
        live = list(_live_secrets(client, rotated_at).order_by("-created_at"))
        for surplus in live[LIVE_SECRETS_MAX - 1 :]:
            _end_secret(surplus, rotated_at)
        for secret in live[: LIVE_SECRETS_MAX - 1]:
            if secret.expires_at is None or secret.expires_at > ends_at:
                secret.expires_at = ends_at
                secret.save(update_fields=["expires_at"])
        return _add_secret(client, rotated_at, expires_at, action="rotate secret")


def newest_secret(client_id: UUID) -> str:
    """Return the name of the secret that was issued last; empty where none was."""
    newest = _find_newest(client_id)
    return "" if newest is None else str(newest.pk)


def check_newest(client_id: UUID, seen: str | None) -> None:
    """Let one secret be issued for each page that shows the form; None says that no page asks.

    Raises SecretIssuedMeanwhile.
    """
    if seen is None:
        return
    _lock_client(client_id)
    newest = _find_newest(client_id)
    if newest is None or str(newest.pk) == seen:
        return
    raise SecretIssuedMeanwhile(
        f"Nothing is issued: since this page was opened, {newest.created_by} has issued a secret that "
        f"ends in {newest.hint}. It was shown once. If nobody copied it, revoke it; then open this page anew."
    )


def _find_newest(client_id: UUID) -> ClientSecret | None:
    return ClientSecret.objects.filter(client=client_id).order_by("-id").first()


def revoke_secret(*, secret_id: UUID, revoked_at: datetime, reason: str = "") -> None:
    """End a secret at once, and with it every token of its client."""
    with transaction.atomic():
        secret = ClientSecret.objects.select_for_update().filter(id=secret_id).first()
        if secret is None:
            raise SecretNotFound
        if secret.revoked_at is not None:
            return
        _end_secret(secret, revoked_at)
        client = ApiClient.objects.select_for_update().get(id=secret.client_id)
        _end_tokens(client, revoked_at)
        record(
            action="revoke secret",
            subject=client,
            recorded_at=revoked_at,
            before={"hint": secret.hint, "revokedAt": None},
            after={"hint": secret.hint, "revokedAt": revoked_at.isoformat()},
            reason=reason,
        )
        announce_access_change()


def revoke_client(*, client_id: UUID, revoked_at: datetime, reason: str = "") -> None:
    """Shut an API client out for ever, with all its secrets and tokens."""
    with transaction.atomic():
        client: ApiClient | None = ApiClient.objects.select_for_update().filter(id=client_id).first()
        if client is None:
            raise ClientNotFound
        if not client.is_active:
            return
        client.is_active = False
        client.save(update_fields=["is_active"])
        for secret in _live_secrets(client, revoked_at):
            _end_secret(secret, revoked_at)
        _end_tokens(client, revoked_at)
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
        client = _lock_client(client_id)
        check_not_ended(client.tenant.partner)
        wanted = check_scopes(scopes, tenant_kind=client.tenant.kind)
        if client.scopes == wanted:
            return client
        void_permits([client_id], voided_at=changed_at)
        void_widening(CLIENT, client_id, voided_at=changed_at)
        before, client.scopes = client.scopes, wanted
        client.save(update_fields=["scopes"])
        _end_tokens(client, changed_at)
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


def secret_digest(secret: str) -> bytes:
    """Return the only form in which a secret is kept. A fast hash will do: it is 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()


def _lock_client(client_id: UUID) -> ApiClient:
    client: ApiClient | None = ApiClient.objects.select_for_update().filter(id=client_id).first()
    if client is None:
        raise ClientNotFound
    if not client.is_active:
        raise ClientRevoked
    return client


def _check_stage(tenant_id: UUID, *, at: datetime) -> None:
    tenant = Tenant.objects.select_related("partner").get(id=tenant_id)
    check_not_ended(tenant.partner)
    if tenant.kind == TenantKind.PRODUCTION and tenant.partner.stage not in PRODUCTION:
        raise ProductionNotReached
    if tenant.kind == TenantKind.PRODUCTION and is_matched(tenant.partner_id, at=at):
        raise ComplianceCheckOpen


def _check_name(tenant_id: UUID, name: str) -> None:
    """Raise ClientNameTaken; until the end of the transaction nobody else adds a client to the tenant."""
    Tenant.objects.select_for_update(no_key=True).get(id=tenant_id)
    if ApiClient.objects.filter(tenant_id=tenant_id, name__iexact=name, is_active=True).exists():
        raise ClientNameTaken(details={"field": "name"})


def _live_secrets(client: ApiClient, at: datetime) -> QuerySet[ClientSecret]:
    return ClientSecret.objects.filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=at), client=client, revoked_at__isnull=True
    )


def _add_secret(client: ApiClient, at: datetime, expires_at: datetime | None, *, action: str) -> NewSecret:
    _check_stage(client.tenant_id, at=at)
    text = secrets.token_urlsafe(SECRET_BYTES)
    secret = ClientSecret.objects.create(
        client=client,
        digest=secret_digest(text),
        hint=text[-4:],
        created_at=at,
        created_by=current_actor().name,
        expires_at=expires_at,
    )
    record(
        action=action,
        subject=client,
        recorded_at=at,
        after={"hint": secret.hint, "expiresAt": expires_at.isoformat() if expires_at else None},
    )
    return NewSecret(secret_id=secret.id, client_id=client.client_id, secret=text)


def _end_secret(secret: ClientSecret, at: datetime) -> None:
    secret.revoked_at = at
    secret.save(update_fields=["revoked_at"])


def _end_tokens(client: ApiClient, at: datetime) -> None:
    # Tokens carry whole seconds, so the line is drawn at the next one: nothing issued until now stays above
    # it.
    line = datetime.fromtimestamp(math.floor(at.timestamp()) + 1, tz=at.tzinfo)
    client.tokens_valid_after = line
    client.save(update_fields=["tokens_valid_after"])
