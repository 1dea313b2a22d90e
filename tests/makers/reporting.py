"""Counting in tests, and the figures that the tables themselves make."""

import time
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from django.db import connection, connections

from b2b import environment
from core.clock import now
from core.ids import uuid7
from partners.models import Tenant
from reporting.models import Mark, Source
from reporting.services.counting import count_activity
from tests.makers.roles import acting_as

Cell = tuple[object, ...]

_BETS = """
SELECT tenant_id, hour, currency, sum(placed)::bigint, sum(refused)::bigint, sum(settled)::bigint,
       sum(corrected)::bigint, sum(stakes), sum(settled_stakes), sum(payouts)
FROM (
    SELECT tenant_id, date_trunc('hour', placed_at, 'UTC') AS hour, currency, 1 AS placed, 0 AS refused,
           0 AS settled, 0 AS corrected, stake AS stakes, 0 AS settled_stakes, 0 AS payouts
    FROM sportsbook_bet WHERE tenant_id = ANY (%(tenants)s)
    UNION ALL
    SELECT tenant_id, date_trunc('hour', settled_at, 'UTC'), currency, 0, 0, (kind = 'settled')::int,
           (kind <> 'settled')::int, 0, stake_delta, payout_delta
    FROM sportsbook_settlement WHERE tenant_id = ANY (%(tenants)s)
    UNION ALL
    SELECT tenant_id, date_trunc('hour', created_at, 'UTC'), '', 0, 1, 0, 0, 0, 0, 0
    FROM core_reference WHERE tenant_id = ANY (%(tenants)s) AND kind = 'bet' AND status = 422
) AS happened
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_COUNTED_BETS = """
SELECT tenant_id, hour, currency, bets_placed, bets_refused, bets_settled, corrections,
       stakes_placed, stakes_settled, payouts
FROM reporting_hourlybets WHERE tenant_id = ANY (%(tenants)s) ORDER BY 1, 2, 3
"""
_REQUESTS = """
SELECT tenant_id, date_trunc('hour', received_at, 'UTC'), split_part(route, '/', 4), count(*),
       count(*) FILTER (WHERE status / 100 = 4 AND NOT status = 422),
       count(*) FILTER (WHERE status / 100 = 5)
FROM integration_apirequest WHERE tenant_id = ANY (%(tenants)s) AND NOT (route ^@ '/oauth/' AND status < 400)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_COUNTED_REQUESTS = """
SELECT tenant_id, hour, endpoint, requests, refused, failed
FROM reporting_hourlyrequests WHERE tenant_id = ANY (%(tenants)s) ORDER BY 1, 2, 3
"""


class RequestWriter:
    """A session of the API's login that writes rows of the request log, as the recorder does."""

    def __init__(self) -> None:
        login = connections["default"].settings_dict
        url = urlsplit(environment.database_url("api"))
        self.session = psycopg.connect(
            dbname=login["NAME"],
            user=url.username,
            password=url.password,
            host=login["HOST"],
            port=login["PORT"],
            autocommit=True,
        )

    def write(
        self,
        tenant: Tenant,
        received_at: datetime,
        status: int = 200,
        path: str = "bets",
        *,
        code: str = "",
    ) -> None:
        self.session.execute(
            "INSERT INTO integration_apirequest (id, received_at, request_id, tenant_id, client_id, method, "
            "path, route, status, code, microseconds, bytes_in, bytes_out) "
            "VALUES (%s, %s, '', %s, '', 'POST', '', %s, %s, %s, 1, 1, 1)",
            [uuid7(), received_at, tenant.pk, f"/api/v2/{path}/<str:bet_id>", status, code],
        )


def count_everything() -> None:
    """Count until every transaction that has committed by now is counted.

    A transaction of any database of the server, another test's, holds counting up while it runs.
    """
    deadline = time.monotonic() + 60
    with acting_as("b2b_jobs"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            newest = cursor.fetchone()[0]
        while time.monotonic() < deadline:
            count_activity(counted_at=now())
            if Mark.objects.filter(transaction_end__gte=newest).count() == len(Source):
                return
            time.sleep(0.02)
    raise AssertionError("counting is held up")


def bets_that_happened(tenants: Iterable[UUID]) -> list[Cell]:
    """Return each hour's figures of some tenants, added up from bets, settlements and refusals."""
    return _rows(_BETS, tenants)


def bets_counted(tenants: Iterable[UUID]) -> list[Cell]:
    """Return each hour's figures of some tenants as they were counted."""
    return _rows(_COUNTED_BETS, tenants)


def requests_that_happened(tenants: Iterable[UUID]) -> list[Cell]:
    """Return each hour's requests of some tenants, added up from the request log."""
    return _rows(_REQUESTS, tenants)


def requests_counted(tenants: Iterable[UUID]) -> list[Cell]:
    """Return each hour's requests of some tenants as they were counted."""
    return _rows(_COUNTED_REQUESTS, tenants)


def _rows(sql: str, tenants: Iterable[UUID]) -> list[Cell]:
    with acting_as("b2b_jobs"), connection.cursor() as cursor:
        cursor.execute(sql, {"tenants": list(tenants)})
        return list(cursor.fetchall())
