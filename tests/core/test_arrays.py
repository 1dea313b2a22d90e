"""Arrays that Python writes are read by PostgreSQL as what they were."""

from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from core.arrays import array_text, columns_of, json_text

pytestmark = pytest.mark.usefixtures("committed")


def read(text: str, kind: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}[]", [text])
        return cursor.fetchone()[0]


class TestArrayText:
    @given(st.lists(st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))))
    def test_every_text_arrives_as_it_was(self, texts: list[str | None]) -> None:
        assert read(array_text(texts), "text") == texts

    @given(st.lists(st.none() | st.binary()))
    def test_every_byte_arrives_as_it_was(self, values: list[bytes | None]) -> None:
        assert read(array_text(values), "bytea") == values

    @pytest.mark.parametrize(
        ("kind", "values"),
        [
            ("numeric", [Decimal("1.50"), None, Decimal("1E-18"), Decimal("-0.00")]),
            ("uuid", [UUID(int=7), None]),
            ("boolean", [True, False, None]),
            ("integer", [-1, 0, None, 2_147_483_647]),
            ("text", ["NULL", "", "{}", ",", " a ", "\\", '"']),
        ],
    )
    def test_each_kind_of_value_arrives_as_it_was(self, kind: str, values: list[object]) -> None:
        assert read(array_text(values), kind) == values

    @given(
        st.lists(st.dictionaries(st.text(), st.text() | st.integers(-(2**53), 2**53), max_size=3), max_size=3)
    )
    def test_json_arrives_as_it_was(self, values: list[dict[str, object]]) -> None:
        values = [value for value in values if "\\u0000" not in json_text(value)]
        told = [json_text(value) for value in values]
        assert read(array_text(told), "text") == told


class TestColumnsOf:
    def test_turns_rows_into_columns(self) -> None:
        assert columns_of([(1, "a"), (2, None)], 2) == ['{"1","2"}', '{"a",NULL}']

    def test_no_rows_are_empty_columns(self) -> None:
        assert columns_of([], 3) == ["{}", "{}", "{}"]
