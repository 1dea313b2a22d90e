"""Run inside the platform, as one of its processes: what the benchmarks measure below HTTP.

`python -m benchmarks.inside post-entries SEED SECONDS | enter-result FIXTURE | make-endpoints COUNT
URL`; it says `ready`, waits for a
line on standard input, works, and prints one JSON line.
"""

import json
import random
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import django

django.setup()

from django.conf import settings  # noqa: E402

import b2b.celery  # noqa: E402, F401 - whoever enters a result enqueues by it
from core.clock import now  # noqa: E402
from core.ids import parse_typeid, uuid7  # noqa: E402
from core.references import fingerprint  # noqa: E402
from core.tenancy import tenant  # noqa: E402
from sportsbook.models import Fixture  # noqa: E402
from sportsbook.services.results import enter_result  # noqa: E402
from wallet.events import BalanceUpdated  # noqa: E402
from wallet.models import Balance  # noqa: E402
from wallet.rules import DEPOSIT  # noqa: E402
from wallet.services import post_entry  # noqa: E402
from webhooks.services import NewEndpoint, create_endpoint, update_endpoint  # noqa: E402


def post_entries(seed: str, seconds: str) -> dict[str, Any]:
    """Post deposits to random players for so many seconds, each in a transaction of its own."""
    demo = json.loads((settings.VAR / "demo.json").read_text("utf-8"))
    tenant_id = parse_typeid("tnt", demo["tenantId"])
    with tenant(tenant_id):
        players = list(Balance.objects.filter(tenant_id=tenant_id).values_list("player_id", flat=True))
    _post(tenant_id, players[0], f"L{seed}-{uuid7()}")
    drawn = random.Random(seed)
    mark = uuid7().hex[-8:]
    wait_for_start()
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < float(seconds):
        _post(tenant_id, drawn.choice(players), f"L{mark}-{seed}-{count}")
        count += 1
    return {"count": count, "seconds": time.perf_counter() - began}


def _post(tenant_id: UUID, player_id: UUID, reference: str) -> None:
    entry_id, posted_at, amount = uuid7(), now(), Decimal("1.00")
    post_entry(
        tenant_id=tenant_id,
        entry_id=entry_id,
        player_id=player_id,
        kind=DEPOSIT.kind,
        reference=reference,
        content=fingerprint([DEPOSIT.kind, str(player_id), "1.00", "EUR"]),
        amount=amount,
        currency="EUR",
        debit=DEPOSIT.debit,
        credit=DEPOSIT.credit,
        refusals=DEPOSIT.refusals,
        event=BalanceUpdated(
            tenant_id=tenant_id,
            occurred_at=posted_at,
            player_id=player_id,
            currency="EUR",
            entry_id=entry_id,
            kind=DEPOSIT.kind,
            reference=reference,
            amount="1.00",
        ),
        posted_at=posted_at,
    )


def enter_a_result(fixture: str) -> dict[str, Any]:
    """Enter 2:1 after the fixture's end, as staff would."""
    found = Fixture.objects.get(id=parse_typeid("fix", fixture))
    wait_for_start()
    began = time.time()
    enter_result(
        fixture_id=found.id,
        home=2,
        away=1,
        entered_by="benchmark",
        entered_at=found.starts_at + timedelta(hours=2),
    )
    return {"began": began, "ended": time.time()}


def make_endpoints(count: str, url: str) -> dict[str, Any]:
    """Enter webhook endpoints of the demo's tenant, and pause them."""
    demo = json.loads((settings.VAR / "demo.json").read_text("utf-8"))
    tenant_id = parse_typeid("tnt", demo["tenantId"])
    wait_for_start()
    made = [
        create_endpoint(tenant_id=tenant_id, asked=NewEndpoint(url=url), created_at=now()).endpoint.pk
        for _ in range(int(count))
    ]
    for endpoint_id in made:
        update_endpoint(
            tenant_id=tenant_id, endpoint_id=endpoint_id, changes={"status": "paused"}, updated_at=now()
        )
    return {"tenantId": str(tenant_id), "endpointIds": [str(endpoint_id) for endpoint_id in made]}


def wait_for_start() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


VERBS: dict[str, Callable[..., dict[str, Any]]] = {
    "post-entries": post_entries,
    "enter-result": enter_a_result,
    "make-endpoints": make_endpoints,
}

if __name__ == "__main__":
    print(json.dumps(VERBS[sys.argv[1]](*sys.argv[2:])), flush=True)
