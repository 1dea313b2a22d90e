"""The office as it runs in production, behind a proxy that ends TLS: its cookies, headers and redirects."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import quote, urlsplit, urlunsplit

import httpx
import pytest
from django.conf import settings
from django.db import connections

from b2b import environment
from core.clock import now
from staff.services.authenticators import code_at
from tests.makers.staff import PASSWORD, make_user
from tests.partners.serving import free_port, wait_for_port
from tests.staff.browsing import SECRET, enrolled

pytestmark = [pytest.mark.slow, pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed")]

HOST = "office.example.com"


@pytest.fixture
def office_url() -> Iterator[str]:
    """Serve the office with the settings of production and yield where, without the proxy."""
    port = free_port()
    url = urlsplit(environment.database_url("office"))
    database = quote(str(connections["default"].settings_dict["NAME"]))
    told = {
        **os.environ,
        "B2B_MODE": "production",
        "B2B_PROCESS": "office",
        "B2B_DATABASE_URL_OFFICE": urlunsplit(url._replace(path=f"/{database}")),
        "B2B_VALKEY_URL": settings.VALKEY_URL,
        "B2B_ALLOWED_HOSTS": HOST,
        "B2B_OFFICE_URL": f"https://{HOST}",
        "B2B_API_URL": "https://api.example.com",
        "B2B_TRUSTED_PROXY_HOPS": "1",
        "DJANGO_SETTINGS_MODULE": "b2b.settings",
    }
    arguments = ("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1")
    command = [sys.executable, "-m", "granian", *arguments, "--no-ws", "b2b.wsgi:application"]
    process = subprocess.Popen(
        command, cwd=environment.ROOT, env=told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for_port(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def browser(url: str, *, scheme: str = "https") -> httpx.Client:
    """Return a client as the proxy passes it on; it keeps cookies by itself, `Secure` or not."""
    headers = {
        "Host": HOST,
        "X-Forwarded-Proto": scheme,
        "X-Forwarded-For": "198.51.100.5",
        "Origin": f"https://{HOST}",
    }
    return httpx.Client(base_url=url, headers=headers, timeout=30)


def cookies_of(answer: httpx.Response) -> dict[str, str]:
    """Return the cookies that an answer sets, with their attributes, by name."""
    return {each.split("=", 1)[0]: each for each in answer.headers.get_list("set-cookie")}


class Session:
    """One browser, which carries its cookies itself: httpx sends none that is `Secure` over plain http."""

    def __init__(self, url: str) -> None:
        self.client, self.jar = browser(url), dict[str, str]()
        self.set: list[str] = []

    def ask(self, path: str, **fields: str) -> httpx.Response:
        self.client.cookies.clear()
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.jar.items())}
        if fields:
            answer = self.client.post(path, data=fields, headers=headers)
        else:
            answer = self.client.get(path, headers=headers)
        for name, text in cookies_of(answer).items():
            self.set.append(text)
            self.jar[name] = text.split(";")[0].split("=", 1)[1]
        return answer

    def send(self, path: str, **fields: str) -> httpx.Response:
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', self.ask(path).text)
        assert token
        return self.ask(path, csrfmiddlewaretoken=token[1], **fields)


class TestProduction:
    def test_lets_in_by_cookies_for_this_host_alone_and_a_new_session_id_at_each_step(
        self, office_url: str
    ) -> None:
        user = enrolled(make_user(), at=now())
        session = Session(office_url)
        assert session.send("/admin/login/", username=user.username, password=PASSWORD).status_code == 302
        first = session.jar["__Host-session"]
        assert session.ask("/admin/").status_code == 302
        assert session.send("/admin/me/verify/", code=code_at(SECRET, now())).status_code == 302
        assert session.jar["__Host-session"] != first
        assert session.ask("/admin/").status_code == 200
        assert {text.split("=")[0] for text in session.set} == {"__Host-session", "__Host-csrf"}
        for text in session.set:
            parts = {part.strip().lower() for part in text.split(";")[1:]}
            assert {"secure", "httponly", "path=/", "samesite=lax"} <= parts
            assert not any(part.startswith("domain") for part in parts)

    def test_answers_with_transport_security_for_a_year(self, office_url: str) -> None:
        with browser(office_url) as client:
            answer = client.get("/admin/login/")
            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
            assert "'nonce-" in answer.headers["Content-Security-Policy"]
            assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert client.get("/no/such/page").status_code == 404
            assert "Traceback" not in client.get("/no/such/page").text

    def test_sends_http_to_https_and_knows_no_other_host(self, office_url: str) -> None:
        with browser(office_url, scheme="http") as client:
            answer = client.get("/admin/login/")
            assert (answer.status_code, answer.headers["Location"]) == (301, f"https://{HOST}/admin/login/")
        with browser(office_url) as client:
            assert client.get("/admin/login/", headers={"Host": "api.example.com"}).status_code == 400
            assert client.get("/api/v2/bets").status_code == 404
