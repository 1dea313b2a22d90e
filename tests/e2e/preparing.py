"""What a journey finds when it begins, made as the partner and its staff would, beside a running platform.

The platform's clerk makes it, told what:

    partner STAGE MANAGER   a partner that has come to a stage, looked after by an account manager
    facts PARTNER FACT...   let requirements of onboarding hold for a partner
    document PARTNER        a document of the partner that waits for review
    documents PARTNER       every document that is asked of the partner, waiting for review
    ending PARTNER          an accepted document of the partner whose last day is in a fortnight
    settled                 a partner with a commission plan, and bets settled last month: revenue 60.00 EUR
    plan MAKER CHECKER      a commission plan, approved a moment ago, which the jobs have not agreed yet
"""

import json
import sys
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from approvals.models import ApprovalRequest, RequestStatus
from core.clock import now
from core.models import StaffUser
from partners.compliance.queries import list_requirements
from partners.models import Partner
from partners.onboarding.stages import Stage
from partners.services import change_partner
from settlement.models import Payer
from settlement.services.plans import PlanTerms, request_plan
from tests.forking import Clerk
from tests.makers import onboarding
from tests.makers.compliance import accepted, hand_in
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.settlement import Settled, make_plan, settle


def prepare(clerk: Clerk, *told: str) -> dict[str, str]:
    """Let a platform's clerk make something on it; return its `id` and `name`."""
    done = clerk.run("tests.e2e.preparing", *told)
    assert done.returncode == 0, done.stderr
    made: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return made


def main() -> None:
    """Make what the command line says, and print it as JSON."""
    match sys.argv[1:]:
        case ["partner", stage, manager]:
            made: Any = _partner(Stage(stage), manager)
        case ["facts", partner_id, *facts]:
            made = _with_facts(Partner.objects.get(pk=UUID(partner_id)), facts)
        case ["document", partner_id]:
            made = hand_in(Partner.objects.get(pk=UUID(partner_id)))
        case ["documents", partner_id]:
            made = _with_documents(Partner.objects.get(pk=UUID(partner_id)))
        case ["ending", partner_id]:
            last = now().date() + timedelta(days=14)
            made = accepted(Partner.objects.get(pk=UUID(partner_id)), expires_on=last)
        case ["settled"]:
            made = _with_settled_bets()
        case ["plan", maker, checker]:
            made = _approved_plan(maker, checker)
        case _:
            raise SystemExit(__doc__)
    print(json.dumps({"id": str(made.pk), "name": getattr(made, "name", "")}))  # noqa: T201


def _partner(stage: Stage, manager: str) -> Partner:
    made = onboarding.make_partner_at(stage)
    user = StaffUser.objects.get(username=manager)
    change_partner(partner_id=made.pk, changes={"account_manager_id": user.pk}, changed_at=now())
    return made


def _with_settled_bets() -> Partner:
    tenant = make_tenant()
    make_plan(tenant)
    settle(tenant, [Settled("100", "40", now().replace(day=1) - timedelta(days=10))])
    return tenant.partner


def _approved_plan(maker: str, checker: str) -> ApprovalRequest:
    tenant = make_tenant()
    make_plan(tenant)
    with acting_as("b2b_office"):
        at = now()
        asked = request_plan(
            tenant_id=tenant.pk,
            terms=PlanTerms(Decimal("0.20"), "EUR", Payer.PLATFORM, at.date() + timedelta(days=60)),
            reason="Agreed by letter",
            requested_by=StaffUser.objects.get(username=maker),
            requested_at=at,
        )
        ApprovalRequest.objects.filter(pk=asked.pk).update(
            status=RequestStatus.APPROVED,
            decided_by=StaffUser.objects.get(username=checker),
            decided_at=at,
            decided_digest=asked.payload_digest,
        )
    return asked


def _with_documents(partner: Partner) -> Partner:
    with acting_as("b2b_office"):
        asked = [each.document_type for each in list_requirements(partner) if each.mandatory]
    for document_type in asked:
        hand_in(partner, document_type)
    return partner


def _with_facts(partner: Partner, facts: list[str]) -> Partner:
    with acting_as("b2b_office"):
        for fact in facts:
            onboarding.meet(partner.pk, fact)
    return partner
