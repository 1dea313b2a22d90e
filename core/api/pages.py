"""Pages of the documentation as HTML, made from the Markdown files under `docs/`."""

import re
from functools import cache
from typing import Final

from django.templatetags.static import static
from markdown_it import MarkdownIt

from core.api.codes import errors_page

_CODE_ROW: Final = re.compile(r"<tr>\n<td><code>(?P<code>[A-Z][A-Z0-9_]+)</code>")
_ANCHORED: Final = r'<tr id="\g<code>">\n<td><a href="#\g<code>"><code>\g<code></code></a>'
_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Error codes</title>
<link rel="stylesheet" href="{style}">
</head>
<body>
<main>
{content}
</main>
</body>
</html>
"""


@cache
def errors_html() -> str:
    """Return `docs/errors.md` as a page; each code's row is an anchor, which a problem's `type` leads to."""
    content = MarkdownIt("commonmark", {"html": False}).enable("table").render(errors_page())
    anchored = _CODE_ROW.sub(
        r'<tr id="\g<code>">\n<td><a href="#\g<code>"><code>\g<code></code></a>', content
    )
    return _PAGE.format(style=static("core/pages.css"), content=anchored)
