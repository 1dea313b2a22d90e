"""Cells of files that people open in a spreadsheet: text that others chose never becomes a formula."""

import unicodedata
from typing import Final

# Where a spreadsheet begins to read a formula, the full-width forms that some take for the same included
# (OWASP, CSV Injection).
_FORMULA_STARTS: Final = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
BOM: Final = "\ufeff"
"""Before a file's first cell: spreadsheets take a CSV file without it for one of their own old encodings."""


def text_cell(text: str) -> str:
    """Return text as a cell that no spreadsheet takes for a formula: what would begin one gets an apostrophe.

    Blanks and invisible characters do not hide the beginning.
    """
    for character in text:
        if unicodedata.category(character)[0] not in "CZ":
            return f"'{text}" if character in _FORMULA_STARTS or text[0] in "\t\r\n" else text
    return f"'{text}" if text[:1] in {"\t", "\r", "\n"} else text
