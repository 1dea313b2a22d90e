"""The guard: which addresses a webhook may reach, decided on the address that is dialled and on nothing else.

A URL that a partner enters is looked at when it is entered (`check_url`), for a good message. What keeps us
out of our own network is `dialler`: it makes the socket for one address, after every name was resolved. A
name that changes its mind, a spelling that only the system's resolver understands and a literal address all
end at the same question.
"""

import ipaddress
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from yarl import URL

from core.errors import BadRequest
from webhooks.rules import URL_LENGTH_MAX

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]

# What `ipaddress` calls global and is not: ways into other networks, and what clouds tell their machines.
_NEVER: Final[tuple[Network, ...]] = tuple(
    ipaddress.ip_network(each)
    for each in (
        "192.0.0.0/24",  # protocol assignments, RFC 6890
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "168.63.129.16/32",  # Azure's machine services
        "64:ff9b::/96",  # NAT64, RFC 6052
        "64:ff9b:1::/48",  # local NAT64, RFC 8215
        "2001::/32",  # Teredo, RFC 4380
        "2002::/16",  # 6to4, RFC 3056
        "3fff::/20",  # documentation, RFC 9637
        "5f00::/16",  # segment routing, RFC 9602
        "100::/64",  # discard, RFC 6666
        "fec0::/10",  # site-local, RFC 3879
        "::/96",  # IPv4-compatible, RFC 4291
    )
)
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
_LOCAL_SUFFIXES: Final = ("localhost", "local", "internal", "intranet", "lan", "home.arpa")


class BadWebhookUrl(BadRequest):
    """Raised for a URL to which nothing is ever sent."""

    code = "WEBHOOK_URL_REFUSED"
    message = "Webhooks cannot be sent to this URL."


class AddressRefused(OSError):
    """Raised in place of a connection. Its text never says the address: a name could be asked what it is."""

    def __init__(self) -> None:
        super().__init__("the address is not public")


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be dialled: public addresses or not, and besides them some networks."""

    public: bool
    networks: tuple[Network, ...] = ()

    def allows(self, text: str) -> bool:
        """Whether this literal address may be dialled."""
        try:
            address = _unwrapped(ipaddress.ip_address(text.partition("%")[0]))
        except ValueError:
            return False
        if any(address in network for network in self.networks if network.version == address.version):
            return True
        return self.public and is_public(address)


def is_public(address: Address) -> bool:
    """Whether the address belongs to the internet at large, whatever it is dressed as."""
    address = _unwrapped(address)
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_unspecified
        and not any(address in network for network in _NEVER if network.version == address.version)
    )


def reach_of(scheme: str, *, is_test: bool) -> Reach:
    """Return what an endpoint of this scheme may reach: in the test world also the networks of the settings.

    Plain http reaches those networks alone.
    """
    networks = allowed_networks() if is_test else ()
    return Reach(public=scheme == "https", networks=networks)


def allowed_networks() -> tuple[Network, ...]:
    """Return the networks of `B2B_WEBHOOK_ALLOW_NETS`."""
    return tuple(ipaddress.ip_network(each.strip(), strict=False) for each in settings.WEBHOOK_ALLOW_NETS)


def dialler(reach: Reach) -> Callable[[AddressInfo], socket.socket]:
    """Return a socket factory for aiohttp, which raises AddressRefused instead of dialling out of reach."""

    def dial(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        if not reach.allows(str(address[0])):
            raise AddressRefused
        return socket.socket(family, kind, protocol)

    return dial


def check_url(url: str, *, allow_http: bool) -> None:
    """Raise BadWebhookUrl unless webhooks could be sent to `url`.

    `allow_http` is said for a test world: its endpoints reach the networks of the settings too, also by http.
    """
    if len(url) > URL_LENGTH_MAX:
        raise BadWebhookUrl(f"The URL is longer than {URL_LENGTH_MAX} characters.")
    if not re.fullmatch(r"[!-~]+", url) or "\\" in url:
        raise BadWebhookUrl("The URL has characters that no URL has; write a name in another script as xn--.")
    host, scheme = _parsed(url)
    networks = allowed_networks() if allow_http else ()
    if scheme != "https" and not (scheme == "http" and networks):
        raise BadWebhookUrl("The URL must begin with https://.")
    _check_host(host, Reach(public=scheme == "https", networks=networks))


def _parsed(url: str) -> tuple[str, str]:
    """Return host and scheme, on which the parser of the check and that of the sender must agree."""
    try:
        parts, sent_to = urlsplit(url), URL(url)
        port = parts.port
    except ValueError as error:
        raise BadWebhookUrl("The URL cannot be read.") from error
    if "@" in parts.netloc:
        raise BadWebhookUrl("The URL must not hold a user name or a password.")
    if "#" in url:
        raise BadWebhookUrl("The URL must not hold a fragment.")
    host = parts.hostname or ""
    if not host or (sent_to.raw_host or "").lower() != host or port == 0:
        raise BadWebhookUrl("The URL must name a host.")
    return host, parts.scheme


def _check_host(host: str, reach: Reach) -> None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        _check_name(host, reach)
    else:
        if not reach.allows(host):
            raise BadWebhookUrl("The URL's address is not public.")


def _check_name(host: str, reach: Reach) -> None:
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadWebhookUrl("The URL's host is not a name.")
    if _NUMBER.fullmatch(labels[-1]):
        raise BadWebhookUrl("The URL's host is a number in another spelling; write it as an IP address.")
    is_local = len(labels) == 1 or any(f".{host}".endswith(f".{suffix}") for suffix in _LOCAL_SUFFIXES)
    if is_local and not reach.networks:
        raise BadWebhookUrl("The URL's host is a name of a local network.")


def _unwrapped(address: Address) -> Address:
    return getattr(address, "ipv4_mapped", None) or address
