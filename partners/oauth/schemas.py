"""The bodies of the authorization server, for the OpenAPI document."""

import msgspec


class TokenRequest(msgspec.Struct, kw_only=True):
    """The form that asks for a token; the credentials go here or into HTTP Basic."""

    grant_type: str
    client_id: str = ""
    client_secret: str = ""
    scope: str = ""


class TokenAnswer(msgspec.Struct, kw_only=True):
    """An access token; `expires_in` is in seconds."""

    access_token: str
    expires_in: int
    token_type: str
    scope: str


class TokenField(msgspec.Struct, kw_only=True):
    """The form that is about a token; the credentials go here or into HTTP Basic."""

    token: str
    token_type_hint: str = ""
    client_id: str = ""
    client_secret: str = ""


class Introspection(msgspec.Struct, kw_only=True):
    """What a token is worth; all but `active` is only there when it is true."""

    active: bool
    scope: str = ""
    client_id: str = ""
    token_type: str = ""
    iat: int = 0
    exp: int = 0
    sub: str = ""
    aud: str = ""
    iss: str = ""
    jti: str = ""


class Key(msgspec.Struct, kw_only=True):
    """A public key (RFC 7517)."""

    kty: str
    crv: str
    x: str
    y: str
    kid: str
    use: str
    alg: str


class KeySet(msgspec.Struct, kw_only=True):
    """The public keys, newest first."""

    keys: list[Key]


class Metadata(msgspec.Struct, kw_only=True):
    """Where the authorization server has what (RFC 8414)."""

    issuer: str
    token_endpoint: str
    revocation_endpoint: str
    introspection_endpoint: str
    jwks_uri: str
    grant_types_supported: list[str]
    response_types_supported: list[str]
    scopes_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    introspection_endpoint_auth_methods_supported: list[str]
    access_token_signing_alg_values_supported: list[str]
    service_documentation: str
