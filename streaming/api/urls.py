from django.urls import URLPattern, URLResolver, path

from streaming.api.tickets import Tickets

urlpatterns: list[URLPattern | URLResolver] = [
    path("stream/tickets", Tickets.as_view()),
]
