"""Proving who asks: the bearer token, the address it comes from, and whether the partner may come in now."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from core.api.errors import Unauthenticated
from core.api.principal import Principal, note_sender
from core.errors import Forbidden
from partners.access import ClientAccess
from partners.oauth.tokens import BadToken, Claims, TokenExpired, find_bearer, verify
from partners.rules import Address, find_client_address, is_address_allowed


class PartnerSuspended(Forbidden):
    """The partner, or this tenant of it, is suspended."""

    code = "PARTNER_SUSPENDED"
    message = "This partner, or this tenant of it, is suspended; your account manager knows why."


class AddressNotAllowed(Forbidden):
    """The request comes from an address that is not in the tenant's allow-list."""

    code = "ADDRESS_NOT_ALLOWED"
    message = "Requests of this tenant are not allowed from this address."


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer <access token>` of RFC 6750, in the header and nowhere else."""

    def authenticate(self, request: Request | HttpRequest) -> tuple[None, Principal] | None:
        """Return the principal; None when the request names none. Whoever proves who asks is noted as the
        request's sender, also where this then raises.

        Raises Unauthenticated, PartnerSuspended, AddressNotAllowed, and AccessUnknown when nobody can say.
        """
        token = read_bearer(request.META.get("HTTP_AUTHORIZATION", ""))
        if token is None:
            return None
        try:
            claims, client = verify(token)
        except BadToken as error:
            bearer = find_bearer(error.claims) if error.claims else None
            if bearer is not None:
                note_sender(request, tenant_id=bearer.tenant_id, client_id=bearer.client_id)
            raise _refusal_of(error) from None
        note_sender(request, tenant_id=client.tenant_id, client_id=client.client_id)
        refuse_entry(client, request)
        return None, Principal(
            tenant_id=client.tenant_id,
            partner_id=client.partner_id,
            client_id=client.client_id,
            scopes=claims.scopes,
            tenant_kind=client.tenant_kind,
            tier=client.tier,
            time_zone=client.time_zone,
        )

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="partner-api"'


def read_bearer(authorization: str) -> str | None:
    """Return the token of an Authorization header; None without a header. Raises Unauthenticated."""
    scheme, _, token = authorization.partition(" ")
    if not scheme:
        return None
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    return token.strip()


def identify(token: str) -> tuple[Claims, ClientAccess]:
    """Return what an access token says and whose it is. Raises Unauthenticated."""
    try:
        return verify(token)
    except BadToken as error:
        raise _refusal_of(error) from None


def _refusal_of(error: BadToken) -> Unauthenticated:
    if isinstance(error, TokenExpired):
        return Unauthenticated("The access token has expired.")
    return Unauthenticated()


def refuse_entry(client: ClientAccess, request: Any) -> None:
    """Raise AddressNotAllowed or PartnerSuspended unless a client that proved itself may come in."""
    refuse_entry_from(client, lambda: client_address(request))


def refuse_entry_from(client: ClientAccess, find_address: Callable[[], Address | None]) -> None:
    """Do the same for what is no request of Django's; the address is asked for where it matters."""
    if client.networks or client.tenant_kind != "test":
        address = find_address()
        if not is_address_allowed(address, networks=client.networks, tenant_kind=client.tenant_kind):
            raise AddressNotAllowed
    if client.is_suspended:
        raise PartnerSuspended


def client_address(request: Any) -> Address | None:
    """Return the address a request comes from, by as many trusted proxies as `TRUSTED_PROXY_HOPS` says."""
    return find_client_address(
        peer=request.META.get("REMOTE_ADDR", ""),
        forwarded_for=request.META.get("HTTP_X_FORWARDED_FOR", ""),
        trusted_hops=settings.TRUSTED_PROXY_HOPS,
    )
