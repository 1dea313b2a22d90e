"""Settings of facts and events: from how large a change on odds are announced, and how long what is kept."""

from decimal import Decimal
from typing import Final

import environ

_env = environ.Env()

ODDS_CHANGED_THRESHOLD: Final = Decimal(_env.str("B2B_ODDS_CHANGED_THRESHOLD", default="0.05"))
FACT_RETENTION_HOURS: Final = _env.int("B2B_FACT_RETENTION_HOURS", default=24)
EVENT_RETENTION_DAYS: Final = _env.int("B2B_EVENT_RETENTION_DAYS", default=90)
