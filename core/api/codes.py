"""The list of error codes, read from `docs/errors.md`: each with its HTTP status and what it means.

A test holds the page against the code, so what is documented and what is given cannot differ.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

DOCS: Final = Path(__file__).resolve().parent.parent.parent / "docs"
_ROW: Final = re.compile(
    r"^\| `(?P<code>[A-Z][A-Z0-9_]+)` \| (?P<status>[0-9]{3}) \| (?P<meaning>[^|]+) \| (?P<remedy>[^|]+) \| "
    r"(?P<stored>yes|no) \|$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Code:
    """An error code as the page lists it; `is_stored` says whether it is final for its reference."""

    code: str
    status: int
    meaning: str
    remedy: str
    is_stored: bool


def errors_page() -> str:
    """Return the text of `docs/errors.md`."""
    return (DOCS / "errors.md").read_text("utf-8")


@cache
def documented_codes() -> dict[str, Code]:
    """Return every documented code."""
    return {
        found["code"]: Code(
            code=found["code"],
            status=int(found["status"]),
            meaning=found["meaning"].strip(),
            remedy=found["remedy"].strip(),
            is_stored=found["stored"] == "yes",
        )
        for found in _ROW.finditer(errors_page())
    }
