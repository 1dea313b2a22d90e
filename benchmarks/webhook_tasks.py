"""The rival of the pump: one Celery task for each delivery, sent with `requests`.

`celery --app benchmarks.webhook_tasks:as_it_comes` is Celery with nothing set; `:tuned` keeps its connections
to PostgreSQL and to receivers. Each task reads its delivery, its event and the secrets, signs, sends, and
writes down what came of it: what the pump does, one at a time.
"""

import json
import time
from typing import Any, Final

import django
import requests
from celery import Celery

django.setup()

from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402
from django.db.models import F  # noqa: E402
from yarl import URL  # noqa: E402

from core.clock import now  # noqa: E402
from core.ids import typeid  # noqa: E402
from core.models import Event  # noqa: E402
from webhooks.guard import Reach  # noqa: E402
from webhooks.keys import decrypt_secret  # noqa: E402
from webhooks.models import Attempt, Delivery, DeliveryState, Secret  # noqa: E402
from webhooks.pumping.claiming import Claimed  # noqa: E402
from webhooks.pumping.lanes import Target  # noqa: E402
from webhooks.pumping.message import make_body, make_headers  # noqa: E402

TIMEOUT_SECONDS: Final = 15

as_it_comes = Celery("as_it_comes", broker=settings.BROKER_URL)
tuned = Celery("tuned", broker=settings.BROKER_URL)
tuned.conf.update(CELERY_DB_REUSE_MAX=10_000)
for app in (as_it_comes, tuned):
    app.conf.update(
        task_default_queue=app.main, task_ignore_result=True, broker_connection_retry_on_startup=True
    )
_session = requests.Session()


@as_it_comes.task(name="deliver")  # type: ignore[untyped-decorator]
def deliver(delivery_id: str) -> None:
    _deliver(delivery_id, requests.post)


@tuned.task(name="deliver")  # type: ignore[untyped-decorator]
def deliver_tuned(delivery_id: str) -> None:
    _deliver(delivery_id, _session.post)


def _deliver(delivery_id: str, post: Any) -> None:
    delivery = Delivery.objects.select_related("endpoint__tenant").get(pk=delivery_id)
    endpoint = delivery.endpoint
    event = Event.objects.get(tenant_id=delivery.tenant_id, sequence=delivery.sequence)
    secrets = Secret.objects.filter(endpoint=endpoint).values_list("encrypted", flat=True)
    target = Target(
        url=URL(endpoint.url),
        reach=Reach(public=True),
        partner=typeid("ptr", endpoint.tenant.partner_id),
        keys=tuple(decrypt_secret(bytes(secret), endpoint_id=endpoint.pk) for secret in secrets),
    )
    claimed = Claimed(
        id=delivery.pk,
        endpoint_id=endpoint.pk,
        event_id=event.event_id,
        sequence=event.sequence,
        type=event.type,
        failed_before=0,
        lives_seconds=None,
        next_at=delivery.next_at,
        occurred_at=event.occurred_at,
        data=json.dumps(event.data),
    )
    body = make_body(claimed, partner=target.partner)
    headers = make_headers(claimed, target, body)
    started_at, began = now(), time.monotonic()
    answer = post(endpoint.url, data=body, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False)
    with transaction.atomic():
        Attempt.objects.create(
            delivery_id=delivery.pk,
            number=1,
            tenant_id=delivery.tenant_id,
            endpoint_id=endpoint.pk,
            started_at=started_at,
            duration_ms=round((time.monotonic() - began) * 1000),
            status=answer.status_code,
            request_headers=dict(headers),
            response_headers=dict(answer.headers),
            response_body=answer.text[:4096],
        )
        Delivery.objects.filter(pk=delivery.pk).update(
            state=DeliveryState.DELIVERED, attempts=F("attempts") + 1, finished_at=now()
        )
