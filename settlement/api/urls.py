from django.urls import URLPattern, URLResolver, path

from settlement.api import views
from settlement.api.partner import ThePartner

urlpatterns: list[URLPattern | URLResolver] = [
    path("partner", ThePartner.as_view()),
    path("statements", views.Statements.as_view()),
    path("statements/<str:statement_id>", views.OneStatement.as_view()),
    path("statements/<str:statement_id>/lines", views.StatementLines.as_view()),
    path("statements/<str:statement_id>/bets", views.StatementBets.as_view()),
    path("statements/<str:statement_id>/export", views.StatementExport.as_view()),
]
