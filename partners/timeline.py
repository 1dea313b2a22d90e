"""Everything that happened to a partner, in one list, newest first."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from core.admin.changes import labels_seen
from core.admin.timeline import COUNT, MORE, SAME_MOMENT, Timeline, moment_before, timeline_of
from core.models import AuditRecord, RowChange
from partners.models import Partner
from partners.queries.scope import partners_of

PLAYERS: Final = "wallet.player"
"""Players have histories of their own: a partner has too many for its timeline."""


class Topic(StrEnum):
    """What an entry is about."""

    STAGE = "stage"
    COMPLIANCE = "compliance"
    CREDENTIALS = "credentials"
    LIMITS = "limits"
    COMMERCIAL = "commercial"
    STATEMENTS = "statements"
    APPROVALS = "approvals"
    PARTNER = "partner"


_TOPICS: Final[Mapping[str, Topic]] = MappingProxyType(
    {
        "partners.company": Topic.COMPLIANCE,
        "partners.beneficialowner": Topic.COMPLIANCE,
        "partners.director": Topic.COMPLIANCE,
        "partners.screening": Topic.COMPLIANCE,
        "partners.bankaccount": Topic.COMPLIANCE,
        "partners.kybreview": Topic.COMPLIANCE,
        "partners.processorcontract": Topic.COMPLIANCE,
        "partners.licence": Topic.COMPLIANCE,
        "partners.compliancearea": Topic.COMPLIANCE,
        "partners.compliancesuspension": Topic.COMPLIANCE,
        "partners.evidencefile": Topic.COMPLIANCE,
        "partners.certification": Topic.STAGE,
        "partners.apiclient": Topic.CREDENTIALS,
        "partners.clientsecret": Topic.CREDENTIALS,
        "partners.tenantcurrency": Topic.COMMERCIAL,
        "risk.limit": Topic.LIMITS,
        "settlement.plan": Topic.COMMERCIAL,
        "settlement.statement": Topic.STATEMENTS,
        "approvals.approvalrequest": Topic.APPROVALS,
    }
)

_RECORDS: Final = """
    WITH subject (type, id) AS (
        SELECT 'partners.partner', %(partner)s::text
        UNION SELECT 'partners.company', %(partner)s::text
        UNION SELECT 'partners.tenant', id::text FROM partners_tenant WHERE partner_id = %(partner)s
        UNION SELECT 'partners.apiclient', c.id::text FROM partners_apiclient c
              JOIN partners_tenant t ON t.id = c.tenant_id WHERE t.partner_id = %(partner)s
        UNION SELECT 'partners.clientsecret', s.id::text FROM partners_clientsecret s
              JOIN partners_apiclient c ON c.id = s.client_id
              JOIN partners_tenant t ON t.id = c.tenant_id WHERE t.partner_id = %(partner)s
        UNION SELECT 'partners.evidencefile', id::text FROM partners_evidencefile
              WHERE partner_id = %(partner)s
        UNION SELECT 'partners.certification', id::text FROM partners_certification
              WHERE partner_id = %(partner)s
        UNION SELECT model, row_id FROM core_rowchange
              WHERE partner_id = %(partner)s AND model <> %(players)s
    )
    SELECT a.* FROM subject s JOIN core_auditrecord a ON a.object_type = s.type AND a.object_id = s.id
    WHERE a.occurred_at < %(before)s AND a.object_type = ANY (%(seen)s)
    ORDER BY a.occurred_at DESC, a.id DESC LIMIT %(count)s
"""


def partner_timeline(
    partner: Partner, *, user: Any, before: str | None = None, count: int = COUNT
) -> Timeline:
    """Return what happened to a partner before a moment (RFC 3339; by default until now), newest first.

    A member of staff sees what concerns the records that they may see, and nothing of a partner that is not
    theirs to see. The `next` of a page is the `before` of the following one.
    """
    if not partners_of(user).filter(pk=partner.pk).exists():
        return Timeline(())
    seen = [label for label in labels_seen(user) if label != PLAYERS]
    end = moment_before(before)
    changes = RowChange.objects.filter(partner_id=partner.pk, model__in=seen)
    asked = {
        "partner": partner.pk,
        "players": PLAYERS,
        "before": end + SAME_MOMENT,
        "seen": seen,
        "count": count + MORE,
    }
    return timeline_of(
        changes,
        AuditRecord.objects.raw(_RECORDS, asked),
        user=user,
        end=end,
        count=count,
        topic=_topic,
    )


def _topic(label: str, action: str) -> Topic:
    return Topic.STAGE if action == "move partner" else _TOPICS.get(label, Topic.PARTNER)
