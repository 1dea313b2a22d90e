"""The authorization server's paths, at the root of the API's host."""

from django.urls import path

from partners.oauth import views

urlpatterns = [
    path("oauth/token", views.TokenView.as_view()),
    path("oauth/revoke", views.RevokeView.as_view()),
    path("oauth/introspect", views.IntrospectView.as_view()),
    path(".well-known/jwks.json", views.KeysView.as_view()),
    path(".well-known/oauth-authorization-server", views.MetadataView.as_view()),
]
