"""What `core.api.bodies` promises: a request is understood as a whole or refused as a whole."""

import json
import re
from contextlib import suppress
from typing import Annotated, Any

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from core.api.bodies import (
    BODY_BYTES_MAX,
    AmountText,
    Body,
    Moment,
    OddsText,
    Query,
    ReferenceText,
    parse_body,
    parse_bytes,
    parse_query,
)
from core.api.errors import BodyTooLarge, UnsupportedMediaType
from core.errors import BadRequest, Refusal

LIBRARY = re.compile(r"[`$^\\]|Expected|regex|`int`|`str`")
"""How the library speaks that checks bodies; no partner should have to know it."""


class Leg(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    odds: OddsText
    market_version: Annotated[int, Meta(ge=1)] | None = None


class Ask(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    stake: AmountText
    reference: ReferenceText = "A-1"
    legs: Annotated[list[Leg], Meta(max_length=3)] = []
    tip: AmountText | None = None


class Named(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    name: str
    others: list[str] = []


class Ages(Query, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    placed_from: Moment | None = None


def ask(body: bytes, content_type: str = "application/json") -> Ask:
    return parse_body(
        RequestFactory().post("/", data=body, content_type=content_type, CONTENT_TYPE=content_type), Ask
    )


def refusal(body: Any, **kw: Any) -> Refusal:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(Refusal) as caught:
        ask(raw, **kw)
    return caught.value


def details(body: Any) -> Any:
    return refusal(body).details


class TestText:
    @pytest.mark.parametrize("sign", ["\u200b", "\u202e", "\ufeff", "\x1b", "\n", "\x7f", "\x85", "\x00"])
    @pytest.mark.parametrize("is_escaped", [True, False])
    def test_that_cannot_be_seen_is_refused_and_named(self, sign: str, is_escaped: bool) -> None:
        if not is_escaped and sign < " ":
            pytest.skip("JSON knows no such sign but escaped")
        body = json.dumps({"name": "A", "others": ["B", f"C{sign}D"]}, ensure_ascii=is_escaped).encode()
        with pytest.raises(BadRequest) as caught:
            parse_bytes(body, Named)
        assert (caught.value.code, caught.value.details) == ("INVALID_FIELD", {"field": "others[1]"})
        assert caught.value.message.startswith("The field others[1] holds a")

    @pytest.mark.parametrize("is_escaped", [True, False])
    def test_is_composed(self, is_escaped: bool) -> None:
        body = json.dumps({"name": "Zoe\u0308", "others": ["Anna"]}, ensure_ascii=is_escaped).encode()
        assert parse_bytes(body, Named) == Named(name="Zo\u00eb", others=["Anna"])

    def test_of_a_query_is_one_line_as_well(self) -> None:
        with pytest.raises(BadRequest) as caught:
            parse_query(RequestFactory().get("/", {"placedFrom": "2026\u200b"}), Ages)
        assert caught.value.details == {"field": "placedFrom"}


class TestParseBody:
    def test_a_whole_body_becomes_its_struct(self) -> None:
        asked = ask(b'{"stake":"25.00","reference":"A:1","legs":[{"odds":"1.95","marketVersion":7}]}')
        assert asked == Ask(stake="25.00", reference="A:1", legs=[Leg(odds="1.95", market_version=7)])

    @pytest.mark.parametrize("number", ["25", "25.00", "1e400", "-0", "1" * 400, "1E-7"])
    def test_an_amount_that_is_a_number_is_named(self, number: str) -> None:
        found = refusal(f'{{"stake":{number}}}'.encode())
        assert (found.code, found.details) == ("AMOUNT_NOT_A_STRING", {"field": "stake"})

    @pytest.mark.parametrize("value", [1, 1.5, True, None, [], {}])
    def test_an_optional_amount_is_a_string_or_left_out(self, value: object) -> None:
        if value is None:
            assert ask(b'{"stake":"1","tip":null}').tip is None
        else:
            assert refusal({"stake": "1", "tip": value}).code == "AMOUNT_NOT_A_STRING"

    def test_odds_that_are_a_number_are_named_with_their_leg(self) -> None:
        found = refusal({"stake": "1", "legs": [{"odds": "1.5"}, {"odds": 1.5}]})
        assert (found.code, found.details) == ("ODDS_NOT_A_STRING", {"field": "legs[1].odds"})

    def test_every_unknown_field_is_named(self) -> None:
        found = refusal({"stake": "1", "zzz": {}, "legs": [{"odds": "2", "price": "2"}]})
        assert (found.code, found.details) == ("UNKNOWN_FIELD", {"fields": ["legs[0].price", "zzz"]})

    def test_a_missing_field_is_named(self) -> None:
        assert (refusal({}).code, details({})) == ("MISSING_FIELD", {"field": "stake"})
        assert details({"stake": "1", "legs": [{}]}) == {"field": "legs[0].odds"}

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"stake": "1", "reference": ""}, "reference"),
            ({"stake": "1", "reference": "a" * 65}, "reference"),
            ({"stake": "1", "reference": "a b"}, "reference"),
            ({"stake": "1", "reference": "abc\n"}, "reference"),
            ({"stake": "1", "reference": "ä"}, "reference"),
            ({"stake": "1", "reference": 1}, "reference"),
            ({"stake": "1", "legs": [{"odds": "2"}] * 4}, "legs"),
            ({"stake": "1", "legs": "all"}, "legs"),
            ({"stake": "1", "legs": [{"odds": "2", "marketVersion": 0}]}, "legs[0].marketVersion"),
            ({"stake": "1", "legs": [{"odds": "2", "marketVersion": 1.5}]}, "legs[0].marketVersion"),
        ],
    )
    def test_a_value_out_of_its_bounds_is_named(self, body: Any, field: str) -> None:
        found = refusal(body)
        assert (found.code, found.details) == ("INVALID_FIELD", {"field": field})

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({}, "The field stake is missing."),
            ({"stake": "1", "legs": [{"odds": "2"}, {}]}, "The field legs[1].odds is missing."),
            ({"stake": 1}, "The field stake must be a decimal string."),
            (
                {"stake": "1", "reference": "a b"},
                "The field reference must be 1 to 64 of the characters A-Z a-z 0-9 . _ : -.",
            ),
            (
                {"stake": "1", "legs": [{"odds": "2"}] * 4},
                "The field legs must be a list of at most 3 items.",
            ),
            ({"stake": "1", "legs": {}}, "The field legs must be a list of at most 3 items."),
            ({"stake": "1", "legs": ["x"]}, "The field legs[0] must be an object."),
            (
                {"stake": "1", "legs": [{"odds": "2", "marketVersion": "7"}]},
                "The field legs[0].marketVersion must be a whole number of at least 1.",
            ),
        ],
    )
    def test_message_is_plain_english(self, body: Any, message: str) -> None:
        assert refusal(body).message == message

    @pytest.mark.parametrize(
        "body",
        [
            b'{"stake":"1","stake":"100"}',
            b'{"stake" : "1" , "stake":"1"}',
            b'{"stake":"1:2","st\\u0061ke":"1:2"}',
            b'{"stake":"1","legs":[{"odds":"2","odds":"3"}]}',
        ],
    )
    def test_a_field_said_twice_is_refused(self, body: bytes) -> None:
        assert refusal(body).code == "DUPLICATE_FIELD"

    def test_colons_within_strings_are_no_keys(self) -> None:
        assert ask(b'{"stake":"1:2:3","reference":"a:b:c"}').reference == "a:b:c"

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b" ",
            b"[]",
            b"null",
            b'"x"',
            b"{",
            b'{"stake":NaN}',
            b'{"stake":Infinity}',
            b'{"stake":"1"}{}',
            b'{"stake":"1",}',
            b"{'stake':'1'}",
            b'{"stake":"\xff"}',
            b'\xef\xbb\xbf{"stake":"1"}',
            b'{"stake":"\\ud800"}',
            b'{"stake":"1","legs":' + b"[" * 90_000,
            b'{"legs":' + b'{"a":' * 40_000,
            '{"stake":"1"}'.encode("utf-16"),
        ],
    )
    def test_what_is_no_json_object_is_refused(self, body: bytes) -> None:
        assert refusal(body).code == "MALFORMED_JSON"

    def test_a_nul_character_is_refused(self) -> None:
        assert details(b'{"stake":"1\\u00002"}') == {"field": "stake"}
        assert ask(b'{"stake":"\\\\u0000"}').stake == "\\u0000"

    @pytest.mark.parametrize(
        "content_type",
        ["", "text/plain", "application/jsonp", "application/json; charset=latin-1", "multipart/form-data"],
    )
    def test_another_content_type_is_refused(self, content_type: str) -> None:
        assert isinstance(refusal({"stake": "1"}, content_type=content_type), UnsupportedMediaType)

    @pytest.mark.parametrize(
        "content_type",
        ["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'],
    )
    def test_json_in_utf_8_is_taken(self, content_type: str) -> None:
        assert ask(b'{"stake":"1"}', content_type).stake == "1"

    @pytest.mark.parametrize(("size", "is_taken"), [(BODY_BYTES_MAX, True), (BODY_BYTES_MAX + 1, False)])
    def test_a_body_past_256_kib_is_refused(self, size: int, is_taken: bool) -> None:
        body = b'{"stake":"1"}'.ljust(size)
        if is_taken:
            assert ask(body).stake == "1"
        else:
            assert isinstance(refusal(body), BodyTooLarge)

    @given(st.binary(max_size=60))
    def test_any_bytes_are_read_or_refused(self, body: bytes) -> None:
        with suppress(BadRequest):
            ask(body)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["stake", "legs", "odds", "reference", "tip", "x"]), inner, max_size=4
                )
            ),
            max_leaves=12,
        )
    )
    def test_any_json_is_read_or_refused(self, document: Any) -> None:
        message = ""
        try:
            ask(json.dumps(document).encode())
        except BadRequest as refused:
            message = refused.message
        assert not LIBRARY.search(message)


class TestParseQuery:
    def query(self, text: str) -> Ages:
        return parse_query(RequestFactory().get(f"/?{text}"), Ages)

    def test_values_take_the_types_of_the_struct(self) -> None:
        found = self.query("limit=3&placedFrom=2026-03-01T12:00:00Z")
        assert found.limit == 3
        assert found.placed_from is not None

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("limit=0", "INVALID_FIELD"),
            ("limit=201", "INVALID_FIELD"),
            ("limit=", "INVALID_FIELD"),
            ("limit=99999999999999999999999", "INVALID_FIELD"),
            ("placedFrom=2026-03-01T12:00:00", "INVALID_FIELD"),
            ("placedFrom=yesterday", "INVALID_FIELD"),
            ("placedFrom=1795353272", "INVALID_FIELD"),
            ("placedFrom=null", "INVALID_FIELD"),
            ("limit=null", "INVALID_FIELD"),
            ("limit=1e1", "INVALID_FIELD"),
            ("limit=10.0", "INVALID_FIELD"),
            ("limit=%2B5", "INVALID_FIELD"),
            ("limit=005", "INVALID_FIELD"),
            ("limit=1&limit=1", "DUPLICATE_FIELD"),
            ("offset=1", "UNKNOWN_FIELD"),
            ("limit=%00", "INVALID_FIELD"),
        ],
    )
    def test_anything_else_is_refused(self, text: str, code: str) -> None:
        with pytest.raises(BadRequest) as caught:
            self.query(text)
        assert caught.value.code == code
        assert not LIBRARY.search(caught.value.message)
