"""`docs/errors.md` and the code agree: every code that can be given is listed there, and no other."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

from core.api.codes import documented_codes, errors_page
from core.api.errors import status_of
from core.api.routes import list_routes
from core.errors import Refusal

ROOT: Final = Path(__file__).resolve().parent.parent.parent
APPS: Final = ("core", "partners", "wallet", "risk", "sportsbook", "settlement", "webhooks", "streaming")
_CODE: Final = re.compile(
    r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$|^CONFLICT$|^FORBIDDEN$|^REJECTED$|^UNAUTHENTICATED$|^UNAVAILABLE$"
)
BY_KIND: Final = {
    f"{kind}_{fault}"
    for kind in ("AMOUNT", "ODDS")
    for fault in ("NOT_A_STRING", "INVALID", "OUT_OF_RANGE", "TOO_PRECISE")
}
"""`core.money` puts these together from the kind of number and the fault."""


@cache
def codes_in_python() -> frozenset[str]:
    """Every string that a class or a call gives as `code`."""
    found = set(BY_KIND)
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            text = path.read_text("utf-8")
            for node in ast.walk(ast.parse(text)) if "code" in text else ():
                if isinstance(node, ast.Assign | ast.AnnAssign):
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    named = any(isinstance(target, ast.Name) and target.id == "code" for target in targets)
                    value: ast.expr | None = node.value if named else None
                elif isinstance(node, ast.keyword) and node.arg == "code":
                    value = node.value
                else:
                    continue
                if (
                    isinstance(value, ast.Constant)
                    and isinstance(value.value, str)
                    and _CODE.match(value.value)
                ):
                    found.add(value.value)
    return frozenset(found)


def codes_in_sql() -> set[str]:
    """Every code that a SQL function builds a refusal from."""
    found: set[str] = set()
    for app in APPS:
        for path in (ROOT / app).rglob("*.sql"):
            found |= set(re.findall(r"'code',\s*'([A-Z0-9_]+)'", path.read_text("utf-8")))
    return found


def refusals() -> list[type[Refusal]]:
    list_routes()

    def below(kind: type[Refusal]) -> list[type[Refusal]]:
        return [kind, *(found for child in kind.__subclasses__() for found in below(child))]

    return [kind for kind in below(Refusal) if kind.__module__.startswith(APPS) and kind is not Refusal]


class TestErrorCodes:
    def test_every_code_in_the_code_is_on_the_page(self) -> None:
        assert (codes_in_python() | codes_in_sql()) - {"REFUSED"} <= set(documented_codes())

    def test_every_code_on_the_page_is_in_the_code(self) -> None:
        assert set(documented_codes()) <= codes_in_python() | codes_in_sql() | {"NOT_FOUND"}

    def test_no_row_of_the_page_is_misread(self) -> None:
        rows = [line for line in errors_page().splitlines() if line.startswith("| `")]
        assert len(rows) == len(documented_codes())

    def test_status_on_the_page_is_one_that_the_code_gives(self) -> None:
        given: dict[str, set[int]] = {}
        for kind in refusals():
            given.setdefault(kind.code, set()).add(status_of(kind.__new__(kind)))
        wrong = {
            code: (told.status, given[code])
            for code, told in documented_codes().items()
            if code in given and told.status not in given[code]
        }
        assert not wrong

    def test_page_says_which_answers_are_stored(self) -> None:
        final = {kind.code for kind in refusals() if kind.is_final}
        assert final == {code for code, told in documented_codes().items() if told.is_stored}
