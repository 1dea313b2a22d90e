"""What is asked of production, and what makes it void: a secret of a client, more scopes, more networks."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from approvals.services import void_requests

PRODUCTION_CREDENTIALS: Final = "production_credentials"
PRODUCTION_ACCESS: Final = "production_access"
CLIENT: Final = "partners.apiclient"
TENANT: Final = "partners.tenant"
OVERTAKEN: Final = (
    "The client's scopes or the tenant's allowed IPs have been changed since this was asked for."
)
ACCESS_MOVED: Final = "The scopes or allowed IPs have been changed since this was asked for."


def void_permits(client_ids: Iterable[UUID], *, voided_at: datetime) -> None:
    """End what was asked or approved of these clients' secrets: it is not what would be issued any more."""
    void_requests(
        kind=PRODUCTION_CREDENTIALS,
        subject_type=CLIENT,
        subject_ids=map(str, client_ids),
        why=OVERTAKEN,
        voided_at=voided_at,
    )


def void_widening(subject_type: str, subject_id: UUID, *, voided_at: datetime) -> None:
    """End what was asked of more scopes of a client, or more networks of a tenant: others were read."""
    void_requests(
        kind=PRODUCTION_ACCESS,
        subject_type=subject_type,
        subject_ids=[str(subject_id)],
        why=ACCESS_MOVED,
        voided_at=voided_at,
    )
