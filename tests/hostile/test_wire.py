"""What no library would send: bytes on a socket, to a real process. Whatever comes, it is refused or the
connection is closed, nothing is stored, and the next caller is served.
"""

import json
import socket
from collections.abc import Iterator
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import pytest
from pytest_django import DjangoDbBlocker

from core.api.bodies import BODY_BYTES_MAX
from core.ids import typeid
from tests.makers.bets import MadePlayer, make_bettor, wallet_of
from tests.makers.partners import access_token, make_client, make_tenant
from tests.partners.serving import api_process

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("committed")]

CRLF = b"\r\n"
PATIENCE_SECONDS = 10.0


class Wire:
    """A player's wallet behind a process of its own."""

    def __init__(self, url: str) -> None:
        owner = make_tenant(requests_per_minute=100_000)
        self.address = urlsplit(url)
        self.token = access_token(make_client(owner))
        self.player: MadePlayer = make_bettor(owner, available="100.00")
        self.path = f"/api/v2/players/{typeid('plr', self.player.id)}/deposits"

    def body(self, **changed: Any) -> bytes:
        movement = {"reference": token_hex(8), "amount": "1.00", "currency": "EUR", **changed}
        return json.dumps(movement).encode()

    def request(
        self, body: bytes, *, headers: tuple[bytes, ...] = (), line: bytes = b"", length: bool = True
    ) -> bytes:
        """A deposit as bytes; more headers are put in as they are."""
        parts = [
            line or b"POST " + self.path.encode() + b" HTTP/1.1",
            b"Host: 127.0.0.1",
            b"Authorization: Bearer " + self.token.encode(),
            b"Content-Type: application/json",
            *([b"Content-Length: " + str(len(body)).encode()] if length else []),
            b"Connection: close",
            *headers,
        ]
        return CRLF.join(parts) + CRLF + CRLF + body

    def send(self, raw: bytes) -> tuple[int, Any]:
        """Return the status and the body of the answer; (0, None) where the connection was closed without."""
        port = self.address.port or 80
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as wire:
            received = b""
            try:
                wire.sendall(raw)
                while chunk := wire.recv(65536):
                    received += chunk
            except (ConnectionError, TimeoutError):
                pass
        if not received:
            return 0, None
        head, _, content = received.partition(CRLF + CRLF)
        status = int(head.split(b" ", 2)[1])
        try:
            return status, json.loads(content)
        except ValueError:
            return status, None


@pytest.fixture(scope="module")
def wire(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Wire]:
    with django_db_blocker.unblock(), api_process() as url:
        yield Wire(url)


@pytest.fixture(autouse=True)
def untouched(wire: Wire, committed: None) -> Iterator[None]:
    """After each test the wallet holds what it held, but for what the test took as right, and is served."""
    before = wallet_of(wire.player)
    yield
    assert wallet_of(wire.player) == before
    status, told = wire.send(wire.request(b"", line=b"GET /health/live HTTP/1.1"))
    assert (status, told) == (200, {"status": "live"})


def assert_refused(answer: tuple[int, Any], *statuses: int) -> None:
    """The status is one of those (0: closed without one); where our own code answered, it is the envelope."""
    status, told = answer
    assert status in statuses, answer
    if told is not None:
        assert {"status", "code", "message", "timestamp", "requestId"} <= set(told)


def padded(body: bytes, size: int) -> bytes:
    """The same document of exactly this many bytes; blanks in JSON mean nothing."""
    return body + b" " * (size - len(body))


def chunked(body: bytes, size: int = 4096) -> bytes:
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


class TestBodies:
    def test_one_byte_too_many_is_a_413(self, wire: Wire) -> None:
        body = padded(wire.body(), BODY_BYTES_MAX + 1)
        assert_refused(wire.send(wire.request(body)), 413)

    def test_one_byte_too_many_in_chunks_is_a_413(self, wire: Wire) -> None:
        body = chunked(padded(wire.body(), BODY_BYTES_MAX + 1))
        raw = wire.request(body, headers=(b"Transfer-Encoding: chunked",), length=False)
        assert_refused(wire.send(raw), 413, 0)

    def test_largest_body_is_read(self, wire: Wire) -> None:
        body = padded(wire.body(amount="0.001"), BODY_BYTES_MAX)
        status, told = wire.send(wire.request(body))
        assert (status, told["code"]) == (400, "AMOUNT_TOO_PRECISE")

    def test_body_in_chunks_is_read(self, wire: Wire) -> None:
        body = chunked(wire.body(amount="0.001"), size=7)
        raw = wire.request(body, headers=(b"Transfer-Encoding: chunked",), length=False)
        status, told = wire.send(raw)
        assert (status, told["code"]) == (400, "AMOUNT_TOO_PRECISE")

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"\x00",
            b"\xff\xfe",
            b'{"reference": "\xff\xfe", "amount": "1.00", "currency": "EUR"}',
            b'{"reference": "\xed\xa0\x80", "amount": "1.00", "currency": "EUR"}',
            b'{"reference": "a\x00b", "amount": "1.00", "currency": "EUR"}',
            b'{"reference": "a", "amount": "1.00", "currency": "EUR"}\x00',
            b'{"reference": "a", "amount": "1.00", "currency": "EUR"}{}',
            b'\xef\xbb\xbf{"reference": "a", "amount": "1.00", "currency": "EUR"}',
            b'{"reference": "a", "amount": "1.00", "currency": "EUR", "\\u0061mount": "2.00"}',
            b'{"reference": "a", "amount": "1.00", "amount": "2.00", "currency": "EUR"}',
            b'{"reference": "a", "amount": "1.00", "currency": "EUR", "__proto__": {}}',
            b"[" * 100_000,
            b'{"reference": ' * 15_000,
            b'{"reference": "a", "amount": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
            b'{"amount": ' + b"9" * 200_000 + b"}",
            b'{"reference": "' + b"a" * 200_000 + b'", "amount": "1.00", "currency": "EUR"}',
            '{"reference": "a", "amount": "1.00", "currency": "EUR"}'.encode("utf-16"),
            '{"reference": "a", "amount": "1.00", "currency": "EUR"}'.encode("utf-32"),
        ],
        ids=lambda body: repr(body[:24]),
    )
    def test_what_is_no_such_document_is_a_400(self, wire: Wire, body: bytes) -> None:
        assert_refused(wire.send(wire.request(body)), 400)

    @pytest.mark.parametrize(
        "content_type",
        [
            b"",
            b"text/plain",
            b"text/json",
            b"application/x-www-form-urlencoded",
            b"multipart/form-data; boundary=x",
            b"application/json; charset=utf-16",
            b"application/json, text/plain",
            b"application/xml",
            b"\xff",
        ],
    )
    def test_other_content_type_is_a_415(self, wire: Wire, content_type: bytes) -> None:
        raw = wire.request(wire.body()).replace(b"application/json", content_type)
        assert_refused(wire.send(raw), 415, 400)

    @pytest.mark.parametrize("encoding", [b"gzip", b"br", b"deflate", b"identity, gzip"])
    def test_compressed_body_is_not_unpacked(self, wire: Wire, encoding: bytes) -> None:
        raw = wire.request(b"\x1f\x8b\x08\x00" * 10, headers=(b"Content-Encoding: " + encoding,))
        assert_refused(wire.send(raw), 400, 415)


class TestHeaders:
    @pytest.mark.parametrize(
        "headers",
        [
            (b"Content-Length: 5",),
            (b"Transfer-Encoding: chunked",),
            (b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"),
            (b"Transfer-Encoding: xchunked",),
            (b"Transfer-Encoding : chunked",),
            (b"Host: evil.example",),
            (b"X-A: " + b"a" * 100_000,),
            tuple(b"X-%d: 1" % number for number in range(2_000)),
            (b"X-A: \x00",),
            (b"X-A: a\rX-B: b",),
            (b"no colon at all",),
            (b" folded: 1",),
        ],
        ids=lambda headers: repr(headers[0][:32]),
    )
    def test_request_of_two_minds_moves_no_money(self, wire: Wire, headers: tuple[bytes, ...]) -> None:
        """The body is one to be refused: however the request is read, it is no deposit."""
        raw = wire.request(wire.body(amount="0"), headers=headers)
        status, _ = wire.send(raw)
        assert status < 500

    @pytest.mark.parametrize("host", [b"evil.example", b"127.0.0.1.evil.example", b"a b", b"[::", b""])
    def test_foreign_host_is_a_400(self, wire: Wire, host: bytes) -> None:
        raw = wire.request(wire.body()).replace(b"Host: 127.0.0.1", b"Host: " + host)
        assert_refused(wire.send(raw), 400)

    @pytest.mark.parametrize(
        "authorization",
        [
            b"",
            b"Bearer",
            b"Bearer ",
            b"Bearer a.b.c",
            b"Basic YTpi",
            b"Bearer \xff",
            b"Bearer " + b"a" * 50_000,
        ],
        ids=lambda value: repr(value[:16]),
    )
    def test_no_token_is_a_401(self, wire: Wire, authorization: bytes) -> None:
        whole = b"Authorization: Bearer " + wire.token.encode()
        raw = wire.request(wire.body()).replace(whole, b"Authorization: " + authorization)
        assert_refused(wire.send(raw), 401, 400, 431, 0)

    def test_two_tokens_are_not_a_token(self, wire: Wire) -> None:
        raw = wire.request(wire.body(), headers=(b"Authorization: Bearer a.b.c",))
        assert_refused(wire.send(raw), 401, 400)

    @pytest.mark.parametrize(
        "header",
        [b"X-HTTP-Method-Override: GET", b"X-Method-Override: DELETE", b"X-Original-URL: /health/live"],
    )
    def test_no_header_makes_it_another_request(self, wire: Wire, header: bytes) -> None:
        status, told = wire.send(wire.request(wire.body(amount="0.001"), headers=(header,)))
        assert (status, told["code"]) == (400, "AMOUNT_TOO_PRECISE")

    @pytest.mark.parametrize("value", [b"a b", b"<script>", b"a" * 129, b"\xff", b"a\tb"])
    def test_request_id_of_other_signs_is_not_taken_over(self, wire: Wire, value: bytes) -> None:
        status, told = wire.send(
            wire.request(wire.body(amount="0.001"), headers=(b"X-Request-ID: " + value,))
        )
        assert status == 400
        assert told is None or told["requestId"].startswith("req_")


class TestRequestLine:
    @pytest.mark.parametrize(
        "line",
        [
            b"POST /api/v2/bets%00 HTTP/1.1",
            b"POST /api/v2/../../etc/passwd HTTP/1.1",
            b"POST /api/v2//bets HTTP/1.1",
            b"POST /api/v2/bets/%2e%2e HTTP/1.1",
            b"POST /api/v2/players/%ff%fe/deposits HTTP/1.1",
            b"POST /api/v2/players/" + b"a" * 3_000 + b"/deposits HTTP/1.1",
            b"POST http://evil.example/api/v2/bets HTTP/1.1",
            b"POST * HTTP/1.1",
            b"POST  /api/v2/bets HTTP/1.1",
            b"POST /api/v2/bets HTTP/9.9",
            b"POST /api/v2/bets",
            b"BREW /api/v2/bets HTTP/1.1",
            b"TRACE /api/v2/bets HTTP/1.1",
            b"CONNECT evil.example:443 HTTP/1.1",
            b"post /api/v2/bets HTTP/1.1",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"PRI * HTTP/2.0",
        ],
        ids=lambda line: repr(line[:40]),
    )
    def test_strange_ones_are_refused(self, wire: Wire, line: bytes) -> None:
        assert_refused(wire.send(wire.request(b"{}", line=line)), 400, 404, 405, 501, 505, 0)

    def test_endless_address_is_a_414(self, wire: Wire) -> None:
        line = b"GET /api/v2/events?types=" + b"a" * 9_000 + b" HTTP/1.1"
        assert_refused(wire.send(wire.request(b"", line=line)), 414)

    def test_half_a_request_hinders_nobody(self, wire: Wire) -> None:
        port = wire.address.port or 80
        raw = wire.request(wire.body())
        held = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(20)]
        try:
            for each in held:
                each.sendall(raw[: len(raw) // 3])
            status, _ = wire.send(wire.request(b"", line=b"GET /health/live HTTP/1.1"))
            assert status == 200
        finally:
            for each in held:
                each.close()
