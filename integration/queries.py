"""Questions to the request log."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from core.errors import RULE_STATUS
from integration.models import ApiRequest
from partners.rules import NOT_ROUTED


@dataclass(frozen=True, slots=True)
class FailedEndpoint:
    """How often one endpoint answered with one error."""

    method: str
    route: str
    status: int
    code: str
    count: int
    last_request_id: str


@dataclass(frozen=True, slots=True)
class Traffic:
    """How a tenant's systems called: how often, how often in vain, and within what 95 % were done.

    What a rule refused (422) is no error: it counts as `by_rule_count` alone, and of it the bets beyond the
    ramp as `unrouted_count`.
    """

    count: int = 0
    refused_count: int = 0
    failed_count: int = 0
    by_rule_count: int = 0
    unrouted_count: int = 0
    slow_ms: float = 0.0
    last_at: datetime | None = None


IS_CALL: Final = "NOT (route LIKE '/oauth/%%' AND status < 400)"
"""What counts in figures, as a condition of a statement with parameters: a token that was fetched or asked
about is no call, one that was refused is a refused request like any other.
"""

_TRAFFIC = f"""
SELECT tenant_id, count(*), count(*) FILTER (WHERE status BETWEEN 400 AND 499 AND status <> %(by_rule)s),
    count(*) FILTER (WHERE status >= 500), count(*) FILTER (WHERE status = %(by_rule)s),
    count(*) FILTER (WHERE code = %(unrouted)s),
    percentile_cont(0.95) WITHIN GROUP (ORDER BY microseconds) / 1000, max(received_at)
FROM integration_apirequest
WHERE tenant_id = ANY (%(tenants)s) AND id >= integration_first_id(%(since)s) AND {IS_CALL}
GROUP BY tenant_id
"""  # noqa: S608

_FAILED = """
SELECT method, route, status, code, count(*), (array_agg(request_id ORDER BY id DESC))[1]
FROM integration_apirequest
WHERE tenant_id = ANY (%s) AND status >= 400 AND id >= integration_first_id(%s)
GROUP BY method, route, status, code
ORDER BY count(*) DESC, method, route, status, code
LIMIT %s
"""


def list_failed_endpoints(
    *, tenant_ids: Collection[UUID], since: datetime, count: int
) -> list[FailedEndpoint]:
    """Return what failed most often for some tenants since a moment."""
    with connection.cursor() as cursor:
        cursor.execute(_FAILED, [list(tenant_ids), since, count])
        return [FailedEndpoint(*row) for row in cursor]


def list_traffic(*, tenant_ids: Collection[UUID], since: datetime) -> dict[UUID, Traffic]:
    """Return how some tenants' systems called since a moment; who did not call is left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            _TRAFFIC,
            {"tenants": list(tenant_ids), "since": since, "by_rule": RULE_STATUS, "unrouted": NOT_ROUTED},
        )
        return {tenant_id: Traffic(*rest) for tenant_id, *rest in cursor}


def list_newest(*, tenant_ids: Collection[UUID], since: datetime, count: int) -> list[ApiRequest]:
    """Return the newest requests of some tenants since a moment."""
    found = ApiRequest.objects.filter(tenant_id__in=list(tenant_ids), id__gte=_first_id(since))
    return list(found.order_by("-id")[:count])


def find_request(request_id: str) -> ApiRequest | None:
    """Return the newest request under this id: partners may send their own, and send one twice."""
    return ApiRequest.objects.filter(request_id=request_id).order_by("-id").first()


def _first_id(at: datetime) -> UUID:
    """Return the least id of a moment: ids begin with their millisecond."""
    return UUID(int=int(at.timestamp() * 1000) << 80)
