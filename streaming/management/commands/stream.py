"""`manage.py stream`: serve the stream, with `B2B_PROCESS=api`."""

import resource
from typing import Any

import uvicorn
from django.core.management.base import BaseCommand, CommandParser

from streaming.asked import FRAME_BYTES_MAX
from streaming.socket import Socket

STOP_SECONDS = 2


class Command(BaseCommand):
    help = "Serve the WebSocket stream and the page /docs/live; logs in as the API (B2B_PROCESS=api)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8002)

    def handle(self, *args: Any, **options: Any) -> None:
        # Each connection is an open file, and the usual limit of a thousand is the shell's, not ours.
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        uvicorn.run(
            "b2b.asgi:application",
            host=options["host"],
            port=options["port"],
            ws=Socket,
            http="h11",
            lifespan="on",
            ws_max_size=FRAME_BYTES_MAX,
            # Each connection would cost memory and each frame time: frames are made once for all.
            ws_per_message_deflate=False,
            ws_ping_interval=20,
            ws_ping_timeout=20,
            # Addresses are taken from trusted proxies by `partners.rules`, as everywhere.
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_config=None,
            log_level="warning",
            backlog=1024,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
