"""The register of those for whom the platform processes players' data (GDPR article 30(2)), as text."""

from collections.abc import Iterator

from partners.kyb.models import ProcessorContract
from partners.models import Partner
from partners.onboarding.stages import ENDED


def list_processor_contracts() -> Iterator[str]:
    """Return the present contract of each partner as lines of Markdown, then the partners that lack one.

    It names companies and terms, and no person: who signed stands on the partner's page.
    """
    contracts = ProcessorContract.objects.filter(ended_at=None).select_related("partner")
    yield "## Controllers for whom players' data are processed"
    yield ""
    for contract in contracts.order_by("partner__name"):
        yield from _section(contract)
    lacking = Partner.objects.exclude(processor_contracts__ended_at=None, processor_contracts__isnull=False)
    lacking = lacking.exclude(stage__in=ENDED)
    yield "| Partner without a contract | Contract | Stage |"
    yield "|---|---|---|"
    for partner in lacking.order_by("name"):
        yield f"| {_cell(partner.name)} | missing | {partner.get_stage_display()} |"


def _section(contract: ProcessorContract) -> Iterator[str]:
    partner = contract.partner
    also = f": {_cell(contract.sub_processors)}" if contract.sub_processors else ""
    yield f"### {_cell(partner.name)}"
    yield ""
    yield f"* Controller: {_cell(partner.legal_name or partner.name)}, {partner.country}"
    yield f"* Agreed: version {_cell(contract.version)} of {contract.agreed_on}"
    yield f"* Subject matter: {_cell(contract.subject_matter)}"
    yield f"* Duration: {_cell(contract.duration)}"
    yield f"* Categories of data: {_cell(contract.data_categories)}"
    yield f"* Categories of people: {_cell(contract.data_subjects)}"
    yield f"* Sub-processors: {contract.get_sub_processing_display()}{also}"
    yield f"* Data are in: {', '.join(contract.places)}"
    yield f"* Ground of transfer: {contract.get_transfer_ground_display() or 'none needed'}"
    yield f"* Tells of a breach within: {contract.breach_notice_hours} hours"
    yield f"* At the end: {contract.get_at_end_display()}"
    yield ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")
