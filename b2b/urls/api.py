"""What the API process serves."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from core.api import errors
from core.api.docs import Docs, ErrorsPage
from core.api.health import Live, Ready

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", Live.as_view()),
    path("health/ready", Ready.as_view()),
    path("docs", RedirectView.as_view(url="/docs/", permanent=True, http_method_names=["get", "head"])),
    path("docs/", Docs.as_view()),
    path("docs/errors", ErrorsPage.as_view()),
    path("", include("partners.oauth.urls")),
    path("api/v2/", include("core.api.urls")),
    path("api/v2/", include("partners.api.urls")),
    path("api/v2/", include("wallet.api.urls")),
    path("api/v2/", include("sportsbook.api.urls")),
    path("api/v2/", include("settlement.api.urls")),
    path("api/v2/", include("webhooks.api.urls")),
    path("api/v2/", include("streaming.api.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
