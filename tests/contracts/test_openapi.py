"""The OpenAPI document: up to date, whole, and served with assets of our own."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from core.api.codes import DOCS, documented_codes
from core.api.fields import item_type, struct_in, types_by_name, wanted
from core.api.openapi import document, document_text
from core.api.routes import list_routes


@pytest.fixture
def http() -> Client:
    return Client()


def operations() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", told)
        for path, item in document()["paths"].items()
        for method, told in item.items()
    ]


class TestDocument:
    def test_file_is_what_the_code_says(self) -> None:
        assert (DOCS / "openapi.json").read_text("utf-8") == document_text()

    def test_every_reference_leads_somewhere(self) -> None:
        text = document_text()
        schemas = document()["components"]["schemas"]
        for part in text.split('"#/components/schemas/')[1:]:
            assert part.split('"')[0] in schemas

    def test_no_schema_is_named_after_a_module(self) -> None:
        """Two Structs of one name would be; generated clients would wear our modules' names."""
        assert [name for name in document()["components"]["schemas"] if not name.isalnum()] == []

    def test_every_operation_has_a_name_of_its_own(self) -> None:
        names = [told["operationId"] for _, told in operations()]
        assert len(names) == len(set(names))

    def test_every_operation_shows_its_answer_and_its_errors(self) -> None:
        for name, told in operations():
            assert any(status.startswith("2") for status in told["responses"]), name
            assert {"400", "405", "500"} <= set(told["responses"]), name

    def test_every_write_shows_its_body(self) -> None:
        for name, told in operations():
            if name.startswith(("post ", "put ", "patch ")):
                assert "requestBody" in told, name

    def test_scopes_are_those_that_the_token_endpoint_gives(self) -> None:
        known = document()["components"]["securitySchemes"]["oauth"]["flows"]["clientCredentials"]["scopes"]
        for name, told in operations():
            for needed in told["security"]:
                assert set(needed["oauth"]) <= set(known), name


class TestDocs:
    def test_document_is_served(self, http: Client) -> None:
        answer = http.get("/api/v2/openapi.json")
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json() == json.loads((DOCS / "openapi.json").read_text("utf-8"))

    def test_page_loads_nothing_from_elsewhere(self, http: Client) -> None:
        answer = http.get("/docs/")
        page = answer.content.decode()
        assert "http" not in page.replace("http-equiv", "")
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assets = [part.split('"')[0] for part in page.replace("href=", "src=").split('src="')[1:]]
        for asset in assets:
            assert http.get(asset).status_code == 200, asset

    def test_page_is_found_without_its_slash(self, http: Client) -> None:
        answer = http.get("/docs")
        assert (answer.status_code, answer.headers["Location"]) == (301, "/docs/")
        assert answer.headers["X-Request-ID"]
        assert http.post("/docs").json()["code"] == "METHOD_NOT_ALLOWED"

    def test_type_of_a_problem_leads_to_its_code(self, http: Client) -> None:
        problem = http.get("/api/v2/nowhere", headers={"Accept": "application/problem+json"}).json()
        path, _, anchor = problem["type"].partition("#")
        answer = http.get(path)
        page = answer.content.decode()
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert f'<tr id="{anchor}">' in page
        assert page.count("<tr id=") == len(documented_codes())


def fields(kind: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every field of a body or a query, wherever in it, with its type."""
    struct, item = struct_in(kind), item_type(kind)
    if struct is not None:
        for name, inner in types_by_name(struct).items():
            yield f"{path}.{name}", inner
            yield from fields(inner, f"{path}.{name}")
    elif item is not None:
        yield from fields(item, f"{path}[]")


class TestFields:
    def test_each_field_of_each_call_can_say_what_it_wants(self) -> None:
        told = [told for route in list_routes() for told in route.operations.values() if told is not None]
        kinds = {kind for each in told for kind in (each.body, each.query) if kind is not None}
        found = [(kind.__name__ + path, wanted(inner)) for kind in kinds for path, inner in fields(kind)]
        assert len(found) > 40
        assert {path for path, words in found if not words} <= {"PlaceBet.system", "PlaceBets.bets[].system"}
        assert not [words for _, words in found if set("`^$\\|") & set(words)]
