"""The secrets of API clients: issued once, kept as a hash, rotated with an overlap, revoked at once."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from core.audit import current_actor, record
from core.errors import Conflict, NotFound
from partners.access import announce_access_change
from partners.models import ApiClient, ClientSecret
from partners.services.admitting import check_stage, end_tokens, lock_active_client
from partners.services.locking import lock_client

SECRET_BYTES: Final = 32
LIVE_SECRETS_MAX: Final = 2


class SecretNotFound(NotFound):
    """No secret has this id."""

    code = "SECRET_NOT_FOUND"
    message = "There is no such secret."


class TooManySecrets(Conflict):
    """Two secrets may be live at once, for rotation, and no more."""

    code = "SECRETS_EXHAUSTED"
    message = "This API client has two live secrets; revoke one first."


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
        client = lock_active_client(client_id)
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
        client = lock_active_client(client_id)
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
    lock_active_client(client_id)
    newest = _find_newest(client_id)
    if newest is None or str(newest.pk) == seen:
        return
    raise SecretIssuedMeanwhile(
        f"Nothing is issued: since this page was opened, {newest.created_by} has issued a secret that "
        f"ends in {newest.hint}. It was shown once. If nobody copied it, revoke it; then open this page anew."
    )


def revoke_secret(*, secret_id: UUID, revoked_at: datetime, reason: str = "") -> None:
    """End a secret at once, and with it every token of its client."""
    with transaction.atomic():
        client_id = ClientSecret.objects.filter(id=secret_id).values_list("client_id", flat=True).first()
        if client_id is None:
            raise SecretNotFound
        client = lock_client(client_id)
        secret = ClientSecret.objects.select_for_update().get(id=secret_id)
        if secret.revoked_at is not None:
            return
        _end_secret(secret, revoked_at)
        end_tokens(client, revoked_at)
        record(
            action="revoke secret",
            subject=client,
            recorded_at=revoked_at,
            before={"hint": secret.hint, "revokedAt": None},
            after={"hint": secret.hint, "revokedAt": revoked_at.isoformat()},
            reason=reason,
        )
        announce_access_change()


def end_secrets(client: ApiClient, at: datetime) -> None:
    """End all live secrets of a client."""
    for secret in _live_secrets(client, at):
        _end_secret(secret, at)


def secret_digest(secret: str) -> bytes:
    """Return the only form in which a secret is kept. A fast hash will do: it is 256 random bits."""
    return hashlib.sha256(secret.encode()).digest()


def _find_newest(client_id: UUID) -> ClientSecret | None:
    return ClientSecret.objects.filter(client=client_id).order_by("-id").first()


def _live_secrets(client: ApiClient, at: datetime) -> QuerySet[ClientSecret]:
    return ClientSecret.objects.filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=at), client=client, revoked_at__isnull=True
    )


def _add_secret(client: ApiClient, at: datetime, expires_at: datetime | None, *, action: str) -> NewSecret:
    check_stage(client.tenant, at=at)
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
