"""What the office process serves: the admin site and the office's own pages."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from core.admin.events import events

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/events/", admin.site.admin_view(events), name="office-events"),
    path("admin/", include("staff.urls")),
    path("admin/compliance/", include("partners.compliance.admin.urls")),
    path("admin/", admin.site.urls),
]
