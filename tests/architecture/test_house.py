"""The house style, as far as a program can tell: short files and functions, nothing left for later, no floats
near money, and no hidden hooks.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from b2b.environment import ROOT

APPS = (
    "b2b",
    "core",
    "staff",
    "approvals",
    "partners",
    "wallet",
    "risk",
    "sportsbook",
    "settlement",
    "reporting",
    "webhooks",
    "streaming",
)
FILE_LINES_MAX, TEST_FILE_LINES_MAX, FUNCTION_LINES_MAX = 400, 500, 60
MONEY = re.compile(r"^(core/money|.*/rules(/.*|)|.*/services/.*|.*/demo/reckoning|settlement/.*)\.py$")
"""Modules that reckon: there a float is a mistake."""
LEFT_FOR_LATER = re.compile(r"\b(TODO|FIXME|HACK|TBD|WIP|NotImplementedError)\b")
VAGUE_NAMES = {"utils", "helpers", "common", "misc", "manager", "base_service", "util", "helper"}


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def sources(*folders: str) -> list[Path]:
    """Python files below some folders, without migrations."""
    return sorted(
        path for folder in folders for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts
    )


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


class TestLength:
    def test_no_file_is_too_long(self) -> None:
        found = {named(path): len(path.read_text("utf-8").splitlines()) for path in sources(*APPS)}
        assert {name: lines for name, lines in found.items() if lines > FILE_LINES_MAX} == {}

    def test_no_test_file_is_too_long(self) -> None:
        found = {named(path): len(path.read_text("utf-8").splitlines()) for path in sources("tests")}
        assert {name: lines for name, lines in found.items() if lines > TEST_FILE_LINES_MAX} == {}

    def test_no_function_is_too_long(self) -> None:
        found = {
            f"{named(path)}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
            for path in sources(*APPS)
            for node in functions(path)
        }
        assert {name: lines for name, lines in found.items() if lines > FUNCTION_LINES_MAX} == {}


class TestLeftForLater:
    def test_nothing_is(self) -> None:
        here = Path(__file__)
        texts = [
            path
            for folder in (*APPS, "tests", "docs", "templates")
            for path in sorted((ROOT / folder).rglob("*"))
            if path.suffix in (".py", ".sql", ".md", ".html", ".sh") and path != here
        ]
        assert len(texts) > 200
        assert [
            f"{named(path)}:{number}"
            for path in texts
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
            if LEFT_FOR_LATER.search(line)
        ] == []


class TestNames:
    def test_no_module_is_named_after_nothing(self) -> None:
        assert [named(path) for path in sources(*APPS) if path.stem in VAGUE_NAMES] == []

    def test_every_module_says_what_it_promises(self) -> None:
        silent = [
            named(path)
            for path in sources(*APPS)
            if path.name not in ("__init__.py", "urls.py", "apps.py")
            and parsed(path).body
            and ast.get_docstring(parsed(path)) is None
        ]
        assert silent == []


class TestMoney:
    def test_modules_that_reckon_are_found(self) -> None:
        found = {named(path) for path in sources(*APPS) if MONEY.match(named(path))}
        assert {"core/money.py", "wallet/rules.py", "sportsbook/rules/settling.py"} <= found
        assert len(found) > 20

    @pytest.mark.parametrize(
        "path", [path for path in sources(*APPS) if MONEY.match(named(path))], ids=lambda path: named(path)
    )
    def test_no_float_is_made_or_written(self, path: Path) -> None:
        found = [
            f"line {node.lineno}"
            for node in ast.walk(parsed(path))
            if (isinstance(node, ast.Constant) and isinstance(node.value, float))
            or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float")
        ]
        assert found == []

    def test_no_model_keeps_a_float(self) -> None:
        from_models = [
            f"{named(path)}:{node.lineno}"
            for path in sources(*APPS)
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.Attribute) and node.attr == "FloatField"
        ]
        assert from_models == []


class TestHiddenHooks:
    def test_no_model_overrides_how_it_is_saved_or_deleted(self) -> None:
        found = [
            f"{named(path)}:{method.lineno} {node.name}.{method.name}"
            for path in sources(*APPS)
            if "models" in named(path)
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.ClassDef)
            for method in node.body
            if isinstance(method, ast.FunctionDef) and method.name in ("save", "delete", "full_clean")
        ]
        assert found == []

    def test_nobody_listens_to_models(self) -> None:
        found = [
            f"{named(path)}:{node.lineno}"
            for path in sources(*APPS)
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django.db.models.signals")
        ]
        assert found == []

    def test_nothing_is_imported_inside_a_function(self) -> None:
        found = [
            f"{named(path)}:{node.lineno}"
            for path in sources(*APPS)
            for function in functions(path)
            for node in ast.walk(function)
            if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        assert found == []


class TestLayers:
    def test_domain_knows_no_http(self) -> None:
        inner = re.compile(r"/(rules|services|queries|models|events|sealing|season)(\.py|/)")
        outer = ("rest_framework", "django.http", "core.api")
        found = [
            f"{named(path)}:{node.lineno}"
            for path in sources(*APPS)
            if inner.search(named(path)) and not re.search(r"/(api|admin)/", named(path))
            for node in ast.walk(parsed(path))
            if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith(outer))
            or (isinstance(node, ast.Import) and any(each.name.startswith(outer) for each in node.names))
        ]
        assert found == []


class TestDocumentation:
    @pytest.mark.parametrize("page", ["README.md", "docs/quickstart.md"])
    def test_commands_ask_where_the_api_is(self, page: str) -> None:
        commands = "".join(re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL))
        assert "ORIGIN=$(field apiUrl" in commands
        assert not re.search(r"https?://", commands)
