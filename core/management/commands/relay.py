"""`manage.py relay`: give announced events their numbers, for as long as the process lives."""

import signal
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from core.relay import Relay


class Command(BaseCommand):
    help = "Take announced events out of the outbox and number them, one leader at a time."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        relay = Relay()

        def stop(_signal: int, _frame: FrameType | None) -> None:
            relay.stop()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)
        relay.run()
