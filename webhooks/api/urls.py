"""Paths of the webhooks, below /api/v2/."""

from django.urls import path

from webhooks.api import deliveries, endpoints

urlpatterns = [
    path("webhook-endpoints", endpoints.Endpoints.as_view()),
    path("webhook-endpoints/<webhook_endpoint_id>", endpoints.OneEndpoint.as_view()),
    path("webhook-endpoints/<webhook_endpoint_id>/secret-rotations", endpoints.SecretRotations.as_view()),
    path("webhook-endpoints/<webhook_endpoint_id>/tests", deliveries.Tests.as_view()),
    path("webhook-endpoints/<webhook_endpoint_id>/replays", deliveries.Replays.as_view()),
    path("webhook-endpoints/<webhook_endpoint_id>/retries", deliveries.Retries.as_view()),
    path("webhook-endpoints/<webhook_endpoint_id>/deliveries", deliveries.Deliveries.as_view()),
    path("webhook-deliveries/<delivery_id>", deliveries.OneDelivery.as_view()),
    path("webhook-deliveries/<delivery_id>/retries", deliveries.RetriesOfOne.as_view()),
]
