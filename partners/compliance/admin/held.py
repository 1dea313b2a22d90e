"""All that is kept about a partner for compliance, read for its tab by one query."""

from dataclasses import dataclass
from typing import Final

from core.together import read_together
from partners.compliance import queries
from partners.compliance.models import ComplianceSuspension, EvidenceFile
from partners.kyb.models import BankAccount, KybReview, ProcessorContract, Screening
from partners.kyb.queries import present_accounts, present_contracts
from partners.models import Partner, Tenant
from partners.onboarding.models import BeneficialOwner, Certification, ComplianceArea, Director, Licence

DOCUMENTS_MAX: Final = 200
ROWS_MAX: Final = 50
CERTIFICATIONS_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Held:
    """Rows about one partner, each list in the order in which it is shown."""

    areas: list[ComplianceArea]
    documents: list[EvidenceFile]
    owners: list[BeneficialOwner]
    directors: list[Director]
    screenings: list[Screening]
    licences: list[Licence]
    accounts: list[BankAccount]
    """The present one, if there is one."""
    contracts: list[ProcessorContract]
    """The present one, if there is one."""
    reviews: list[KybReview]
    certifications: list[Certification]
    suspensions: list[ComplianceSuspension]
    production: list[Tenant]
    """The production tenant while it runs."""

    @property
    def account(self) -> BankAccount | None:
        """The partner's bank account."""
        return next(iter(self.accounts), None)

    @property
    def contract(self) -> ProcessorContract | None:
        """The contract about players' data that is in force."""
        return next(iter(self.contracts), None)


def held_by(partner: Partner) -> Held:
    """Return what is kept about a partner."""
    return Held(
        *read_together(
            ComplianceArea.objects.filter(partner=partner),
            queries.list_documents(partner_id=partner.pk)[:DOCUMENTS_MAX],
            BeneficialOwner.objects.filter(partner=partner).order_by("-share_percent", "name")[:ROWS_MAX],
            Director.objects.filter(partner=partner).order_by("name")[:ROWS_MAX],
            Screening.objects.filter(partner=partner).select_related("screened_by", "decided_by")[:ROWS_MAX],
            Licence.objects.filter(partner=partner).order_by("jurisdiction", "-issued_on")[:ROWS_MAX],
            present_accounts(partner.pk),
            present_contracts(partner.pk),
            KybReview.objects.filter(partner=partner).select_related("reviewed_by")[:ROWS_MAX],
            Certification.objects.filter(partner=partner).select_related("signed_by", "countersigned_by")[
                :CERTIFICATIONS_MAX
            ],
            ComplianceSuspension.objects.filter(partner=partner)[:CERTIFICATIONS_MAX],
            queries.active_production(partner.pk),
        )
    )
