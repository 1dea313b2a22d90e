"""The request log: every request of a partner is in it, none waits for it, and it says no secret."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from django.db import DatabaseError, connection

from core.clock import now
from core.ids import uuid7
from integration.queries import list_failed_endpoints, list_traffic
from integration.recorder import HELD_MAX, Recorder
from integration.services import keep_partitions
from tests.integration.looking import logged
from tests.makers.partners import make_client, make_tenant, tenant_of
from tests.makers.roles import acting_as
from tests.partners.serving import api_process

pytestmark = pytest.mark.usefixtures("committed")


def entry(tenant_id: UUID | None = None, **told: Any) -> tuple[Any, ...]:
    columns = {
        "id": uuid7(), "received_at": now(), "request_id": f"test-{uuid7()}", "tenant_id": tenant_id,
        "client_id": "c", "method": "GET", "path": "/api/v2/bets", "route": "/api/v2/bets", "status": 200,
        "code": "", "microseconds": 5, "bytes_in": 0, "bytes_out": 2,
    }  # fmt: skip
    return tuple({**columns, **told}.values())


class TestRequestLog:
    @pytest.mark.slow
    def test_every_request_is_in_it_and_nothing_secret(self) -> None:
        client = make_client(make_tenant())
        with api_process() as url, httpx.Client(base_url=url) as http:
            token = http.post(
                "/oauth/token",
                data={"grant_type": "client_credentials"},
                auth=(client.client_id, client.secret),
            ).json()["access_token"]
            answers = [
                http.get("/api/v2/partner?x=1", headers={"Authorization": f"Bearer {token}"}),
                http.get("/api/v2/partner", headers={"Authorization": f"Bearer {token}"}),
                http.post("/api/v2/bets", json={}, headers={"Authorization": f"Bearer {token}"}),
                http.get("/api/v2/bets", headers={"X-Request-ID": f"mine-{client.client_id}"}),
                http.get("/nowhere"),
            ]
            rows = [logged(answer.headers["X-Request-ID"]) for answer in answers]

        assert [row.status for row in rows] == [answer.status_code for answer in answers]
        assert [row.code for row in rows] == [
            answer.json().get("code", "") if answer.status_code >= 400 else "" for answer in answers
        ]
        assert rows[1].route == "/api/v2/partner"
        assert rows[1].bytes_out == len(answers[1].content)
        assert rows[2].tenant_id == tenant_of(client)
        assert rows[3].tenant_id is None
        with acting_as("b2b_jobs"), connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM integration_apirequest r "
                "WHERE strpos(r::text, %s) > 0 OR strpos(r::text, %s) > 0",
                [client.secret, token],
            )
            assert cursor.fetchone() == (0,)

    @pytest.mark.slow
    def test_last_requests_are_written_when_the_api_stops(self) -> None:
        with api_process() as url:
            request_id = httpx.get(f"{url}/api/v2/bets").headers["X-Request-ID"]
        assert logged(request_id).status == 401

    def test_api_may_add_and_neither_read_nor_change(self) -> None:
        for statement in (
            "SELECT FROM integration_apirequest",
            "UPDATE integration_apirequest SET status = 200",
            "DELETE FROM integration_apirequest",
            "SELECT FROM integration_apirequest_default",
        ):
            with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
                cursor.execute(statement)


class TestRecorder:
    def test_holds_on_to_entries_while_the_database_is_away(self, superuser_url: str) -> None:
        recorder, first, second = Recorder(), entry(), entry()
        recorder._entries.append(first)
        assert recorder.flush() == 1
        with psycopg.connect(superuser_url, autocommit=True) as superuser:
            superuser.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'b2b-request-log' AND datname = current_database()"
            )
        recorder._entries.append(second)
        assert recorder.flush() == 0
        assert list(recorder._entries) == [second]
        assert recorder.flush() == 1
        recorder.close()
        assert logged(str(second[2])).id == second[0]

    def test_drops_the_oldest_when_it_holds_too_many(self) -> None:
        recorder = Recorder()
        newest = entry()
        recorder._keep([entry()] * (HELD_MAX + 10) + [newest])
        assert len(recorder._entries) == HELD_MAX
        assert recorder._entries[-1] == newest
        assert recorder._dropped == 11


class TestKeepPartitions:
    @pytest.mark.role("b2b_jobs")
    def test_makes_the_days_to_come_and_removes_those_that_are_over(self, superuser_url: str) -> None:
        late = now() + timedelta(days=400)
        with psycopg.connect(superuser_url, autocommit=True) as superuser:
            superuser.execute(
                "INSERT INTO integration_apirequest SELECT integration_first_id(%s), %s, 'far', NULL, '', "
                "'GET', '/', '/', 200, '', 1, 0, 0",
                [late, late],
            )
        made, _ = keep_partitions(at=late)
        assert made == 9
        assert keep_partitions(at=late) == (0, 0)
        name = f"integration_apirequest_{late:%Y%m%d}"
        with psycopg.connect(superuser_url, autocommit=True) as superuser:
            moved = superuser.execute(f"SELECT request_id FROM {name}").fetchall()
            assert moved == [("far",)]
            for day in range(-1, 8):
                superuser.execute(f"DROP TABLE integration_apirequest_{late + timedelta(days=day):%Y%m%d}")

    @pytest.mark.role("b2b_jobs")
    def test_removes_what_is_older_than_thirty_days(self, superuser_url: str) -> None:
        old = now() - timedelta(days=300)
        keep_partitions(at=old)
        _, removed = keep_partitions(at=now())
        assert removed >= 9


class TestListFailedEndpoints:
    def test_groups_errors_by_endpoint(self) -> None:
        tenant = make_tenant()
        recorder = Recorder()
        recorder._entries.extend(
            [
                *(entry(tenant.id, status=422, code="STAKE_TOO_LOW", method="POST") for _ in range(3)),
                entry(tenant.id, status=404, code="NOT_FOUND"),
                entry(tenant.id),
                entry(make_tenant().id, status=404, code="NOT_FOUND"),
            ]
        )
        assert recorder.flush() == 6
        recorder.close()
        with acting_as("b2b_jobs"):
            found = list_failed_endpoints(
                tenant_ids=[tenant.id], since=now() - timedelta(minutes=1), count=10
            )
        assert [(one.method, one.code, one.count) for one in found] == [
            ("POST", "STAKE_TOO_LOW", 3),
            ("GET", "NOT_FOUND", 1),
        ]


class TestListTraffic:
    def test_token_that_was_fetched_is_no_call_and_one_that_was_refused_is_refused(self) -> None:
        tenant = make_tenant()
        recorder, token = Recorder(), {"path": "/oauth/token", "route": "/oauth/token", "method": "POST"}
        recorder._entries.extend(
            [
                entry(tenant.id),
                *(entry(tenant.id, **token) for _ in range(3)),
                *(entry(tenant.id, status=403, code="PARTNER_SUSPENDED", **token) for _ in range(2)),
            ]
        )
        assert recorder.flush() == 6
        recorder.close()
        with acting_as("b2b_jobs"):
            found = list_traffic(tenant_ids=[tenant.id], since=now() - timedelta(minutes=1))[tenant.id]
        assert (found.count, found.refused_count, found.failed_count) == (3, 2, 0)
