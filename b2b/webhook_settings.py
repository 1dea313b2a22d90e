"""Settings of the webhooks: how long what is kept, whom the pump reaches, and how much it has under way."""

import environ

_env = environ.Env()

WEBHOOK_ODDS_LIFE_SECONDS = _env.int("B2B_WEBHOOK_ODDS_LIFE_SECONDS", default=60)
WEBHOOK_RETENTION_DAYS = _env.int("B2B_WEBHOOK_RETENTION_DAYS", default=30)
WEBHOOK_SECRET_OVERLAP_HOURS = _env.int("B2B_WEBHOOK_SECRET_OVERLAP_HOURS", default=24)
WEBHOOK_ALLOW_NETS = _env.list("B2B_WEBHOOK_ALLOW_NETS", default=[])
WEBHOOK_TIMEOUT_SECONDS = _env.float("B2B_WEBHOOK_TIMEOUT_SECONDS", default=15.0)
WEBHOOK_ANSWER_BYTES_MAX = 64 * 1024
WEBHOOK_SLOTS = _env.int("B2B_WEBHOOK_SLOTS", default=400)
WEBHOOK_SLICE_SECONDS = _env.float("B2B_WEBHOOK_SLICE_SECONDS", default=20.0)
WEBHOOK_SLICE_SECONDS_MOST = 3600.0
WEBHOOK_SEEN_SECONDS = 10.0
CELERY_TASK_ROUTES = {"webhooks.pump": {"queue": "webhooks"}}
