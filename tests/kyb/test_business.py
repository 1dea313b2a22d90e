"""A partner's bank account, periodic review and contract on players' data."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.db import IntegrityError, ProgrammingError, connection, transaction

from approvals.rules import AskingNotAllowed, NothingProposed
from core.clock import now
from core.letters import PAUSES
from core.models import RowChange
from partners.kyb import queries, services
from partners.kyb.models import KybReminder
from partners.kyb.processors import list_processor_contracts
from partners.kyb.rules import (
    BankAccountIncomplete,
    BankAccountMoved,
    BankAccountSecondPerson,
    BankAccountVerified,
    ContractInvalid,
    HolderDiffers,
)
from partners.kyb.services.accounts import check_bank_account
from partners.kyb.services.contracts import ContractVersionTaken
from partners.kyb.services.reviews import FindingsMissing
from partners.models import Partner, Tenant
from partners.onboarding.models import Licence
from partners.onboarding.queries import list_facts
from partners.onboarding.rules import BadIdentifier
from partners.onboarding.stages import Stage
from partners.services import change_partner
from tests.makers.business import (
    BIC,
    IBAN,
    approve_account,
    enter_account,
    enter_terms,
    make_officer,
)
from tests.makers.mail import serving_mail
from tests.makers.onboarding import make_partner_at, meet, register
from tests.makers.roles import acting_as
from tests.makers.staff import make_user

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_office")]
OTHER_IBAN = "DE89370400440532013000"


def run(sql: str, *params: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)


def fact(partner_id: UUID, name: str) -> bool:
    return list_facts([partner_id])[partner_id][name]


def named() -> Partner:
    """Return a partner with a legal name: Partner Ltd."""
    partner = register()
    meet(partner.pk, "company")
    partner.refresh_from_db()
    return partner


def verify(account_id: UUID, by: int | None = None, **values: Any) -> None:
    services.verify_bank_account(
        account_id=account_id,
        verification="payee_check",
        verified_by=by or make_officer().pk,
        verified_at=now(),
        **values,
    )


class TestBankAccount:
    def test_two_people_enter_it_and_a_third_look_verifies_it(self) -> None:
        partner = named()
        account = approve_account(partner.pk)
        assert (account.iban, account.country, account.verified_at) == (IBAN, "MT", None)
        assert account.entered_by_id != account.approved_by_id
        assert not fact(partner.pk, "bank_account")
        with pytest.raises(BankAccountSecondPerson):
            verify(account.pk, by=account.entered_by_id)
        verify(account.pk)
        assert fact(partner.pk, "bank_account")
        with pytest.raises(BankAccountVerified):
            verify(account.pk)

    def test_holder_is_compared_with_the_legal_name(self) -> None:
        account = approve_account(named().pk, holder="PARTNER LIMITED")
        verify(account.pk)
        stranger = approve_account(named().pk, holder="Somebody Else Ltd")
        with pytest.raises(HolderDiffers):
            verify(stranger.pk)
        verify(stranger.pk, holder_difference="The group's treasury holds it; letter of 1 March.")

    def test_change_is_unverified_until_it_is_verified(self) -> None:
        partner = named()
        enter_account(partner.pk)
        account = approve_account(partner.pk, iban=OTHER_IBAN)
        assert account.country == "DE"
        assert not fact(partner.pk, "bank_account")
        verify(account.pk)
        assert fact(partner.pk, "bank_account")
        assert partner.bank_accounts.filter(ended_at=None).count() == 1

    def test_new_legal_name_makes_it_unverified(self) -> None:
        partner = named()
        account = enter_account(partner.pk)
        change_partner(partner_id=partner.pk, changes={"legal_name": "Renamed Ltd"}, changed_at=now())
        assert not fact(partner.pk, "bank_account")
        with pytest.raises(HolderDiffers):
            verify(account.pk)

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"iban": "MT84MALT011000012345MTLCAST001X"}, BadIdentifier),
            ({"bic": "NOBIC"}, BadIdentifier),
            ({"holder": " "}, BankAccountIncomplete),
        ],
    )
    def test_numbers_are_checked(self, changes: dict[str, str], refusal: type[Exception]) -> None:
        asked = {"holder": "Partner Ltd", "iban": IBAN, "bic": BIC, **changes}
        with pytest.raises(refusal):
            services.request_bank_account(
                partner_id=named().pk,
                reason="x",
                requested_by=make_user("partners.add_bankaccount"),
                requested_at=now(),
                **asked,
            )

    def ask(self, partner: Partner, *permissions: str, iban: str = IBAN) -> Any:
        return services.request_bank_account(
            partner_id=partner.pk,
            holder="Partner Ltd",
            iban=iban,
            bic=BIC,
            reason="x",
            requested_by=make_user(*permissions),
            requested_at=now(),
        )

    def test_asking_takes_its_permission_and_a_change(self) -> None:
        partner = named()
        with pytest.raises(AskingNotAllowed):
            self.ask(partner)
        enter_account(partner.pk)
        with pytest.raises(NothingProposed):
            self.ask(partner, "partners.add_bankaccount")

    def test_request_is_void_when_the_account_has_moved(self) -> None:
        partner = named()
        request = self.ask(partner, "partners.add_bankaccount", iban=OTHER_IBAN)
        request.payload = {**request.payload, "present": {"holder": "Somebody", "iban": IBAN, "bic": BIC}}
        assert isinstance(check_bank_account(request), BankAccountMoved)

    def test_database_refuses_what_nobody_approved(self) -> None:
        partner = named()
        with pytest.raises(ProgrammingError, match="by two people"):
            run(
                "INSERT INTO partners_bankaccount (id, partner_id, holder, iban, bic, country, entered_at, "
                "verification, verified_name, holder_difference) "
                "VALUES (core_uuid7(), %s, 'Partner Ltd', %s, %s, 'MT', now(), '', '', '')",
                partner.pk,
                IBAN,
                BIC,
            )
        account = enter_account(partner.pk)
        with pytest.raises(ProgrammingError, match="permission denied"):
            run("UPDATE partners_bankaccount SET iban = %s WHERE id = %s", OTHER_IBAN, account.pk)
        with pytest.raises(IntegrityError, match="never_verifies"):
            run("UPDATE partners_bankaccount SET verified_by_id = entered_by_id WHERE id = %s", account.pk)


class TestReview:
    def enter(self, partner: Partner, days_ago: int = 0) -> None:
        services.enter_review(
            partner_id=partner.pk,
            findings="All as before.",
            reviewed_by=make_officer().pk,
            reviewed_at=now() - timedelta(days=days_ago),
        )

    @pytest.mark.parametrize(("risk", "days"), [("high", 365), ("standard", 730), ("low", 1095)])
    def test_is_due_again_by_risk(self, risk: str, days: int) -> None:
        partner = register()
        change_partner(partner_id=partner.pk, changes={"risk_profile": risk}, changed_at=now())
        assert not fact(partner.pk, "kyb_review")
        self.enter(partner, days_ago=days)
        assert not fact(partner.pk, "kyb_review")
        self.enter(partner, days_ago=days - 1)
        assert fact(partner.pk, "kyb_review")

    def test_higher_risk_brings_it_forward(self) -> None:
        partner = register()
        self.enter(partner, days_ago=400)
        assert fact(partner.pk, "kyb_review")
        change_partner(partner_id=partner.pk, changes={"risk_profile": "high"}, changed_at=now())
        assert not fact(partner.pk, "kyb_review")

    def test_says_what_was_found_and_stays(self) -> None:
        partner = register()
        with pytest.raises(FindingsMissing):
            services.enter_review(
                partner_id=partner.pk, findings=" ", reviewed_by=make_officer().pk, reviewed_at=now()
            )
        self.enter(partner)
        with pytest.raises(ProgrammingError, match="permission denied"):
            run("UPDATE partners_kybreview SET findings = 'x' WHERE partner_id = %s", partner.pk)

    def test_overdue_stops_production_after_the_grace_until_it_is_done(self) -> None:
        partner = make_partner_at(Stage.LIVE)
        tenant = Tenant.objects.get(partner=partner, kind="production")
        at = now() + timedelta(days=730 + 14)
        assert queries.list_lapses([partner.pk], at=now()) == []
        with acting_as("b2b_jobs"):
            services.suspend_lapsed_kyb(at=at)
        tenant.refresh_from_db()
        assert tenant.status == "suspended"
        assert "review" in partner.compliance_suspensions.get(lifted_at=None).reason

    def test_letters_go_out_before_it_ends_once_each(self) -> None:
        partner = make_partner_at(Stage.LIVE)
        officer = make_user(roles=("compliance",))
        ends = now() + timedelta(days=730)
        with acting_as("b2b_jobs"):
            for days in (31, 30, 29, 7, 0):
                services.enter_kyb_reminders(at=ends - timedelta(days=days))
                services.send_kyb_reminders(at=ends - timedelta(days=days))
        found = KybReminder.objects.filter(partner=partner, what="review").order_by("days")
        assert list(found.values_list("days", "state")) == [(0, "sent"), (7, "sent"), (30, "sent")]
        letters = [each for each in mail.outbox if each.subject.startswith(f"{partner.name}: review")]
        assert len(letters) == 3
        assert all(officer.email in each.to for each in letters)

    def test_letter_that_is_overtaken_is_dropped(self) -> None:
        partner = make_partner_at(Stage.LIVE)
        make_user(roles=("compliance",))
        ends = now() + timedelta(days=730)
        with acting_as("b2b_jobs"):
            for days in (30, 7):
                services.enter_kyb_reminders(at=ends - timedelta(days=days))
            services.send_kyb_reminders(at=now())
            found = KybReminder.objects.filter(partner=partner, what="review").order_by("days")
            assert list(found.values_list("days", "state")) == [(7, "sent"), (30, "dropped")]
            services.enter_kyb_reminders(at=ends)
        self.enter(partner)
        change_partner(partner_id=partner.pk, changes={"risk_profile": "high"}, changed_at=now())
        with acting_as("b2b_jobs"):
            services.send_kyb_reminders(at=now())
        assert found.get(days=0).state == "dropped"
        assert len([each for each in mail.outbox if each.subject.startswith(f"{partner.name}: review")]) == 1

    def test_letter_that_the_mail_server_refused_is_sent_again(self, settings: Any) -> None:
        partner = make_partner_at(Stage.LIVE)
        make_user(roles=("compliance",))
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        with acting_as("b2b_jobs"), serving_mail(refuses=partner.name) as server:
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
            services.enter_kyb_reminders(at=now() + timedelta(days=701))
            reminder = KybReminder.objects.get(partner=partner, what="review")
            services.send_kyb_reminders(at=now())
            reminder.refresh_from_db()
            assert (reminder.state, reminder.attempts) == ("failed", 1)
            assert "451" in reminder.failure
            services.send_kyb_reminders(at=now())
            reminder.refresh_from_db()
            assert reminder.attempts == 1
            services.send_kyb_reminders(at=now() + PAUSES[0])
            services.send_kyb_reminders(at=now() + PAUSES[-1])
        reminder.refresh_from_db()
        assert (reminder.state, reminder.attempts, reminder.failure) == ("sent", 2, "")
        about = [each for each in server.taken if f"{partner.name}: review" in each["Subject"]]
        assert len(about) == 1


class TestLicence:
    def test_expired_stops_production_after_the_grace(self) -> None:
        partner = make_partner_at(Stage.LIVE)
        tenant = Tenant.objects.get(partner=partner, kind="production")
        Licence.objects.filter(partner=partner).update(expires_on=now().date() - timedelta(days=10))
        with acting_as("b2b_jobs"):
            services.suspend_lapsed_kyb(at=now())
            tenant.refresh_from_db()
            assert tenant.status == "active"
            services.suspend_lapsed_kyb(at=now() + timedelta(days=5))
        tenant.refresh_from_db()
        assert tenant.status == "suspended"
        assert "licence" in partner.compliance_suspensions.get(lifted_at=None).reason


class TestProcessorContract:
    def test_next_version_ends_the_one_before(self) -> None:
        partner = register()
        assert not fact(partner.pk, "processor_contract")
        enter_terms(partner.pk)
        assert fact(partner.pk, "processor_contract")
        enter_terms(partner.pk, version="2", breach_notice_hours=12)
        found = queries.find_contract(partner.pk)
        assert found is not None
        assert (found.version, found.breach_notice_hours) == ("2", 12)
        assert partner.processor_contracts.exclude(ended_at=None).get().version == "1"
        with pytest.raises(ContractVersionTaken):
            enter_terms(partner.pk, version="1")

    def test_transfer_needs_its_ground(self) -> None:
        with pytest.raises(ContractInvalid):
            enter_terms(register().pk, places=("us",))
        made = enter_terms(register().pk, places=("us", "mt"), transfer_ground="clauses")
        assert made.places == ["MT", "US"]

    def test_is_in_the_row_history_and_never_edited(self) -> None:
        partner = register()
        made = enter_terms(partner.pk)
        assert RowChange.objects.filter(
            model="partners.processorcontract", row_id=str(made.pk), partner_id=partner.pk
        ).exists()
        with pytest.raises(ProgrammingError, match="permission denied"):
            run("UPDATE partners_processorcontract SET version = '3' WHERE id = %s", made.pk)

    def test_register_has_each_partner_and_says_who_lacks_one(self) -> None:
        partner, lacking = register(), register()
        enter_terms(partner.pk, agreed_on=date(2026, 1, 2))
        text = "\n".join(list_processor_contracts())
        assert f"### {partner.name}" in text
        assert "* Agreed: version 1 of 2026-01-02" in text
        assert f"| {lacking.name} | missing |" in text
        assert "Ann" not in text
