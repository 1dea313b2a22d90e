"""The contract about players' data (GDPR article 28): each version ends the one before."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from core.audit import record
from core.errors import Conflict
from partners.kyb import rules
from partners.kyb.models import ProcessorContract
from partners.onboarding.rules import check_country
from partners.onboarding.services.entries import lock_not_ended


class ContractVersionTaken(Conflict):
    """The partner has a contract of this version already."""

    code = "PROCESSOR_CONTRACT_EXISTS"
    message = "This version of the contract is entered already."


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """What a contract with a processor says. `places` are codes of countries (ISO 3166-1)."""

    version: str
    agreed_on: date
    subject_matter: str
    duration: str
    data_categories: str
    data_subjects: str
    places: Sequence[str]
    breach_notice_hours: int
    at_end: str
    signed_by_partner: str
    signed_by_platform: str
    transfer_ground: str = ""
    sub_processing: str = "none"
    sub_processors: str = ""


def enter_contract(
    *, partner_id: UUID, terms: ContractTerms, entered_by: int, entered_at: datetime
) -> ProcessorContract:
    """Enter a version of the contract; it ends the one before.

    Raises PartnerNotFound, BadIdentifier, ContractInvalid and ContractVersionTaken.
    """
    places = sorted({check_country(place) for place in terms.places})
    rules.check_contract(
        agreed_on=terms.agreed_on,
        places=places,
        transfer_ground=terms.transfer_ground,
        breach_notice_hours=terms.breach_notice_hours,
        sub_processing=terms.sub_processing,
        sub_processors=terms.sub_processors,
        today=entered_at.date(),
    )
    values = {**asdict(terms), "places": places}
    with transaction.atomic():
        partner = lock_not_ended(partner_id)
        if ProcessorContract.objects.filter(partner=partner, version=terms.version).exists():
            raise ContractVersionTaken
        before = ProcessorContract.objects.filter(partner=partner, ended_at=None).first()
        if before is not None:
            before.ended_at = entered_at
            before.save(update_fields=["ended_at"])
        contract = ProcessorContract.objects.create(
            partner=partner, entered_by_id=entered_by, entered_at=entered_at, **values
        )
        record(
            action="enter processor contract",
            subject=contract,
            recorded_at=entered_at,
            before=None if before is None else {"version": before.version},
            after={**values, "agreed_on": terms.agreed_on.isoformat()},
        )
    return contract
