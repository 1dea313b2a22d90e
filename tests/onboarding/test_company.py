"""A partner's company and its people: identifiers that are one, shares that add up, notes that stay."""

from datetime import UTC, date, datetime
from decimal import Decimal
from secrets import token_hex
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from core.audit import acting
from core.clock import now
from partners.onboarding import services
from partners.onboarding.models import BeneficialOwner, Certification, Company, Contact
from partners.onboarding.rules import (
    BadIdentifier,
    BirthDateInvalid,
    DirectorUnderAge,
    EmailInvalid,
    PhoneInvalid,
    ShareInvalid,
    check_bic,
    check_birth_date,
    check_country,
    check_iban,
    check_jurisdictions,
    check_lei,
    check_phone,
    check_vat_number,
    is_under_age,
)
from partners.onboarding.services.certification import CertificationClosed, SecondPersonNeeded
from partners.onboarding.services.company import (
    ContactTaken,
    LicenceTaken,
    SharesAboveWhole,
)
from partners.onboarding.services.notes import NoteEmpty
from partners.services import change_partner
from tests.makers.onboarding import certify, make_staff_user, meet, register

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_office")]


def run(sql: str, *params: str | UUID) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)


def add_owner(partner_id: UUID, share: str) -> BeneficialOwner:
    return services.add_owner(
        partner_id=partner_id,
        name=f"Owner {token_hex(4)}",
        birth_date=date(1970, 1, 1),
        country="MT",
        share_percent=Decimal(share),
        added_at=now(),
    )


class TestIdentifiers:
    @pytest.mark.parametrize(
        ("number", "country"),
        [("MT10000034", "MT"), ("EL094259216", "GR"), ("DE136695976", "DE"), ("", "MT"), ("12345", "CW")],
    )
    def test_good_vat_numbers_pass(self, number: str, country: str) -> None:
        check_vat_number(number, country)

    @pytest.mark.parametrize(
        ("number", "country"),
        [("MT10000035", "MT"), ("DE136695976", "MT"), ("XX1", "GB")],
    )
    def test_bad_vat_numbers_are_refused(self, number: str, country: str) -> None:
        with pytest.raises(BadIdentifier):
            check_vat_number(number, country)

    def test_identifiers_are_stored_in_one_form(self) -> None:
        assert check_iban("mt84 malt 0110 0001 2345 mtlc ast0 01s") == "MT84MALT011000012345MTLCAST001S"
        assert check_bic("maltmtmt") == "MALTMTMT"
        assert check_lei("213800KUD8LAJWSQ9D15") == "213800KUD8LAJWSQ9D15"
        assert check_jurisdictions(["us-nj", "MT", "mt"]) == ["MT", "US-NJ"]

    def test_wrong_check_digits_are_refused(self) -> None:
        for check, text in (
            (check_iban, "MT85MALT011000012345MTLCAST001S"),
            (check_bic, "MALT"),
            (check_lei, "213800KUD8LAJWSQ9D16"),
        ):
            with pytest.raises(BadIdentifier):
                check(text)
        with pytest.raises(BadIdentifier):
            check_jurisdictions(["Malta"])

    @pytest.mark.parametrize("text", ["XX", "M", "", "MTA", "EU"])
    def test_what_is_no_country_is_refused(self, text: str) -> None:
        for check in (check_country, lambda code: check_jurisdictions([code])):
            with pytest.raises(BadIdentifier):
                check(text)
        assert check_country(" mt ") == "MT"

    def test_partner_is_of_a_country(self) -> None:
        with pytest.raises(BadIdentifier):
            services.register_partner(name="Nowhere", country="XX", currencies=("EUR",), registered_at=now())
        with pytest.raises(BadIdentifier):
            change_partner(partner_id=register().pk, changes={"country": "XX"}, changed_at=now())


class TestEnterCompany:
    def test_second_entry_changes_the_first(self) -> None:
        partner = register()
        for number in ("C 1", "C 2"):
            services.enter_company(
                partner_id=partner.pk,
                registration_number=number,
                jurisdictions=("MT",),
                entered_at=now(),
            )
        assert Company.objects.get(partner=partner).registration_number == "C 2"

    def test_database_refuses_what_is_no_identifier(self) -> None:
        partner = register()
        meet(partner.pk, "company")
        with pytest.raises(IntegrityError):
            run("UPDATE partners_company SET lei = 'x' WHERE partner_id = %s", partner.pk)


class TestContactNumbers:
    @pytest.mark.parametrize("phone", ["+35621234567", "+356 2123 4567", "+1 202 555 0100", ""])
    def test_phone_numbers_pass(self, phone: str) -> None:
        assert check_phone(f" {phone} ") == phone

    @pytest.mark.parametrize("phone", ["21234567", "+0356 2123", "+356-2123", "+" + "1" * 16, "javascript:1"])
    def test_what_is_no_phone_number_is_refused(self, phone: str) -> None:
        with pytest.raises(PhoneInvalid):
            check_phone(phone)

    @pytest.mark.parametrize("email", ["javascript:alert(1)", "ada@", "a b@c.example"])
    def test_service_refuses_what_is_no_address(self, email: str) -> None:
        with pytest.raises(EmailInvalid):
            services.add_contact(
                partner_id=register().pk, name="Ada", role="technical", email=email, added_at=now()
            )

    @pytest.mark.parametrize("change", ["phone = 'call me'", "email = 'javascript:alert(1)'"])
    def test_database_refuses_them_by_itself(self, change: str) -> None:
        partner = register()
        meet(partner.pk, "primary_contact")
        with pytest.raises(IntegrityError):
            run(f"UPDATE partners_contact SET {change} WHERE partner_id = %s", partner.pk)


class TestDirectors:
    @pytest.mark.parametrize(
        ("birth_date", "today", "under_age"),
        [
            (date(2008, 3, 1), date(2026, 3, 1), False),
            (date(2008, 3, 2), date(2026, 3, 1), True),
            (date(2008, 2, 29), date(2026, 2, 28), True),
            (date(2008, 2, 29), date(2026, 3, 1), False),
        ],
    )
    def test_are_of_age_on_their_birthday(self, birth_date: date, today: date, under_age: bool) -> None:
        assert is_under_age(birth_date, today=today) is under_age

    def test_under_age_is_refused(self) -> None:
        partner = register()
        at = datetime(2026, 3, 1, tzinfo=UTC)
        young = date(2008, 3, 2)
        with pytest.raises(DirectorUnderAge):
            services.add_director(
                partner_id=partner.pk, name="Heir", birth_date=young, country="MT", added_at=at
            )
        director = services.add_director(
            partner_id=partner.pk, name="Ada", birth_date=date(1970, 1, 1), country="MT", added_at=at
        )
        with pytest.raises(DirectorUnderAge):
            services.change_director(director_id=director.pk, changes={"birth_date": young}, changed_at=at)


class TestOwners:
    @pytest.mark.parametrize("birth_date", [date(2030, 1, 1), date(1899, 12, 31)])
    def test_owner_was_born_in_living_memory(self, birth_date: date) -> None:
        with pytest.raises(BirthDateInvalid):
            check_birth_date(birth_date, today=date(2026, 3, 1))
        partner = register()
        with pytest.raises(BirthDateInvalid):
            services.add_owner(
                partner_id=partner.pk,
                name="Owner",
                birth_date=birth_date,
                country="MT",
                share_percent=Decimal(30),
                added_at=datetime(2026, 3, 1, tzinfo=UTC),
            )
        with pytest.raises(BirthDateInvalid):
            services.change_owner(
                owner_id=add_owner(partner.pk, "30").pk,
                changes={"birth_date": birth_date},
                changed_at=datetime(2026, 3, 1, tzinfo=UTC),
            )

    def test_shares_add_up_to_the_whole_at_most(self) -> None:
        partner = register()
        add_owner(partner.pk, "60")
        owner = add_owner(partner.pk, "40")
        with pytest.raises(SharesAboveWhole):
            add_owner(partner.pk, "0.001")
        with pytest.raises(SharesAboveWhole):
            services.change_owner(
                owner_id=owner.pk, changes={"share_percent": Decimal("40.001")}, changed_at=now()
            )
        with pytest.raises(IntegrityError, match="at most 100 percent"):
            run("UPDATE partners_beneficialowner SET share_percent = 41 WHERE id = %s", owner.pk)

    @pytest.mark.parametrize("share", ["0", "-1", "0.0001", "100.001", "1e30"])
    def test_share_is_a_part_of_the_whole(self, share: str) -> None:
        partner = register()
        owner = add_owner(partner.pk, "40")
        with pytest.raises(ShareInvalid):
            add_owner(partner.pk, share)
        with pytest.raises(ShareInvalid):
            services.change_owner(
                owner_id=owner.pk, changes={"share_percent": Decimal(share)}, changed_at=now()
            )

    def test_former_owner_makes_room(self) -> None:
        partner = register()
        owner = add_owner(partner.pk, "100")
        services.end_owner(owner_id=owner.pk, ended_on=date(2026, 1, 1), ended_at=now())
        assert add_owner(partner.pk, "100").pk


class TestContacts:
    def test_new_primary_contact_replaces_the_former(self) -> None:
        partner = register()
        meet(partner.pk, "primary_contact")
        meet(partner.pk, "primary_contact")
        assert Contact.objects.filter(partner=partner, is_primary=True).count() == 1
        with pytest.raises(IntegrityError):
            run("UPDATE partners_contact SET is_primary = true WHERE partner_id = %s", partner.pk)

    def test_address_is_entered_once_a_role(self) -> None:
        partner = register()
        for email in ("a@example.com", "A@example.com"):
            if email == "A@example.com":
                with pytest.raises(ContactTaken):
                    self._add(partner.pk, email)
            else:
                self._add(partner.pk, email)

    def test_who_is_gone_is_not_primary(self) -> None:
        partner = register()
        meet(partner.pk, "primary_contact")
        contact = Contact.objects.get(partner=partner)
        changed = services.change_contact(
            contact_id=contact.pk, changes={"is_active": False}, changed_at=now()
        )
        assert (changed.is_active, changed.is_primary) == (False, False)

    def _add(self, partner_id: UUID, email: str) -> None:
        services.add_contact(
            partner_id=partner_id,
            name="Contact",
            role="finance",
            email=email,
            added_at=now(),
        )


class TestLicences:
    def test_licence_is_entered_once(self) -> None:
        partner = register()
        meet(partner.pk, "licences")
        with pytest.raises(LicenceTaken):
            meet(partner.pk, "licences")


class TestNotes:
    def test_note_has_its_author(self) -> None:
        with acting("anna"):
            note = services.write_note(partner_id=register().pk, text=" Called. ", written_at=now())
        assert (note.author, note.text) == ("anna", "Called.")

    def test_empty_note_is_refused(self) -> None:
        with pytest.raises(NoteEmpty):
            services.write_note(partner_id=register().pk, text=" ", written_at=now())


class TestCertification:
    def test_first_person_does_not_sign_second(self) -> None:
        partner, person = register(), make_staff_user()
        signed = services.sign_certification(
            partner_id=partner.pk,
            tested_on=date(2026, 3, 1),
            notes="Passed.",
            evidence="Report",
            signed_by=person.pk,
            signed_at=now(),
        )
        with pytest.raises(SecondPersonNeeded):
            services.countersign_certification(
                certification_id=signed.pk, countersigned_by=person.pk, countersigned_at=now()
            )
        with pytest.raises(IntegrityError, match="a_certification_is_signed_by_two_people"):
            run(
                "UPDATE partners_certification SET countersigned_by_id = signed_by_id, "
                "countersigned_at = now() WHERE id = %s",
                signed.pk,
            )

    def test_what_was_signed_stays(self) -> None:
        certification = certify(register().pk)
        for change in ("notes = 'Other'", "signed_at = now()", "countersigned_at = now()"):
            with pytest.raises(IntegrityError):
                run(f"UPDATE partners_certification SET {change} WHERE id = %s", certification.pk)
        with pytest.raises(CertificationClosed):
            services.countersign_certification(
                certification_id=certification.pk,
                countersigned_by=make_staff_user().pk,
                countersigned_at=now(),
            )

    def test_certification_does_not_begin_with_two_signatures(self) -> None:
        first, second = make_staff_user(), make_staff_user()
        with pytest.raises(IntegrityError, match="begins with one signature"):
            Certification.objects.create(
                partner=register(),
                tested_on=date(2026, 3, 1),
                notes="Passed.",
                evidence="Report",
                signed_by=first,
                signed_at=now(),
                countersigned_by=second,
                countersigned_at=now(),
            )
