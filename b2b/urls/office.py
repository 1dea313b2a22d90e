"""What the office process serves: the admin site and the office's own pages."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from core.admin import refusals
from core.admin.csp import REPORT_PATH, csp_report
from core.admin.events import events, export_events
from partners.admin.people import reveal_contact, reveal_director, reveal_owner
from partners.onboarding.board import board, export_board

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path(REPORT_PATH.lstrip("/"), csp_report, name="office-csp-report"),
    path("admin/events/", events, name="office-events"),
    path("admin/events/export/", export_events, name="office-events-export"),
    path("admin/", include("staff.urls")),
    path("admin/compliance/", include("partners.compliance.admin.urls")),
    path("admin/contacts/<uuid:row_id>/reveal/", reveal_contact, name="office-reveal-contact"),
    path("admin/directors/<uuid:row_id>/reveal/", reveal_director, name="office-reveal-director"),
    path("admin/owners/<uuid:row_id>/reveal/", reveal_owner, name="office-reveal-owner"),
    path("admin/onboarding/", admin.site.admin_view(board), name="office-board"),
    path("admin/onboarding/export/", export_board, name="office-board-export"),
    path("admin/partners/partner/<uuid:partner_id>/", include("b2b.urls.partner")),
    path("admin/", admin.site.urls),
]

handler400 = refusals.bad_request
handler403 = refusals.forbidden
handler404 = refusals.not_found
handler500 = refusals.server_error
