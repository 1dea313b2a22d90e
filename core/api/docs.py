"""The documentation that the API process serves: the OpenAPI document, a page that shows it, the error codes.

Everything comes from this process: no asset is loaded from elsewhere.
"""

from functools import cache
from typing import Final

from django.http import HttpResponse
from django.templatetags.static import static

from core.api.answers import JSON
from core.api.codes import DOCS
from core.api.openapi import document_text
from core.api.operation import operation
from core.api.pages import errors_html
from core.api.views import PartnerRequest, PublicView

_KEPT: Final = "public, max-age=300"
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Partner API</title>
<link rel="icon" href="{icon}">
<link rel="stylesheet" href="{style}">
</head>
<body>
<main id="docs"></main>
<noscript>The document itself is at <a href="/api/v2/openapi.json">/api/v2/openapi.json</a>.</noscript>
<script src="{bundle}"></script>
<script src="{start}"></script>
</body>
</html>
"""
_ASSETS: Final = "drf_spectacular_sidecar/swagger-ui-dist/"


class OpenApi(PublicView):
    """GET /api/v2/openapi.json."""

    @operation(summary="Read this document", answers={200: "application/json"}, is_public=True)
    def get(self, request: PartnerRequest) -> HttpResponse:
        """Return the OpenAPI document."""
        return HttpResponse(_document(), content_type=JSON, headers={"Cache-Control": _KEPT})


class Docs(PublicView):
    """GET /docs/."""

    @operation(summary="Read the documentation as a page", answers={200: "text/html"}, is_public=True)
    def get(self, request: PartnerRequest) -> HttpResponse:
        """Return a page that shows the OpenAPI document."""
        page = _PAGE.format(
            icon=static(_ASSETS + "favicon-32x32.png"),
            style=static(_ASSETS + "swagger-ui.css"),
            bundle=static(_ASSETS + "swagger-ui-bundle.js"),
            start=static("core/docs.js"),
        )
        headers = {"Cache-Control": _KEPT, "Content-Security-Policy": _POLICY}
        return HttpResponse(page, content_type="text/html; charset=utf-8", headers=headers)


class ErrorsPage(PublicView):
    """GET /docs/errors."""

    @operation(summary="Read what each error code means", answers={200: "text/html"}, is_public=True)
    def get(self, request: PartnerRequest) -> HttpResponse:
        """Return the list of error codes as a page."""
        headers = {"Cache-Control": _KEPT, "Content-Security-Policy": _POLICY}
        return HttpResponse(errors_html(), content_type="text/html; charset=utf-8", headers=headers)


@cache
def _document() -> bytes:
    """The file that is checked against the code; the code itself where the file was not shipped."""
    path = DOCS / "openapi.json"
    return path.read_bytes() if path.is_file() else document_text().encode()
