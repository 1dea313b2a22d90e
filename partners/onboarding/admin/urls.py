from django.urls import URLPattern, URLResolver, path

from partners.onboarding.admin import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("company/", pages.company, name="office-company"),
    path("owners/add/", pages.add_owner, name="office-owner-add"),
    path("owners/<uuid:entry_id>/", pages.owner, name="office-owner"),
    path("licences/add/", pages.add_licence, name="office-licence-add"),
    path("licences/<uuid:entry_id>/", pages.licence, name="office-licence"),
    path("contacts/add/", pages.add_contact, name="office-contact-add"),
    path("contacts/<uuid:entry_id>/", pages.contact, name="office-contact"),
    path("certifications/sign/", pages.sign_certification, name="office-certification-sign"),
    path(
        "certifications/<uuid:entry_id>/countersign/",
        pages.countersign_certification,
        name="office-certification-countersign",
    ),
    path(
        "certifications/<uuid:entry_id>/withdraw/",
        pages.withdraw_certification,
        name="office-certification-withdraw",
    ),
    path("notes/", pages.write_note, name="office-note"),
]
