from django.urls import URLPattern, URLResolver, include, path

from partners.api.onboarding import Onboarding

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("partners.compliance.api.urls")),
    path("onboarding", Onboarding.as_view()),
]
