"""Days about a partner: a mistyped year is refused by the services, and by the database below them."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, InternalError, transaction

from core.clock import now
from core.days import DayInvalid, check_end, check_past
from partners.kyb.models import ProcessorContract, Screening
from partners.onboarding import services
from partners.onboarding.models import BeneficialOwner, Director
from tests.makers.business import enter_terms, make_officer, screen
from tests.makers.onboarding import meet, register

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed")]
TODAY = date(2026, 3, 1)


class TestCheckPast:
    @pytest.mark.parametrize("day", [date(1, 1, 1), date(1900, 1, 1), TODAY + timedelta(days=1)])
    def test_refuses_what_cannot_be(self, day: date) -> None:
        with pytest.raises(DayInvalid) as caught:
            check_past(day, field="issued_on", today=TODAY)
        assert caught.value.details == {"field": "issued_on"}

    def test_takes_today_and_nothing(self) -> None:
        check_past(TODAY, field="issued_on", today=TODAY)
        check_past(None, field="issued_on", today=TODAY)


class TestCheckEnd:
    @pytest.mark.parametrize("day", [date(1, 1, 1), date(9999, 12, 31)])
    def test_refuses_what_cannot_be(self, day: date) -> None:
        with pytest.raises(DayInvalid):
            check_end(day, field="expires_on", today=TODAY)


class TestEndOfAPerson:
    def test_lies_between_birth_and_today_and_tells_nobody_of_the_birth(self) -> None:
        partner = register()
        owner = services.add_owner(
            partner_id=partner.pk,
            name="Ada Canary",
            birth_date=date(1970, 1, 2),
            country="MT",
            share_percent=Decimal(30),
            added_at=now(),
        )
        for day in (date(1970, 1, 1), now().date() + timedelta(days=1)):
            with pytest.raises(DayInvalid) as caught:
                services.end_owner(owner_id=owner.pk, ended_on=day, ended_at=now())
            assert "1970-01-02" not in caught.value.message
        with pytest.raises(IntegrityError, match="an_owner_leaves_after_being_born"), transaction.atomic():
            BeneficialOwner.objects.filter(pk=owner.pk).update(owner_until=date(1, 1, 1))


class TestDatabase:
    def test_no_director_is_born_before_1900(self) -> None:
        partner = register()
        meet(partner.pk, "directors")
        with pytest.raises(IntegrityError, match="a_director_is_born_after_1900"), transaction.atomic():
            Director.objects.filter(partner=partner).update(birth_date=date(1, 1, 1))

    def test_no_contract_is_older_than_the_gdpr(self) -> None:
        made = enter_terms(register().pk)
        row = {name: getattr(made, name) for name in ("partner_id", "subject_matter", "duration", "places")}
        rest = ("data_categories", "data_subjects", "sub_processing", "breach_notice_hours", "at_end")
        row |= {name: getattr(made, name) for name in (*rest, "signed_by_partner", "signed_by_platform")}
        with pytest.raises(IntegrityError, match="no_older_than_the_gdpr"), transaction.atomic():
            ProcessorContract.objects.create(
                **{**row, "partner_id": register().pk},
                version="1",
                agreed_on=date(1, 1, 1),
                entered_by=make_officer(),
                entered_at=now(),
            )

    @pytest.mark.parametrize("days", [-32, 1])
    def test_lists_are_of_the_time_of_the_screening(self, days: int) -> None:
        partner = register()
        meet(partner.pk, "company")
        made = screen(partner.pk)
        with pytest.raises((IntegrityError, InternalError), match="lists of its time"), transaction.atomic():
            Screening.objects.create(
                partner=partner,
                name=made.name,
                lists=["eu"],
                lists_on=now().date() + timedelta(days=days),
                result="clear",
                screened_by=make_officer(),
                screened_at=now(),
            )
