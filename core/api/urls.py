"""Routes under /api/v2 that belong to no other app."""

from django.urls import URLPattern, URLResolver, path

from core.api.docs import OpenApi
from core.api.event_types import EventTypes, EventTypeSchema
from core.api.events import Events

urlpatterns: list[URLPattern | URLResolver] = [
    path("events", Events.as_view()),
    path("event-types", EventTypes.as_view()),
    path("event-types/<str:event_type>/schema", EventTypeSchema.as_view()),
    path("openapi.json", OpenApi.as_view()),
]
