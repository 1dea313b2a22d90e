"""An API client under its lock: whether it may have credentials, and the end of its tokens."""

import math
from datetime import datetime
from uuid import UUID

from core.errors import Conflict
from partners.kyb.queries import is_matched
from partners.kyb.rules import ComplianceCheckOpen
from partners.models import ApiClient, Tenant, TenantKind
from partners.onboarding.stages import PRODUCTION
from partners.services.locking import lock_client
from partners.services.stops import check_not_ended


class ClientRevoked(Conflict):
    """A revoked client never gets a secret again."""

    code = "CLIENT_REVOKED"
    message = "This API client is revoked."


class ProductionNotReached(Conflict):
    """A partner has production credentials from the stage `deployment` on."""

    code = "PRODUCTION_NOT_REACHED"
    message = "Production credentials are issued from the stage Deployment on."


def lock_active_client(client_id: UUID) -> ApiClient:
    """Lock an API client, and what it is of, that is not revoked. Raises ClientNotFound and ClientRevoked."""
    client = lock_client(client_id)
    if not client.is_active:
        raise ClientRevoked
    return client


def check_stage(tenant: Tenant, *, at: datetime) -> None:
    """Refuse credentials for a tenant, locked, that has none at its partner's stage.

    Raises PartnerEnded, ProductionNotReached, and ComplianceCheckOpen while a match is confirmed.
    """
    check_not_ended(tenant.partner)
    if tenant.kind == TenantKind.PRODUCTION and tenant.partner.stage not in PRODUCTION:
        raise ProductionNotReached
    if tenant.kind == TenantKind.PRODUCTION and is_matched(tenant.partner_id, at=at):
        raise ComplianceCheckOpen


def end_tokens(client: ApiClient, at: datetime) -> None:
    """End every access token that a client has been given until now."""
    # Tokens carry whole seconds, so the line is drawn at the next one: nothing issued until now stays above
    # it.
    line = datetime.fromtimestamp(math.floor(at.timestamp()) + 1, tz=at.tzinfo)
    client.tokens_valid_after = line
    client.save(update_fields=["tokens_valid_after"])
