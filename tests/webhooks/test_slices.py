"""Slices of the pump: whenever their worker is asked to stop, none goes on."""

import os
import signal
import threading

import pytest

from webhooks.pumping.slices import RunningPump

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]

FOR_EVER = 3600.0
"""A slice that is not ended holds up the tests."""


class TestRunningPump:
    def test_that_is_stopped_before_its_first_slice_begins_none(self) -> None:
        running = RunningPump()
        running.stop()
        running.run(FOR_EVER)
        running.close()

    def test_ends_its_slice_when_a_signal_s_handler_stops_it(self) -> None:
        running = RunningPump()
        before = signal.signal(signal.SIGUSR1, lambda *_: running.stop())
        try:
            threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGUSR1)).start()
            running.run(FOR_EVER)
        finally:
            signal.signal(signal.SIGUSR1, before)
            running.close()
