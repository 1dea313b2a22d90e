"""What the API process serves."""

from django.urls import include, path

urlpatterns = [
    path("api/v2/", include("core.api.urls")),
    path("api/v2/", include("partners.api.urls")),
    path("api/v2/", include("wallet.api.urls")),
    path("api/v2/", include("sportsbook.api.urls")),
    path("api/v2/", include("settlement.api.urls")),
]
