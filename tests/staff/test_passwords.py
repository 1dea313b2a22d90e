"""Which passwords staff may choose: none that is soon guessed, by their own words or the platform's."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from core.models import StaffUser

SOMEBODY = StaffUser(username="new.person", email="new.person@staff.example", first_name="Newton")


class TestGuessable:
    @pytest.mark.parametrize(
        "password",
        [
            "password1234567",
            "b2boffice2026",
            "officeoffice1",
            "new.person12345",
            "personperson12",
            "aaaaaaaaaaaa",
            "qwertyuiop12",
            "PartnerPlatform1",
            "a" * 100,
            "correct horse battery staple",
            "Correct Horse Battery Staple!",
            "correcthorsebatterystaple",
            "correct-horse-battery-staple-1",
            "May the Force be with you",
            "To be, or not to be...",
            "P a s s w o r d 1 2 3 4",
            "q.w.e.r.t.y.u.i.o.p",
            "i love you forever",
            "new-person-support-2026",
            "Compliance trader support!",
            "the-finance-checker-7",
        ],
    )
    def test_is_refused(self, password: str) -> None:
        with pytest.raises(ValidationError) as refused:
            validate_password(password, SOMEBODY)
        found = {each.code for each in refused.value.error_list}
        assert found & {"password_guessable", "password_too_common"}

    @pytest.mark.parametrize(
        "password",
        [
            "purple lantern seven",
            "correct-horse-battery-42",
            "Kj8-wq_2Lx9!rT",
            "#!x$%&9)(=?_:;",
            "lámpa zöld kút hegy",
            "our office horse lantern",
        ],
    )
    def test_is_taken(self, password: str) -> None:
        validate_password(password, SOMEBODY)
