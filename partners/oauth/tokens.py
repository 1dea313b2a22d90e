"""Access tokens: JWTs as RFC 9068 has them, signed with ES256, verified without asking anybody.

Verification is strict: one algorithm, one type, one issuer, which is also the audience; no header beside alg,
typ and kid. What a token says is remembered; whether it still holds is decided anew for each request.
"""

import math
import threading
from binascii import Error as Base64Error
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from joserfc import jws
from joserfc.errors import JoseError

from core import clock
from core.ids import uuid7
from partners.access import AccessUnknown, ClientAccess, access
from partners.oauth.keys import ALGORITHM, key_ring
from partners.rules import TOKEN_LIFETIME_SECONDS, is_client_id

TYPE: Final = "at+jwt"
TOKEN_LENGTH_MAX: Final = 4096
SKEW_SECONDS: Final = 10
"""How far in the future `iat` and `nbf` may lie. `exp` has no grace."""
MEMO_SIZE: Final = 10_000

_HEADERS: Final = {"alg", "typ", "kid"}
_TEXTS: Final = ("client_id", "partner", "tenant_kind", "jti", "scope")
_MOMENTS: Final = ("iat", "exp")


class BadToken(Exception):
    """The text is not an access token of ours, or no longer one.

    `claims` are what it said where its signature was right; else None.
    """

    claims: "Claims | None" = None


class TokenExpired(BadToken):
    """It was one, and its time is over."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token said when its signature was checked."""

    kid: str
    client_id: str
    partner: str
    tenant_kind: str
    jti: UUID
    issued_at: float
    not_before: float
    expires_at: float
    scopes: frozenset[str]


def issuer() -> str:
    """Return the issuer and audience of all tokens: the API's own URL."""
    if not settings.API_URL:
        raise ImproperlyConfigured("B2B_API_URL must say under which URL partners reach the API.")
    return str(settings.API_URL)


def sign_access_token(request: Any, refresh_token: bool = False) -> str:
    """Return the token for a client that proved itself (`ACCESS_TOKEN_GENERATOR` of the OAuth library)."""
    client = access.find_client(request.client.client_id)
    if client is None:
        raise BadToken("the client is gone")
    # A token is never older than the line below which tokens are refused, or it would be born dead.
    issued_at = max(math.floor(clock.now().timestamp()), math.ceil(client.tokens_valid_after))
    claims = {
        "iss": issuer(),
        "aud": issuer(),
        "sub": client.client_id,
        "client_id": client.client_id,
        "partner": client.partner,
        "tenant_kind": client.tenant_kind,
        "iat": issued_at,
        "exp": issued_at + TOKEN_LIFETIME_SECONDS,
        "jti": str(uuid7()),
        "scope": " ".join(request.scopes),
    }
    return sign(claims)


def sign(claims: dict[str, Any]) -> str:
    """Return the claims as a signed token of today's key."""
    key = key_ring().signing_key()
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": key.kid}
    return jws.serialize_compact(header, orjson.dumps(claims), key.key, algorithms=[ALGORITHM])


def verify(token: str) -> tuple[Claims, ClientAccess]:
    """Return what a token says and whose it is, if it holds at this moment.

    Raises BadToken or TokenExpired; a suspended client's token holds, since that is another refusal.
    """
    claims = _memo.find(token) or _memo.keep(token, _read(token))
    try:
        return claims, check(claims)
    except BadToken as error:
        error.claims = claims
        raise


def find_bearer(claims: Claims) -> ClientAccess | None:
    """Return whose token said this, whether it still holds or not; None where nobody can say.

    A token that has ended lets nobody in, but only its client was ever given it. A key that is retired proves
    nothing any more.
    """
    if key_ring().find(claims.kid, at=clock.now()) is None:
        return None
    try:
        client = access.current().clients.get(claims.client_id)
    except AccessUnknown:
        return None
    return client if client is not None and _is_of(claims, client) else None


def check(claims: Claims) -> ClientAccess:
    """Return whose token said this, if it holds at this moment. Raises what `verify` raises."""
    now = clock.now()
    moment = now.timestamp()
    if moment >= claims.expires_at:
        raise TokenExpired("the token has expired")
    if max(claims.issued_at, claims.not_before) > moment + SKEW_SECONDS:
        raise BadToken("the token is of the future")
    if key_ring().find(claims.kid, at=now) is None:
        raise BadToken("the key is retired")
    client = access.find_client(claims.client_id)
    if client is None or not client.is_active:
        raise BadToken("the client is revoked")
    if claims.issued_at < client.tokens_valid_after or claims.jti in access.current().revoked_tokens:
        raise BadToken("the token is revoked")
    if not _is_of(claims, client):
        raise BadToken("the token is of another world")
    return client


def _is_of(claims: Claims, client: ClientAccess) -> bool:
    return claims.tenant_kind == client.tenant_kind and claims.partner == client.partner


class _Memo:
    """The claims of the tokens seen last. Bounded, and only of tokens whose signature was right."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._claims: OrderedDict[str, Claims] = OrderedDict()

    def find(self, token: str) -> Claims | None:
        return self._claims.get(token)

    def keep(self, token: str, claims: Claims) -> Claims:
        with self._lock:
            self._claims[token] = claims
            if len(self._claims) > MEMO_SIZE:
                self._claims.popitem(last=False)
        return claims


_memo = _Memo()


def _read(token: str) -> Claims:
    if len(token) > TOKEN_LENGTH_MAX or not token.isascii():
        raise BadToken("not a token")
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError, KeyError, Base64Error) as error:
        raise BadToken("not a token") from error
    kid = header.get("kid")
    if (
        set(header) != _HEADERS
        or header["alg"] != ALGORITHM
        or header["typ"] != TYPE
        or not isinstance(kid, str)
    ):
        raise BadToken("not an access token")
    key = key_ring().find(kid, at=clock.now())
    if key is None:
        raise BadToken("the key is unknown")
    try:
        payload = jws.deserialize_compact(token, key.key, algorithms=[ALGORITHM]).payload
        claims = orjson.loads(payload)
    except (JoseError, ValueError, TypeError, Base64Error) as error:
        raise BadToken("the signature does not hold") from error
    return _checked(kid, claims)


def _checked(kid: str, claims: Any) -> Claims:
    if not isinstance(claims, dict):
        raise BadToken("the claims are no object")
    texts: list[Any] = [claims.get(name) for name in _TEXTS]
    moments: list[Any] = [claims.get(name) for name in _MOMENTS]
    if not all(isinstance(text, str) for text in texts) or not all(_is_moment(at) for at in moments):
        raise BadToken("a claim is missing")
    if claims.get("iss") != issuer() or claims.get("aud") != issuer():
        raise BadToken("the token is for somebody else")
    client_id, partner, tenant_kind, jti, scope = texts
    issued_at, expires_at = moments
    not_before = claims.get("nbf", issued_at)
    if claims.get("sub") != client_id or not is_client_id(client_id) or not _is_moment(not_before):
        raise BadToken("a claim is wrong")
    if not 0 < expires_at - issued_at <= TOKEN_LIFETIME_SECONDS:
        raise BadToken("the token lives too long")
    try:
        token_id = UUID(jti)
    except ValueError:
        raise BadToken("the jti is wrong") from None
    return Claims(
        kid=kid,
        client_id=client_id,
        partner=partner,
        tenant_kind=tenant_kind,
        jti=token_id,
        issued_at=issued_at,
        not_before=not_before,
        expires_at=expires_at,
        scopes=frozenset(scope.split()),
    )


def _is_moment(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)
