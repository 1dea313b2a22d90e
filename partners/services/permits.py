"""The approval of a secret for production: for which client it is, and what makes it void."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from approvals.services import void_requests

PRODUCTION_CREDENTIALS: Final = "production_credentials"
CLIENT: Final = "partners.apiclient"
OVERTAKEN: Final = (
    "The client's scopes or the tenant's allowed IPs have been changed since this was asked for."
)


def void_permits(client_ids: Iterable[UUID], *, voided_at: datetime) -> None:
    """End what was asked or approved of these clients' secrets: it is not what would be issued any more."""
    void_requests(
        kind=PRODUCTION_CREDENTIALS,
        subject_type=CLIENT,
        subject_ids=map(str, client_ids),
        why=OVERTAKEN,
        voided_at=voided_at,
    )
