"""Settings of the webhooks: how long what is kept, and which networks a test world may reach."""

import environ

_env = environ.Env()

WEBHOOK_ODDS_LIFE_SECONDS = _env.int("B2B_WEBHOOK_ODDS_LIFE_SECONDS", default=60)
WEBHOOK_RETENTION_DAYS = _env.int("B2B_WEBHOOK_RETENTION_DAYS", default=30)
WEBHOOK_SECRET_OVERLAP_HOURS = _env.int("B2B_WEBHOOK_SECRET_OVERLAP_HOURS", default=24)
