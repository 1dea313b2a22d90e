"""What `core.api.fields` promises: a declared type says in plain English what was wanted."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import pytest
from msgspec import UNSET, Meta, UnsetType

from core.api.bodies import AmountText, Body, Moment, OddsText, ReferenceText
from core.api.fields import number_at, type_at, wanted


class Leg(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    odds: OddsText
    market_version: Annotated[int, Meta(ge=1, le=9)] | None = None


class Ask(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    stake: AmountText
    legs: Annotated[list[Leg], Meta(max_length=3)] = []
    kind: Literal["a", "b"] | UnsetType = UNSET


class TestWanted:
    @pytest.mark.parametrize(
        ("kind", "words"),
        [
            (bool, "true or false"),
            (bool | UnsetType, "true or false"),
            (int, "a whole number"),
            (Annotated[int, Meta(ge=1)], "a whole number of at least 1"),
            (Annotated[int, Meta(le=9)], "a whole number of at most 9"),
            (Annotated[int, Meta(ge=1, le=200, description="How many.")], "a whole number from 1 to 200"),
            (Annotated[int, Meta(ge=0, le=9)] | None, "a whole number from 0 to 9"),
            (str, "text"),
            (str | None, "text"),
            (Annotated[str, Meta(max_length=64)], "text of at most 64 characters"),
            (Annotated[str, Meta(min_length=2, max_length=16)] | None, "text of 2 to 16 characters"),
            (ReferenceText, "1 to 64 of the characters A-Z a-z 0-9 . _ : -"),
            (
                Annotated[ReferenceText, Meta(description="Another.")],
                "1 to 64 of the characters A-Z a-z 0-9 . _ : -",
            ),
            (AmountText, "a decimal string"),
            (OddsText | None, "a decimal string"),
            (Literal["a"], "a"),
            (Literal["a", "b"] | Literal["c"] | None, "one of a, b, c"),
            (Moment | None, "a time as RFC 3339 has it, such as 2026-03-01T12:00:00Z"),
            (datetime, "a time as RFC 3339 has it, such as 2026-03-01T12:00:00Z"),
            (date | None, "a date such as 2026-03-01"),
            (list[Leg], "a list"),
            (Annotated[list[ReferenceText], Meta(min_length=1, max_length=100)], "a list of 1 to 100 items"),
            (Annotated[list[Leg], Meta(min_length=1)], "a list of at least 1 items"),
            (dict[str, Any], "an object"),
            (Leg, "an object"),
            (Any, ""),
            (None, ""),
        ],
    )
    def test_type_says_what_it_wants(self, kind: Any, words: str) -> None:
        assert wanted(kind) == words


class TestTypeAt:
    @pytest.mark.parametrize(
        ("path", "words"),
        [
            ("stake", "a decimal string"),
            ("legs", "a list of at most 3 items"),
            ("legs[2]", "an object"),
            ("legs[0].odds", "a decimal string"),
            ("legs[0].marketVersion", "a whole number from 1 to 9"),
            ("kind", "one of a, b"),
            ("legs[0].market_version", ""),
            ("nowhere.at[0].all", ""),
            ("stake[0]", ""),
        ],
    )
    def test_path_leads_to_the_type_that_is_declared_there(self, path: str, words: str) -> None:
        assert wanted(type_at(Ask, path)) == words

    def test_numbers_are_told_from_other_text(self) -> None:
        assert [number_at(Ask, path) for path in ("stake", "legs[1].odds", "legs", "kind")] == [
            *("AMOUNT", "ODDS", "", "")
        ]
