"""The pump of this process: its loop sleeps between two slices, with everything that is under way in it."""

import asyncio
import gc
from contextlib import suppress
from typing import Any, Final

from celery import current_app
from celery.signals import worker_shutdown, worker_shutting_down
from kombu.exceptions import OperationalError

from webhooks.pumping.pump import Pump

QUEUE: Final = "webhooks"
COLLECTED_AFTER: Final = 50_000


class RunningPump:
    """The pump and its loop, made by the first slice. Asked to stop, it begins no further slice."""

    def __init__(self) -> None:
        self._runner: asyncio.Runner | None = None
        self._pump: Pump | None = None
        self._is_stopping = False

    def run(self, seconds: float) -> None:
        """Pump for so many seconds, or until `stop()`."""
        if self._is_stopping:
            return
        if self._runner is None:
            self._runner = asyncio.Runner()
            _spare_the_collector()
        self._runner.run(self._slice(seconds))

    async def _slice(self, seconds: float) -> None:
        self._pump = self._pump or Pump()
        if self._is_stopping:
            self._pump.stop()
        await self._pump.run(seconds=seconds)

    def stop(self) -> None:
        """End the slice. A signal's handler calls this at any moment, before the first slice or within."""
        self._is_stopping = True
        if self._runner is not None and self._pump is not None:
            self._runner.get_loop().call_soon_threadsafe(self._pump.stop)

    def close(self) -> None:
        """Write down what is under way, and give the rest back."""
        if self._runner is not None and self._pump is not None:
            self._runner.run(self._pump.close())
            self._runner.close()
        self._runner = self._pump = None


def _spare_the_collector() -> None:
    """Let the garbage collector pass over what the process has loaded, and come less often.

    It was a fifth of what a delivery costs.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED_AFTER)


_running = RunningPump()


def pump_slice(*, seconds: float) -> None:
    """Pump for some seconds; what is under way then goes on in the next slice."""
    _running.run(seconds)


def forget_waiting_slices() -> None:
    """Empty the queue of slices; the next that beat asks for follows this one."""
    with suppress(OperationalError), current_app.connection_for_write() as broker:
        broker.default_channel.queue_purge(QUEUE)


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def end_slice(**_: Any) -> None:
    """End the slice that is running: its worker was asked to stop."""
    _running.stop()


@worker_shutdown.connect  # type: ignore[untyped-decorator]
def end_pump(**_: Any) -> None:
    """Write down what is under way and give the rest back."""
    _running.close()
