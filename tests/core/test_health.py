"""Health: what a load balancer and a person on call can rely on."""

import time
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from core import heartbeats
from core.api import health
from core.valkey import client


@pytest.fixture
def http(committed: None, settings: Any) -> Client:
    client.cache_clear()
    health._readiness.forget()
    return Client(raise_request_exception=False)


def ready(http: Client) -> tuple[int, Any]:
    began = time.monotonic()
    answer = http.get("/health/ready")
    assert time.monotonic() - began < 5
    return answer.status_code, answer.json()


class TestLive:
    def test_it_says_so(self, http: Client) -> None:
        assert http.get("/health/live").json() == {"status": "live"}


class TestReady:
    def test_all_parts_at_work_are_ready(self, http: Client) -> None:
        heartbeats.beat("workers")
        heartbeats.beat("relay", value=0.01)
        heartbeats.beat("stream")
        heartbeats.beat("pump")
        status, found = ready(http)
        assert (status, found["status"]) == (200, "ready")
        assert set(found["parts"]) == {
            "database",
            "cache",
            "broker",
            "workers",
            "relay",
            "stream",
            "webhooks",
        }
        assert found["parts"]["relay"] == {"status": "ok", "lagSeconds": 0.01}

    def test_late_relay_degrades(self, http: Client) -> None:
        heartbeats.beat("workers")
        heartbeats.beat("relay", value=60.0)
        status, found = ready(http)
        assert (status, found["status"], found["parts"]["relay"]["status"]) == (200, "degraded", "late")

    def test_dead_valkey_degrades_and_says_what_that_means(self, http: Client, settings: Any) -> None:
        settings.VALKEY_URL = settings.BROKER_URL = "redis://127.0.0.1:1/0"
        status, found = ready(http)
        assert (status, found["status"]) == (200, "degraded")
        assert found["parts"]["cache"]["status"] == "unavailable"
        assert "rate limits fail open" in found["parts"]["cache"]["note"]
        assert found["parts"]["workers"]["status"] == "unknown"
        client.cache_clear()

    def test_dead_database_is_503(self, http: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(connections["default"].settings_dict, "PORT", "1")
        status, found = ready(http)
        assert (status, found["status"]) == (503, "unavailable")

    def test_it_remembers_what_it_found(self, http: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(health, "REMEMBERED_SECONDS", 60.0)
        assert ready(http)[0] == 200
        monkeypatch.setitem(connections["default"].settings_dict, "PORT", "1")
        assert ready(http)[0] == 200
