"""What the office answers with: strict headers on every page, a nonce of its own for each, and reports."""

import json
import re
from secrets import token_hex
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings
from structlog.testing import capture_logs

from core.addresses import client_address
from core.admin.csp import REPORT_PATH
from tests.makers.staff import make_user
from tests.office.makers import make_staff, records_of, superuser
from tests.staff.browsing import give_password
from tests.staff.walking import addresses

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]

POLICY = ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'")
ENDING = frozenset({"admin:logout", "office-end-sessions", "office-welcome-link"})
"""Pages that end the session of who opens them."""
EXPECTED = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def nonce_of(answer: Any) -> str:
    found = re.search(r"'nonce-([\w-]{20,})'", answer.headers["Content-Security-Policy"])
    assert found
    return found[1]


def wrong_headers(answer: Any) -> list[str]:
    """Return what an answer lacks."""
    policy = answer.headers.get("Content-Security-Policy", "")
    wrong = [name for name, value in EXPECTED.items() if answer.headers.get(name) != value]
    wrong += [part for part in POLICY if part not in policy]
    scripts = re.search(r"script-src ([^;]*)", policy)
    if not scripts or "'unsafe-inline'" in scripts[1] or "'nonce-" not in scripts[1]:
        wrong.append("script-src")
    return wrong


class TestEveryPage:
    @pytest.mark.long
    def test_has_strict_headers_for_who_may_and_for_strangers(self) -> None:
        wrong = {}
        for each in addresses():
            insider = make_staff(is_superuser=True) if each.name in ENDING else superuser()
            for browser in (insider, Client()):
                answer = browser.get(each.path)
                if "attachment" in answer.headers.get("Content-Disposition", ""):
                    continue
                if found := wrong_headers(answer):
                    wrong[each.path] = found
        assert wrong == {}

    @pytest.mark.parametrize("path", ["/no/such/page/", "/admin/no/such/page/", "/admin"])
    def test_has_them_also_where_there_is_none(self, path: str) -> None:
        assert wrong_headers(Client().get(path)) == []

    def test_that_is_not_there_shows_a_stranger_no_navigation(self) -> None:
        answer = Client().get("/no/such/page/")
        assert answer.status_code == 404
        assert "nav-sidebar" not in answer.content.decode()

    def test_has_them_also_for_a_host_that_is_not_ours(self) -> None:
        answer = Client(raise_request_exception=False).get("/admin/login/", headers={"Host": "evil.example"})
        assert answer.status_code == 400
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]

    def test_has_a_nonce_of_its_own(self) -> None:
        answers = [Client().get(reverse("admin:login")) for _ in range(3)]
        assert len({nonce_of(answer) for answer in answers}) == 3

    def test_has_no_inline_script_or_handler(self) -> None:
        page = superuser().get(reverse("admin:index")).content.decode()
        assert re.findall(r"<script(?![^>]*\b(?:src|type=\"application/json\"))", page) == []
        assert re.findall(r"\son(?:click|load|error|submit|change)=", page) == []


class TestReports:
    def send(self, body: Any, **kw: Any) -> int:
        kw = {"REMOTE_ADDR": f"2001:db8:9::{token_hex(2)}", **kw}
        return (
            Client()
            .post(REPORT_PATH, json.dumps(body), content_type="application/csp-report", **kw)
            .status_code
        )

    def test_leave_one_line_without_queries_and_control_characters(self) -> None:
        told = {
            "effective-directive": "script-src\n\x1b[31m\u2028forged line",
            "document-uri": "https://office.example/admin/?q=private",
            "blocked-uri": "https://evil.example/x.js?token=1",
        }
        with capture_logs() as lines:
            assert self.send({"csp-report": told}) == 204
        (line,) = [each for each in lines if each["event"] == "csp violation"]
        assert line["document_uri"] == "https://office.example/admin/"
        assert line["blocked_uri"] == "https://evil.example/x.js"
        assert line["effective_directive"] == "script-src[31mforged line"

    def test_are_taken_in_the_newer_form_too(self) -> None:
        with capture_logs() as lines:
            assert self.send([{"type": "csp-violation", "body": {"blockedURL": "inline"}}]) == 204
        assert [each["blockedurl"] for each in lines if each["event"] == "csp violation"] == ["inline"]

    @pytest.mark.parametrize(("body", "status"), [("x" * 9000, 413), (7, 204), ([None, "x"], 204)])
    def test_that_are_none_leave_nothing(self, body: Any, status: int) -> None:
        with capture_logs() as lines:
            assert self.send(body) == status
        assert [each for each in lines if each["event"] == "csp violation"] == []

    def test_are_read_twenty_times_a_minute_from_one_address(self) -> None:
        address = f"2001:db8:a::{token_hex(2)}"
        statuses = {self.send({"csp-report": {}}, REMOTE_ADDR=address) for _ in range(41)}
        assert statuses == {204, 429}


class TestAddress:
    @pytest.mark.parametrize(
        ("hops", "forwarded", "found"),
        [
            (0, "198.51.100.1", "203.0.113.9"),
            (1, "198.51.100.1", "198.51.100.1"),
            (1, "6.6.6.6, 198.51.100.1", "198.51.100.1"),
            (2, "6.6.6.6, 198.51.100.1, 192.0.2.1", "198.51.100.1"),
            (2, "198.51.100.1", "203.0.113.9"),
            (1, "not an address", "203.0.113.9"),
            (1, "fe80::1%eth0", "fe80::1"),
        ],
    )
    def test_is_the_one_that_our_own_proxies_saw(
        self, hops: int, forwarded: str, found: str, settings: Settings
    ) -> None:
        settings.TRUSTED_PROXY_HOPS = hops
        request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9", headers={"X-Forwarded-For": forwarded})
        assert client_address(request) == found

    def test_is_in_the_audit_record_of_a_login_behind_a_proxy(self, settings: Settings) -> None:
        settings.TRUSTED_PROXY_HOPS = 1
        user = make_user()
        browser = Client(headers={"X-Forwarded-For": "6.6.6.6, 198.51.100.77"})
        give_password(browser, user.username)
        assert [each.address for each in records_of(user)] == ["198.51.100.77"]
