"""Companies of the demo that are on their way to production, so that the office has something to show.

They are invented, and went their way by the same services as any partner, in the weeks before. Seeding enters
those that are missing, by name, and leaves alone what staff have done with the others.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from core.audit import acting
from core.models import StaffUser
from partners.compliance.models import EvidenceFile
from partners.compliance.services import accept_evidence, reject_evidence
from partners.models import Partner, Tenant
from partners.onboarding.services import (
    add_contact,
    add_licence,
    add_owner,
    decline_partner,
    enter_company,
    move_partner,
    pause_partner,
    register_partner,
    write_note,
)
from partners.onboarding.stages import WAY, Area, Stage
from partners.services import change_partner, create_client, issue_secret
from partners.showcase.papers import hand_in_papers

MANAGERS: Final = ("account_manager", "account_manager_2")
REVIEWER: Final = "compliance"
LASTING: Final = timedelta(days=300)
"""How long a document of the showcase is good for, unless its company says otherwise."""


@dataclass(frozen=True, slots=True)
class Showcased:
    """A company: who and where it is, how far it came, and since when (days before the seeding)."""

    name: str
    address: str
    country: str
    currency: str
    stage: Stage
    days: int
    tier: str = "standard"
    ends: str = ""
    """`declined` or `paused`: what became of it after its stage."""
    lasting: timedelta = LASTING


COMPANIES: Final = (
    Showcased("Northlight Play", "4 Quay Road, Sliema", "MT", "EUR", Stage.REGISTERED, 2),
    Showcased("Harbourline Bets", "18 Dock Lane, Leeds", "GB", "GBP", Stage.COMPLIANCE, 9, tier="premium"),
    Showcased("Vela Sports", "7 Windmill Square, Haarlem", "NL", "EUR", Stage.CREDENTIALS, 13),
    Showcased(
        "Solway Gaming",
        "21 Bastion Street, Valletta",
        "MT",
        "EUR",
        Stage.DEVELOPMENT,
        41,
        tier="premium",
        lasting=timedelta(days=20),
    ),
    Showcased("Tidewater Wagers", "3 Canal Row, Bristol", "GB", "GBP", Stage.COMPLIANCE, 30, ends="paused"),
    Showcased("Quarry Odds", "9 Mill Street, Gozo", "MT", "EUR", Stage.REGISTERED, 25, ends="declined"),
)


def seed_showcase(*, seeded_at: datetime) -> None:
    """Enter the companies that are not there yet; the demo's staff must be."""
    for place, company in enumerate(COMPANIES):
        if not Partner.objects.filter(name=company.name).exists():
            manager = StaffUser.objects.get(username=MANAGERS[place % len(MANAGERS)])
            _Journey(company, manager, seeded_at).go()


class _Journey:
    """One company's way, a step a day at most, by its account manager and the reviewer."""

    def __init__(self, company: Showcased, manager: StaffUser, seeded_at: datetime) -> None:
        self.company, self.manager, self.seeded_at = company, manager, seeded_at
        self.at = seeded_at - timedelta(days=company.days)
        self.today: date = seeded_at.date()

    def go(self) -> None:
        with acting(self.manager.username):
            partner = self._register()
        for stage in WAY[1 : WAY.index(self.company.stage) + 1]:
            self.at += timedelta(days=1)
            with acting(self.manager.username):
                move_partner(partner_id=partner.pk, to_stage=stage, moved_at=self.at, reason="Complete.")
                self._prepare(partner, stage)
        with acting(self.manager.username):
            self._end(partner)

    def _register(self) -> Partner:
        company = self.company
        partner = register_partner(
            name=company.name,
            country=company.country,
            currencies=(company.currency,),
            registered_at=self.at,
            tier=company.tier,
            account_manager_id=self.manager.pk,
        )
        write_note(partner_id=partner.pk, text="First call: wants to be live by spring.", written_at=self.at)
        if company.stage != Stage.REGISTERED:
            change_partner(
                partner_id=partner.pk,
                changes={"legal_name": f"{company.name} Ltd", "legal_address": company.address},
                changed_at=self.at,
            )
            enter_company(
                partner_id=partner.pk,
                registration_number=f"C {70000 + company.days}",
                jurisdictions=(company.country,),
                entered_at=self.at,
            )
            self._add_contact(partner, "management", is_primary=True)
        return partner

    def _prepare(self, partner: Partner, stage: Stage) -> None:
        """Do what the partner's next step needs, unless the company has come as far as it came."""
        last = stage == self.company.stage
        if stage == Stage.COMPLIANCE:
            self._hand_in(partner)
            self._review(partner, begun=last)
        elif stage == Stage.CREDENTIALS and not last:
            tenant = Tenant.objects.get(partner=partner)
            client = create_client(
                tenant_id=tenant.pk, name="Integration", scopes=("bets:read",), created_at=self.at
            )
            issue_secret(client_id=client.pk, issued_at=self.at)
        elif stage == Stage.DOCUMENTATION and not last:
            self._add_contact(partner, "technical")

    def _hand_in(self, partner: Partner) -> None:
        add_owner(
            partner_id=partner.pk,
            name="Majority owner",
            birth_date=date(1970, 1, 1),
            country=self.company.country,
            share_percent=Decimal(100),
            added_at=self.at,
        )
        add_licence(
            partner_id=partner.pk,
            jurisdiction=self.company.country,
            authority="Gaming Authority",
            number=f"B2C/{self.company.days}",
            issued_on=self.today - timedelta(days=200),
            expires_on=self.today + LASTING,
            added_at=self.at,
        )
        hand_in_papers(
            partner,
            address=self.company.address,
            last_day=self.today + self.company.lasting,
            at=self.at,
        )

    def _review(self, partner: Partner, *, begun: bool) -> None:
        """Accept all documents; of a review that has only begun, reject one and leave most."""
        waiting = EvidenceFile.objects.filter(partner=partner).select_related("requirement")
        waiting = waiting.order_by("requirement__area", "requirement__document_type")
        with acting(REVIEWER):
            for place, evidence in enumerate(list(waiting)):
                if not begun or (place == 0 and evidence.requirement.area != Area.KYC):
                    accept_evidence(evidence_id=evidence.pk, accepted_at=self.at + timedelta(hours=4))
                elif place == 1:
                    reject_evidence(
                        evidence_id=evidence.pk,
                        rejected_at=self.at + timedelta(hours=5),
                        reason="The second page is missing.",
                    )

    def _end(self, partner: Partner) -> None:
        at = self.at + timedelta(days=2)
        if self.company.ends == "declined":
            decline_partner(partner_id=partner.pk, declined_at=at, reason="No licence in any market.")
        elif self.company.ends == "paused":
            pause_partner(partner_id=partner.pk, paused_at=at, reason="Waits for its new licence.")

    def _add_contact(self, partner: Partner, role: str, *, is_primary: bool = False) -> None:
        add_contact(
            partner_id=partner.pk,
            name=f"{role.capitalize()} desk",
            role=role,
            email=f"{role}@{self.company.name.split()[0].lower()}.example",
            is_primary=is_primary,
            added_at=self.at,
        )
