"""Know your business: names, periods, what a screening and a contract must say."""

from datetime import date

import pytest
from django.db import connection

from partners.kyb import rules

TODAY = date(2026, 3, 1)


class TestIsSameName:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("Wager Works Ltd", "WAGER WORKS LIMITED"),
            ("Société Générale S.A.", "Societe Generale SA"),
            ("Müller und Sohn AG", "Muller & Sohn Aktiengesellschaft"),
            ("A, B and Company Inc.", "A B & Co Incorporated"),
        ],
    )
    def test_writing_makes_no_difference(self, one: str, other: str) -> None:
        assert rules.is_same_name(one, other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [("Wager Works Ltd", "Wager Works Inc"), ("Wager Works", "Wager Work"), ("", ""), ("...", "")],
    )
    def test_other_names_differ(self, one: str, other: str) -> None:
        assert not rules.is_same_name(one, other)


class TestCheckScreening:
    def check(self, **changes: object) -> None:
        rules.check_screening(
            **{  # type: ignore[arg-type]
                "result": "clear",
                "lists": ("eu", "un"),
                "required": ("eu",),
                "lists_on": TODAY,
                "found": "",
                "was_confirmed": False,
                "today": TODAY,
                **changes,
            }
        )

    def test_clear_result_passes(self) -> None:
        self.check()

    def test_clear_result_says_in_which_lists_to_look_too(self) -> None:
        with pytest.raises(rules.ScreeningInvalid, match="look in UN, OFAC too"):
            self.check(lists=("eu",), required=("eu", "un", "ofac"))

    def test_match_may_be_found_in_one_list(self) -> None:
        self.check(result="possible_match", found="A name like it", lists=("ofac",), required=("eu", "ofac"))

    @pytest.mark.parametrize(
        "changes",
        [
            {"lists": ()},
            {"required": ("eu", "ofac")},
            {"lists_on": date(2026, 3, 2)},
            {"found": "Something"},
            {"result": "possible_match"},
            {"result": "confirmed_match", "found": "  "},
            {"was_confirmed": True},
        ],
    )
    def test_what_is_no_screening_is_refused(self, changes: dict[str, object]) -> None:
        with pytest.raises(rules.ScreeningInvalid):
            self.check(**changes)


class TestCheckContract:
    def check(self, **changes: object) -> None:
        rules.check_contract(
            **{  # type: ignore[arg-type]
                "agreed_on": TODAY,
                "places": ("MT",),
                "transfer_ground": "",
                "breach_notice_hours": 24,
                "sub_processing": "none",
                "sub_processors": "",
                "today": TODAY,
                **changes,
            }
        )

    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"places": ("MT", "GB"), "transfer_ground": "adequacy"},
            {"sub_processing": "listed", "sub_processors": "Hosting: Example GmbH, DE"},
        ],
    )
    def test_whole_terms_pass(self, changes: dict[str, object]) -> None:
        self.check(**changes)

    @pytest.mark.parametrize(
        "changes",
        [
            {"agreed_on": date(2026, 3, 2)},
            {"agreed_on": date(2016, 5, 23)},
            {"agreed_on": date(1, 1, 1)},
            {"places": ()},
            {"places": ("US",)},
            {"transfer_ground": "clauses"},
            {"breach_notice_hours": 73},
            {"breach_notice_hours": 0},
            {"sub_processing": "general"},
            {"sub_processors": "Somebody"},
        ],
    )
    def test_terms_that_lack_something_are_refused(self, changes: dict[str, object]) -> None:
        with pytest.raises(rules.ContractInvalid):
            self.check(**changes)


@pytest.mark.role("b2b_office")
@pytest.mark.usefixtures("committed")
class TestPeriods:
    def test_database_says_the_same(self) -> None:
        for what, periods in rules.PERIODS_DAYS.items():
            for risk, days in periods.items():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT extract(day FROM partners_kyb_period(%s, %s))", [what, risk])
                    assert cursor.fetchone() == (days,)
