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
        ],
    )
    def test_is_refused(self, password: str) -> None:
        with pytest.raises(ValidationError) as refused:
            validate_password(password, SOMEBODY)
        assert "password_guessable" in {each.code for each in refused.value.error_list}

    @pytest.mark.parametrize(
        "password",
        ["purple lantern seven", "correct-horse-battery-42", "Kj8-wq_2Lx9!rT", "lámpa zöld kút hegy"],
    )
    def test_is_taken(self, password: str) -> None:
        validate_password(password, SOMEBODY)
