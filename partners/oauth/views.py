"""The authorization server's endpoints: token, revocation, introspection, keys and metadata.

Errors carry `error` and `error_description` (RFC 6749 section 5.2) and the envelope's fields beside them.
"""

from datetime import UTC, datetime
from typing import Any, Final

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from oauth2_provider.oauth2_backends import OAuthLibCore

from core import clock
from core.api.answers import JsonAnswer, json_bytes
from core.api.bodies import read_body
from core.api.errors import RateLimited, UnsupportedMediaType
from core.api.operation import operation
from core.api.principal import note_sender
from core.api.views import PartnerRequest, PublicView
from core.errors import BadRequest
from partners.access import access
from partners.api.authentication import client_address, refuse_entry
from partners.api.throttling import count_request
from partners.models import ApiClient
from partners.oauth import schemas
from partners.oauth.credentials import InvalidClient, InvalidRequest, authenticate, read_credentials
from partners.oauth.keys import ALGORITHM, key_ring
from partners.oauth.tokens import BadToken, Claims, issuer, verify
from partners.rules import SCOPES
from partners.services import note_client_use, revoke_token

FORM: Final = "application/x-www-form-urlencoded"
AUTH_METHODS: Final = ["client_secret_basic", "client_secret_post"]
_CHALLENGE: Final = 'Basic realm="partner-api"'


class UnsupportedGrantType(BadRequest):
    """Only `client_credentials` is granted."""

    code = "UNSUPPORTED_GRANT_TYPE"
    message = "The only grant type is client_credentials."


class InvalidScope(BadRequest):
    """A scope that the API does not have, or that this client does not have."""

    code = "INVALID_SCOPE"
    message = "The client does not have every scope that it asks for."


REFUSALS: Final = {
    "invalid_client": InvalidClient,
    "invalid_scope": InvalidScope,
    "unsupported_grant_type": UnsupportedGrantType,
}
"""What the OAuth library's errors are called here; every other one is InvalidRequest."""
ERRORS: Final = {
    "INVALID_CLIENT": "invalid_client",
    "INVALID_SCOPE": "invalid_scope",
    "UNSUPPORTED_GRANT_TYPE": "unsupported_grant_type",
    "PARTNER_SUSPENDED": "unauthorized_client",
    "ADDRESS_NOT_ALLOWED": "unauthorized_client",
    "RATE_LIMITED": "temporarily_unavailable",
    "INTERNAL_ERROR": "server_error",
}
"""The RFC's `error` for each of our codes."""


class OAuthView(PublicView):
    """A view whose errors speak both languages. A form has no field twice, the URL nothing."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = super().dispatch(request, *args, **kwargs)
        if answer.status_code >= 400 and isinstance(answer, HttpResponse):
            _speak_rfc(answer)
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["Pragma"] = "no-cache"
        return answer

    def form(self, request: PartnerRequest) -> dict[str, str]:
        """Return the form's fields; none of a request that sends nothing. Raises UnsupportedMediaType and
        InvalidRequest.
        """
        asked: HttpRequest = request._request
        if not asked.content_type and not read_body(asked):
            return {}
        if asked.content_type != FORM:
            raise UnsupportedMediaType(f"The body must be a form, sent with Content-Type: {FORM}.")
        fields: dict[str, list[Any]] = dict(asked.POST.lists())
        if repeated := sorted(name for name, values in fields.items() if len(values) > 1):
            raise InvalidRequest("No parameter may be given twice.", details={"fields": repeated[:10]})
        return {name: values[0] for name, values in fields.items()}

    def prove_client(self, request: PartnerRequest, form: dict[str, str]) -> ApiClient:
        """Return the client that sends the request, and note it as the sender. Raises InvalidClient,
        RateLimited and what bars its entry.
        """
        credentials = read_credentials(authorization=request.META.get("HTTP_AUTHORIZATION", ""), form=form)
        hold_rate(request, credentials.client_id)
        client = authenticate(credentials, at=clock.now())
        note_sender(request, tenant_id=client.tenant_id, client_id=client.client_id)
        bar_entry(request, client)
        return client


class TokenView(OAuthView):
    """RFC 6749 section 4.4."""

    @operation(
        summary="Get an access token",
        body=schemas.TokenRequest,
        answers={200: schemas.TokenAnswer},
        codes=(
            "INVALID_CLIENT",
            "INVALID_REQUEST",
            "INVALID_SCOPE",
            "UNSUPPORTED_GRANT_TYPE",
            "PARTNER_SUSPENDED",
            "ADDRESS_NOT_ALLOWED",
            "RATE_LIMITED",
        ),
        is_public=True,
        form=True,
    )
    def post(self, request: PartnerRequest) -> HttpResponse:
        form = self.form(request)
        if not form.get("grant_type"):
            raise InvalidRequest("The grant_type is missing.")
        if form["grant_type"] != "client_credentials":
            raise UnsupportedGrantType
        client = self.prove_client(request, form)
        _, _, body, status = OAuthLibCore().create_token_response(request._request)
        answer = orjson.loads(body)
        if status != 200:
            raise REFUSALS.get(answer.get("error"), InvalidRequest)
        note_client_use(client=client, used_at=clock.now())
        return JsonAnswer(answer)


class RevokeView(OAuthView):
    """RFC 7009. A token that is not this client's is left alone, and the answer is the same."""

    @operation(
        summary="Give an access token back",
        body=schemas.TokenField,
        answers={200: None},
        codes=(
            "INVALID_CLIENT",
            "INVALID_REQUEST",
            "PARTNER_SUSPENDED",
            "ADDRESS_NOT_ALLOWED",
            "RATE_LIMITED",
        ),
        is_public=True,
        form=True,
    )
    def post(self, request: PartnerRequest) -> HttpResponse:
        form = self.form(request)
        client = self.prove_client(request, form)
        try:
            claims, owner = verify(_token_of(form))
        except BadToken:
            return JsonAnswer({})
        if owner.client_id == client.client_id:
            revoke_token(
                client=client,
                jti=claims.jti,
                expires_at=datetime.fromtimestamp(claims.expires_at, tz=UTC),
                revoked_at=clock.now(),
            )
        return JsonAnswer({})


class IntrospectView(OAuthView):
    """RFC 7662. A client is told about tokens of its own tenant; any other is just not active."""

    @operation(
        summary="Ask whether an access token holds",
        body=schemas.TokenField,
        answers={200: schemas.Introspection},
        codes=(
            "INVALID_CLIENT",
            "INVALID_REQUEST",
            "PARTNER_SUSPENDED",
            "ADDRESS_NOT_ALLOWED",
            "RATE_LIMITED",
        ),
        is_public=True,
        form=True,
    )
    def post(self, request: PartnerRequest) -> HttpResponse:
        form = self.form(request)
        client = self.prove_client(request, form)
        try:
            claims, owner = verify(_token_of(form))
        except BadToken:
            return JsonAnswer({"active": False})
        if owner.tenant_id != client.tenant_id or owner.is_suspended:
            return JsonAnswer({"active": False})
        return JsonAnswer(_introspection(claims))


class KeysView(PublicView):
    """RFC 7517: the keys that access tokens are signed with, also those whose tokens are about to end."""

    @operation(summary="The public keys", answers={200: schemas.KeySet}, is_public=True)
    def get(self, request: PartnerRequest) -> HttpResponse:
        key_ring().signing_key()
        answer = JsonAnswer({"keys": key_ring().published(at=clock.now())})
        answer.headers["Cache-Control"] = "public, max-age=60"
        return answer


class MetadataView(PublicView):
    """RFC 8414."""

    @operation(summary="The authorization server's metadata", answers={200: schemas.Metadata}, is_public=True)
    def get(self, request: PartnerRequest) -> HttpResponse:
        url = issuer()
        answer = JsonAnswer(
            {
                "issuer": url,
                "token_endpoint": f"{url}/oauth/token",
                "revocation_endpoint": f"{url}/oauth/revoke",
                "introspection_endpoint": f"{url}/oauth/introspect",
                "jwks_uri": f"{url}/.well-known/jwks.json",
                "grant_types_supported": ["client_credentials"],
                "response_types_supported": [],
                "scopes_supported": list(SCOPES),
                "token_endpoint_auth_methods_supported": AUTH_METHODS,
                "revocation_endpoint_auth_methods_supported": AUTH_METHODS,
                "introspection_endpoint_auth_methods_supported": AUTH_METHODS,
                "access_token_signing_alg_values_supported": [ALGORITHM],
                "service_documentation": f"{url}/docs/",
            }
        )
        answer.headers["Cache-Control"] = "public, max-age=60"
        return answer


def hold_rate(request: PartnerRequest, client_id: str) -> None:
    """Raise RateLimited past the limits on attempts: for an address, and for a client id at an address.

    Never for a client id alone: whoever knows it could then keep its owner out.
    """
    address = str(client_address(request) or "unknown")
    for group, key, limit in (
        ("oauth-address", address, settings.OAUTH_REQUESTS_PER_MINUTE_ADDRESS),
        ("oauth-client", f"{address} {client_id}", settings.OAUTH_REQUESTS_PER_MINUTE_CLIENT),
    ):
        usage = count_request(request, group=group, key=key, limit=limit)
        if usage is not None and usage[0] > limit:
            raise RateLimited(retry_after_seconds=usage[1])


def bar_entry(request: PartnerRequest, client: ApiClient) -> None:
    """Raise unless the client's tenant may come in now, and from here."""
    found = access.find_client(client.client_id)
    if found is None:
        raise InvalidClient
    refuse_entry(found, request)


def _token_of(form: dict[str, str]) -> str:
    token = form.get("token", "")
    if not token:
        raise InvalidRequest("The token is missing.")
    return token


def _introspection(claims: Claims) -> dict[str, Any]:
    return {
        "active": True,
        "scope": " ".join(scope for scope in SCOPES if scope in claims.scopes),
        "client_id": claims.client_id,
        "token_type": "Bearer",
        "iat": int(claims.issued_at),
        "exp": int(claims.expires_at),
        "sub": claims.client_id,
        "aud": issuer(),
        "iss": issuer(),
        "jti": str(claims.jti),
    }


def _speak_rfc(answer: HttpResponse) -> None:
    told = orjson.loads(answer.content)
    fallback = "temporarily_unavailable" if answer.status_code == 503 else "invalid_request"
    told = {
        "error": ERRORS.get(told["code"], fallback),
        "error_description": told["message"],
        **told,
    }
    answer.content = json_bytes(told)
    if answer.status_code == 401:
        answer.headers["WWW-Authenticate"] = _CHALLENGE
