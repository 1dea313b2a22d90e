"""Routes of players and their wallets."""

from django.urls import URLPattern, URLResolver, path

from wallet.api import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("players", views.Players.as_view()),
    path("players/<str:player_id>", views.Player.as_view()),
    path("players/<str:player_id>/wallet", views.WalletOfPlayer.as_view()),
    path("players/<str:player_id>/deposits", views.Deposits.as_view()),
    path("players/<str:player_id>/withdrawals", views.Withdrawals.as_view()),
    path("players/<str:player_id>/rollbacks", views.Rollbacks.as_view()),
    path("players/<str:player_id>/transactions", views.Transactions.as_view()),
]
