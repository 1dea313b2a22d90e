"""No webhook reaches an address that is not public, however it is spelled, resolved or redirected to.

Each URL is really tried with the sender, past the check at entry, while a receiver waits on loopback for what
must not come.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from pytest_django import Settings
from yarl import URL

from tests.webhooks.receiving import Receiver, receiver, status
from webhooks.guard import BadWebhookUrl, Network, Reach, check_url, dialler, reach_of
from webhooks.pumping.sending import Answer, Sender

PUBLIC = Reach(public=True)
OUT_OF_REACH = (
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.01",
    "0",
    "0.0.0.0",
    "localhost",
    "127.8.9.10",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "2852039166",
    "168.63.129.16",
    "192.0.0.192",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:a9fe:a9fe]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::a00:1]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::1]",
    "[2001:0:7f00:1::1]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fec0::1]",
    "[ff02::1]",
    "[100::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[5f00::1]",
)
MALFORMED = (
    "https://user@example.com/",
    "https://user:word@example.com/",
    "https://example.com@127.0.0.1/",
    "https://127.0.0.1#@example.com/",
    "https://example.com\\@127.0.0.1/",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://l\u043ecalhost/",
    "https://127.0.0.1./",
    "https://localhost./",
    "https://localhost.localdomain.local/",
    "https://metadata/",
    "https://metadata.google.internal/",
    "https://example.com:0/",
    "https://example.com:99999/",
    "https://example..com/",
    "https:///hook",
    "https://[::1/",
    "https://exa mple.com/",
    "https://example.com/\r\nX-Injected: 1",
    "https://" + "a" * 2000 + ".com/",
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "//example.com/",
    "",
)


class Names(AbstractResolver):
    """A name server that changes its mind: the first answer, then another, and so on."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = list(addresses)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        address = self._addresses.pop(0) if len(self._addresses) > 1 else self._addresses[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Nothing is open."""


TRUST = ssl.create_default_context()  # reading the certificates takes longer than most of these tests


def networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


def send(url: str, reach: Reach, **options: Any) -> Answer:
    """Send one message as the pump does."""

    async def run() -> Answer:
        sender = Sender(trust=TRUST, **options)
        try:
            return await sender.send(URL(url), reach=reach, headers={"webhook-id": "evt_1"}, body=b"{}")
        finally:
            await sender.close()

    return asyncio.run(run())


@pytest.fixture
def trap() -> Iterator[Receiver]:
    """Listens on every address of this machine."""
    with receiver(host="") as found:
        yield found


class TestSend:
    @pytest.mark.parametrize("host", OUT_OF_REACH)
    def test_dials_no_address_that_is_not_public(self, host: str, trap: Receiver) -> None:
        answer = send(f"http://{host}:{trap.port}/hook", PUBLIC)
        assert (answer.status, trap.connections) == (None, 0)
        assert answer.error in ("address_refused", "name_unknown", "answer_broken")
        if host.startswith("[") or host in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "168.63.129.16"):
            assert answer.error == "address_refused"

    def test_follows_a_name_that_changes_its_mind_nowhere(self, trap: Receiver) -> None:
        """The check at entry would have seen a public address; what is dialled is what counts."""
        names = Names("93.184.215.14", "127.0.0.1")
        (first,) = asyncio.run(names.resolve("rebinding.example.com"))
        assert PUBLIC.allows(first["host"])
        answer = send(f"http://rebinding.example.com:{trap.port}/", PUBLIC, resolver=names)
        assert (answer.error, trap.connections) == ("address_refused", 0)

    def test_says_nothing_of_the_address_behind_a_name(self) -> None:
        answer = send("http://inside.example.com/", PUBLIC, resolver=Names("10.11.12.13"))
        assert "10.11" not in repr(answer)

    @pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
    def test_follows_no_redirect(self, code: int, trap: Receiver) -> None:
        loopback = Reach(public=False, networks=networks("127.0.0.0/8"))
        for target in ("http://169.254.169.254/latest/meta-data/", f"http://127.0.0.1:{trap.port}/"):
            with receiver(status(code, f"Location: {target}")) as redirecting:
                answer = send(redirecting.url, loopback)
            assert (answer.status, answer.error) == (code, "redirected")
        assert trap.connections == 0

    def test_uses_no_proxy_of_the_environment(self, trap: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{trap.port}")
        send("http://inside.example.com/", PUBLIC, resolver=Names("10.0.0.1"))
        assert trap.connections == 0

    def test_reaches_the_networks_of_the_settings_and_no_others(self, trap: Receiver) -> None:
        only = Reach(public=False, networks=networks("127.0.0.2/32"))
        assert send(f"http://127.0.0.2:{trap.port}/", only).status == 200
        assert send(f"http://127.0.0.1:{trap.port}/", only).error == "address_refused"

    def test_dials_public_addresses(self) -> None:
        for address in ("93.184.215.14", "8.8.8.8", "1.1.1.1"):
            dialler(PUBLIC)((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))).close()
        for address in ("2606:4700:4700::1111", "2a00:1450:4001:81b::200e"):
            assert PUBLIC.allows(address)


class TestReach:
    def test_of_production_is_the_internet_by_https_alone(self, settings: Settings) -> None:
        settings.WEBHOOK_ALLOW_NETS = ["127.0.0.0/8"]
        assert reach_of("https", is_test=False) == Reach(public=True)
        assert reach_of("http", is_test=False) == Reach(public=False)
        assert not reach_of("https", is_test=False).allows("127.0.0.1")

    def test_of_a_test_world_has_the_networks_of_the_settings_too(self, settings: Settings) -> None:
        settings.WEBHOOK_ALLOW_NETS = ["127.0.0.0/8", "::1/128"]
        for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
            assert reach_of("http", is_test=True).allows(address)
            assert reach_of("https", is_test=True).allows(address)
        assert not reach_of("http", is_test=True).allows("93.184.215.14")
        assert reach_of("https", is_test=True).allows("93.184.215.14")


class TestCheckUrl:
    @pytest.mark.parametrize("url", MALFORMED)
    @pytest.mark.parametrize("allow_http", [False, True])
    def test_refuses_what_no_url_should_be(self, url: str, allow_http: bool, settings: Settings) -> None:
        settings.WEBHOOK_ALLOW_NETS = []
        with pytest.raises(BadWebhookUrl):
            check_url(url, allow_http=allow_http)

    @pytest.mark.parametrize("host", OUT_OF_REACH)
    def test_refuses_addresses_that_are_not_public(self, host: str, settings: Settings) -> None:
        settings.WEBHOOK_ALLOW_NETS = ["127.0.0.0/8", "::1/128"]
        with pytest.raises(BadWebhookUrl):
            check_url(f"https://{host}/hook", allow_http=False)

    @pytest.mark.parametrize(
        "url",
        [
            "https://example.com/hook",
            "https://hooks.example.com:8443/a/b?c=d&e=%20f",
            "https://xn--bcher-kva.example/",
            "https://93.184.215.14/",
            "https://[2606:4700:4700::1111]/",
            "HTTPS://Example.COM/",
        ],
    )
    def test_lets_public_https_pass(self, url: str) -> None:
        check_url(url, allow_http=False)

    @pytest.mark.parametrize(
        "url", ["http://127.0.0.1:9000/hook", "http://localhost:9000/", "http://[::1]:9000/"]
    )
    def test_lets_the_settings_networks_pass_for_test_worlds_alone(
        self, url: str, settings: Settings
    ) -> None:
        settings.WEBHOOK_ALLOW_NETS = ["127.0.0.0/8", "::1/128"]
        check_url(url, allow_http=True)
        with pytest.raises(BadWebhookUrl):
            check_url(url, allow_http=False)
        settings.WEBHOOK_ALLOW_NETS = []
        with pytest.raises(BadWebhookUrl):
            check_url(url, allow_http=True)
