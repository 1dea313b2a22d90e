"""Questions to the request log."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from integration.models import ApiRequest


@dataclass(frozen=True, slots=True)
class FailedEndpoint:
    """How often one endpoint answered with one error."""

    method: str
    route: str
    status: int
    code: str
    count: int
    last_request_id: str


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


def find_request(request_id: str) -> ApiRequest | None:
    """Return the newest request under this id: partners may send their own, and send one twice."""
    return ApiRequest.objects.filter(request_id=request_id).order_by("-id").first()
