"""Settings of Valkey and Celery: caches and rate limits in one database, the broker in the next."""

from typing import Any

import environ

from b2b import environment
from b2b.schedule import BEAT_SCHEDULE

_env = environ.Env()

VALKEY_URL = environment.told("B2B_VALKEY_URL", "valkey_url") or "redis://127.0.0.1:8079/0"
BROKER_URL = environment.told("B2B_BROKER_URL", "broker_url") or "redis://127.0.0.1:8079/1"
VALKEY_TIMEOUT_SECONDS = _env.float("B2B_VALKEY_TIMEOUT_SECONDS", default=0.5)

_VALKEY_OPTIONS = {
    "socket_timeout": VALKEY_TIMEOUT_SECONDS,
    "socket_connect_timeout": VALKEY_TIMEOUT_SECONDS,
    "health_check_interval": 30,
}
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": VALKEY_URL,
        "KEY_PREFIX": "b2b",
        "OPTIONS": _VALKEY_OPTIONS,
    },
    "ratelimit": {
        "BACKEND": "partners.api.counters.CounterCache",
        "LOCATION": VALKEY_URL,
        "KEY_PREFIX": "b2b-rate",
        "OPTIONS": _VALKEY_OPTIONS,
    },
}
RATELIMIT_USE_CACHE = "ratelimit"
RATELIMIT_FAIL_OPEN = _env.bool("B2B_RATELIMIT_FAIL_OPEN", default=True)

CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": _env.int("B2B_TASK_VISIBILITY_TIMEOUT_SECONDS", default=300),
    "socket_connect_timeout": 5,
    "health_check_interval": 30,
    # Whoever enqueues while the broker is away is told at once; sweeps find what was not enqueued.
    "max_retries": 1,
    "interval_start": 0,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_DEFAULT_QUEUE = "b2b"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A connection to PostgreSQL serves many tasks; `b2b.celery` looks at it before each.
CELERY_DB_REUSE_MAX = 10_000
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(environment.var_dir() / "beat-schedule")
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE
