"""The pages on which staff prove who they are, and those about themselves, below `/admin/`."""

from django.urls import path

from staff.views import entering, me

urlpatterns = [
    path("welcome/", entering.welcome, name="office-welcome"),
    path("welcome/<str:token>/", entering.welcome_link, name="office-welcome-link"),
    # Unfold's login shows its link to a page of this name.
    path("forgotten/", entering.forgotten, name="admin_password_reset"),
    path("me/", me.me, name="office-me"),
    path("me/verify/", entering.verify, name="office-verify"),
    path("me/authenticator/", entering.enrol, name="office-enrol"),
    path("me/deputy/", me.deputy, name="office-deputy"),
    path("me/deputy/<uuid:deputy_id>/end/", me.deputy_end, name="office-deputy-end"),
    path("me/sessions/end/", me.sessions_end, name="office-end-sessions"),
    path("password_change/", me.password, name="office-password"),
]
