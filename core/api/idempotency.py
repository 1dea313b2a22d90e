"""`Idempotency-Key`, for the writes that carry no reference.

The first answer is kept for at least a day and given again, marked as replayed. A request that dies leaves
its key claimed for a minute, longer than any request may run; then the key is free again. Answers that
asking again could change (4xx other than 422, 5xx) are not kept.

    @with_idempotency_key
    def patch(self, request: PartnerRequest, player_id: str) -> HttpResponse: ...

    @with_idempotency_key_of(upload_content)        # the bytes of a form differ each time it is sent
    def post(self, request: PartnerRequest) -> HttpResponse: ...

    @with_secret_idempotency_key                    # the answer holds a secret
    def post(self, request: PartnerRequest) -> HttpResponse: ...
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Final

from django.db import connection
from django.http import HttpResponse

from core import clock
from core.api.answers import JSON, replayed
from core.api.bodies import read_body
from core.api.errors import answer_exception
from core.api.views import PartnerRequest
from core.encryption import decrypt, encrypt
from core.errors import BadRequest
from core.references import ReferenceConflict, ReferenceInProgress, fingerprint
from core.tenancy import tenant

CLAIM_LASTS: Final = timedelta(seconds=60)
KEPT_STATUSES: Final = frozenset((200, 201, 202, 204, 422))
_SECRETS_KEY: Final = "idempotent-answers.key"
_KEY: Final = re.compile(r'"?([A-Za-z0-9._:-]{1,128})"?')


class IdempotencyKeyInvalid(BadRequest):
    code = "IDEMPOTENCY_KEY_INVALID"
    message = "An Idempotency-Key is 1 to 128 of the characters A-Z a-z 0-9 . _ : -."


Handler = Callable[..., HttpResponse]


def with_idempotency_key(handler: Handler) -> Handler:
    """Let a view's method honour `Idempotency-Key`; without the header nothing changes."""
    return with_idempotency_key_of(_body_text)(handler)


def with_secret_idempotency_key(handler: Handler) -> Handler:
    """Do the same where the answer holds a secret: what is kept of it is encrypted."""
    return _with_key(_body_text, _SecretKey)(handler)


def with_idempotency_key_of(content: Callable[[PartnerRequest], Any]) -> Callable[[Handler], Handler]:
    """Do the same where `content` says what the body holds, for bodies whose bytes differ between equals."""
    return _with_key(content, _Key)


def _with_key(content: Callable[[PartnerRequest], Any], kind: "type[_Key]") -> Callable[[Handler], Handler]:
    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def answer(view: Any, request: PartnerRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            given = request.META.get("HTTP_IDEMPOTENCY_KEY")
            if given is None:
                return handler(view, request, *args, **kwargs)
            matched = _KEY.fullmatch(given)
            if matched is None:
                raise IdempotencyKeyInvalid
            key = kind(request, matched[1], content(request))
            first = key.claim()
            if first is not None:
                return first
            try:
                answered = handler(view, request, *args, **kwargs)
            except Exception as exception:  # noqa: BLE001 - whatever happened, the key is kept or freed
                answered = answer_exception(request._request, exception)
            key.keep(answered)
            return answered

        return answer

    return decorate


def _body_text(request: PartnerRequest) -> str:
    return read_body(request._request).decode("utf-8", "replace")


class _Key:
    """One key of one route, claimed by this request."""

    def __init__(self, request: PartnerRequest, key: str, content: Any) -> None:
        plain = request._request
        match = plain.resolver_match
        self.tenant_id = request.auth.tenant_id
        self.route = f"{plain.method} {match.route if match else plain.path}"
        self.key = key
        self.fingerprint = fingerprint([plain.path, plain.META.get("QUERY_STRING", ""), content])
        self.claimed_at: datetime = clock.now()

    def claim(self) -> HttpResponse | None:
        """Return the first answer, or None when this request is the first. Raises ReferenceConflict and
        -InProgress.
        """
        with tenant(self.tenant_id), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO core_idempotencykey AS k (tenant_id, route, key, fingerprint, created_at) "
                "VALUES (%s, %s, %s, %s, %s) ON CONFLICT (tenant_id, route, key) DO UPDATE "
                "SET created_at = excluded.created_at, fingerprint = excluded.fingerprint "
                "WHERE k.status IS NULL AND k.created_at < %s",
                [*self._name(), self.fingerprint, self.claimed_at, self.claimed_at - CLAIM_LASTS],
            )
            if cursor.rowcount:
                return None
            cursor.execute(
                "SELECT fingerprint, status, body FROM core_idempotencykey "
                "WHERE tenant_id = %s AND route = %s AND key = %s",
                self._name(),
            )
            found = cursor.fetchone()
        if found is None:
            raise ReferenceInProgress
        known, status, body = found
        if bytes(known) != self.fingerprint:
            raise ReferenceConflict("This Idempotency-Key was used before, with other content.")
        if status is None:
            raise ReferenceInProgress(
                "A request with this Idempotency-Key is being answered right now; ask again."
            )
        return replayed(HttpResponse(self._shown(bytes(body)), status=status, content_type=JSON))

    def keep(self, answer: HttpResponse) -> None:
        """Keep the answer under the key, or free the key where asking again may be answered otherwise."""
        with tenant(self.tenant_id), connection.cursor() as cursor:
            if answer.status_code in KEPT_STATUSES:
                cursor.execute(
                    "UPDATE core_idempotencykey SET status = %s, body = %s "
                    "WHERE tenant_id = %s AND route = %s AND key = %s AND status IS NULL AND created_at = %s",
                    [answer.status_code, self._kept(answer.content), *self._name(), self.claimed_at],
                )
            else:
                cursor.execute(
                    "DELETE FROM core_idempotencykey "
                    "WHERE tenant_id = %s AND route = %s AND key = %s AND status IS NULL AND created_at = %s",
                    [*self._name(), self.claimed_at],
                )

    def _name(self) -> list[Any]:
        return [self.tenant_id, self.route, self.key]

    def _kept(self, body: bytes) -> bytes:
        return body

    def _shown(self, kept: bytes) -> bytes:
        return kept


class _SecretKey(_Key):
    """A key whose answer only the process that holds the encryption key can read."""

    def _kept(self, body: bytes) -> bytes:
        return encrypt(body, key_name=_SECRETS_KEY, owner=self._owner())

    def _shown(self, kept: bytes) -> bytes:
        return decrypt(kept, key_name=_SECRETS_KEY, owner=self._owner())

    def _owner(self) -> str:
        return " ".join(map(str, self._name()))
