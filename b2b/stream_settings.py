"""Settings of the stream: where it is, who may open it, and how much one tenant may take."""

import environ

from b2b import environment

_env = environ.Env()

STREAM_URL = environment.told("B2B_STREAM_URL", "stream_url") or "ws://127.0.0.1:8002/ws/v2/stream"
_ORIGIN = STREAM_URL.replace("ws", "http", 1).split("/ws/", 1)[0].lower()
STREAM_ORIGINS = frozenset([_ORIGIN, *(each.lower() for each in _env.list("B2B_STREAM_ORIGINS", default=[]))])
"""Whose pages may open the stream: its own, and those of partners' applications that are named."""
STREAM_CONNECTIONS_MAX = _env.int("B2B_STREAM_CONNECTIONS_MAX", default=2_000)
STREAM_SUBSCRIPTIONS_MAX = _env.int("B2B_STREAM_SUBSCRIPTIONS_MAX", default=20)
STREAM_FRAMES_PER_SECOND = _env.int("B2B_STREAM_FRAMES_PER_SECOND", default=10)
STREAM_FRAMES_AT_ONCE = _env.int("B2B_STREAM_FRAMES_AT_ONCE", default=50)
STREAM_FRAMES_PER_SECOND_TENANT = _env.int("B2B_STREAM_FRAMES_PER_SECOND_TENANT", default=200)
STREAM_EVENTS_WAITING_MAX = _env.int("B2B_STREAM_EVENTS_WAITING_MAX", default=1_000)
STREAM_RESUME_EVENTS_MAX = _env.int("B2B_STREAM_RESUME_EVENTS_MAX", default=10_000)
STREAM_RESUME_FACTS_MAX = _env.int("B2B_STREAM_RESUME_FACTS_MAX", default=5_000)
