from django.urls import URLPattern, URLResolver, path

from partners.compliance.admin import expiring, pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("expiring/", expiring.expiring, name="office-expiring"),
    path("expiring/export/", expiring.export_expiring, name="office-expiring-export"),
    path("documents/<uuid:evidence_id>/file", pages.document_file, name="office-document-file"),
    path("partners/<uuid:partner_id>/hand-in/", pages.hand_in, name="office-hand-in"),
    path("partners/<uuid:partner_id>/dossier/", pages.export_dossier, name="office-dossier"),
]
