"""A pump in a thread of the test, and what it has done so far."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from tests.makers import relays
from tests.makers.roles import acting_as
from webhooks.models import Attempt, Delivery, Endpoint, EndpointStatus
from webhooks.pumping.pump import Pump
from webhooks.pumping.sending import Sender


@contextmanager
def pumping(**sender: Any) -> Iterator[Pump]:
    """Run a pump for the length of the block; `sender` as for `Sender`. It sends for no earlier test."""
    started = threading.Event()
    running: list[Pump] = []
    loops: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        pump = Pump(sender=Sender(**sender))
        running.append(pump)
        loops.append(asyncio.get_running_loop())
        started.set()
        await pump.run(seconds=3600)
        await pump.close()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert started.wait(10)
    try:
        yield running[0]
    finally:
        loops[0].call_soon_threadsafe(running[0].stop)
        thread.join(20)
        assert not thread.is_alive()


def leave_others_in_peace() -> None:
    """Pause every endpoint that earlier tests have left."""
    with acting_as("b2b_jobs"):
        Endpoint.objects.filter(status=EndpointStatus.ACTIVE).update(status=EndpointStatus.PAUSED)


wait_until = partial(relays.wait_until, seconds=15.0)


def states(endpoint: Endpoint) -> list[str]:
    """Return the states of an endpoint's deliveries, in the order of the sequence."""
    with acting_as("b2b_jobs"):
        return list(
            Delivery.objects.filter(endpoint=endpoint)
            .order_by("sequence", "pk")
            .values_list("state", flat=True)
        )


def attempts(endpoint: Endpoint) -> list[Attempt]:
    """Return every attempt to send to an endpoint, in the order they began."""
    with acting_as("b2b_jobs"):
        return list(Attempt.objects.filter(endpoint_id=endpoint.pk).order_by("started_at"))


def change(endpoint: Endpoint, **values: Any) -> None:
    """Change an endpoint's row past the service."""
    with acting_as("b2b_jobs"):
        Endpoint.objects.filter(pk=endpoint.pk).update(**values)


def change_deliveries(endpoint: Endpoint, **values: Any) -> None:
    """Change the rows of an endpoint's deliveries: to have time pass, for instance."""
    with acting_as("b2b_jobs"):
        Delivery.objects.filter(endpoint=endpoint).update(**values)


def renewed(endpoint: Endpoint) -> Endpoint:
    """Return the endpoint as it is now."""
    with acting_as("b2b_jobs"):
        return Endpoint.objects.get(pk=endpoint.pk)
