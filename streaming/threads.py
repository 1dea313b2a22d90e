"""Reading for the event loop: a few threads, each with its own connection to PostgreSQL."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, TypeVar

from django.db import close_old_connections

Given = ParamSpec("Given")
Found = TypeVar("Found")

THREADS: Final = 4
_hands: Final = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="stream")


async def in_thread(call: Callable[Given, Found], *args: Given.args, **kwargs: Given.kwargs) -> Found:
    """Call a function that may wait, and return or raise what it does."""
    work = partial(_with_live_connection, partial(call, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(_hands, work)


def _with_live_connection(call: Callable[[], Found]) -> Found:
    close_old_connections()
    return call()
