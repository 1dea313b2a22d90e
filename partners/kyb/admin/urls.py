from django.urls import URLPattern, URLResolver, path

from partners.kyb.admin import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("directors/add/", pages.director_add, name="office-director-add"),
    path("directors/<uuid:entry_id>/", pages.director, name="office-director"),
    path("screenings/company/", pages.screen, name="office-screen-company"),
    path("screenings/owners/<uuid:owner_id>/", pages.screen, name="office-screen-owner"),
    path("screenings/directors/<uuid:director_id>/", pages.screen, name="office-screen-director"),
    path("screenings/<uuid:entry_id>/decide/", pages.decide_screening, name="office-screening-decide"),
    path("bank-account/", pages.bank_account, name="office-bank-account"),
    path(
        "bank-accounts/<uuid:entry_id>/verify/", pages.verify_bank_account, name="office-bank-account-verify"
    ),
    path("kyb-reviews/add/", pages.review, name="office-kyb-review-add"),
    path("processor-contracts/add/", pages.processor_contract, name="office-processor-contract-add"),
]
