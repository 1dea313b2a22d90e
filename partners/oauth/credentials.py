"""How a client proves itself: its id and a secret, by HTTP Basic or in the form."""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import unquote_plus

from core.api.errors import Unauthenticated
from core.errors import BadRequest
from partners.models import ApiClient, ClientSecret
from partners.rules import is_client_id
from partners.services import secret_digest

SECRET_LENGTH_MAX: Final = 200
_BASIC: Final = re.compile(r"[Bb][Aa][Ss][Ii][Cc] +([A-Za-z0-9+/]+={0,2})")
_NOBODYS: Final = bytes(32)


class InvalidClient(Unauthenticated):
    """The client is unknown, revoked, or its secret is wrong; which of them, nobody is told."""

    code = "INVALID_CLIENT"
    message = "The client could not be authenticated."


class InvalidRequest(BadRequest):
    """The request to the authorization server is malformed (RFC 6749 section 5.2)."""

    code = "INVALID_REQUEST"
    message = "The request is not one that this endpoint understands."


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client says about itself, yet unproved."""

    client_id: str
    secret: str

    def __repr__(self) -> str:
        return f"Credentials({self.client_id!r})"


def read_credentials(*, authorization: str, form: Mapping[str, str]) -> Credentials:
    """Return what the header or the form says. Raises InvalidClient, or InvalidRequest when both say
    something.

    RFC 6749 section 2.3: a client uses one method in a request.
    """
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    if authorization:
        if secret:
            raise InvalidRequest("Use HTTP Basic or form fields for the client's credentials, not both.")
        found = _read_basic(authorization)
        if client_id and client_id != found.client_id:
            raise InvalidRequest("The client_id of the form is not that of the header.")
        return found
    return _plausible(client_id, secret)


def authenticate(credentials: Credentials, *, at: datetime) -> ApiClient:
    """Return the client if one of its live secrets was shown. Raises InvalidClient, whatever the cause."""
    digest = secret_digest(credentials.secret)
    kept = ClientSecret.objects.filter(
        client__client_id=credentials.client_id, client__is_active=True, revoked_at=None
    ).values_list("digest", "expires_at")
    is_proved = False
    # One comparison more, so that a client without secrets costs one too.
    for secret, expires_at in [(_NOBODYS, at), *((bytes(secret), expires_at) for secret, expires_at in kept)]:
        is_same = hmac.compare_digest(digest, secret)
        is_proved |= is_same and (expires_at is None or expires_at > at)
    if not is_proved:
        raise InvalidClient
    client: ApiClient = ApiClient.objects.get(client_id=credentials.client_id)
    return client


def _read_basic(authorization: str) -> Credentials:
    match = _BASIC.fullmatch(authorization.strip())
    if match is None:
        raise InvalidClient
    try:
        text = base64.b64decode(match[1], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidClient from None
    client_id, separator, secret = text.partition(":")
    if not separator:
        raise InvalidClient
    return _plausible(unquote_plus(client_id), unquote_plus(secret))


def _plausible(client_id: str, secret: str) -> Credentials:
    if not is_client_id(client_id) or not 0 < len(secret) <= SECRET_LENGTH_MAX:
        raise InvalidClient
    return Credentials(client_id=client_id, secret=secret)
