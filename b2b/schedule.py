"""What beat asks for, and how often in seconds. `expires`: nobody needs it any more after that long."""

from typing import Any, Final

BEAT_SCHEDULE: Final[dict[str, dict[str, Any]]] = {
    "say that beat and a worker live": {
        "task": "core.beat_heart",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "close requests that nobody decided": {"task": "approvals.expire_requests", "schedule": 60.0},
    "send letters about approvals": {
        "task": "approvals.send_letters",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "take up interrupted approvals": {"task": "approvals.sweep_interrupted", "schedule": 60.0},
    "watch documents that end": {"task": "partners.watch_documents", "schedule": 3600.0},
    "send reminders that wait": {"task": "partners.send_reminders", "schedule": 600.0},
    "forget ended tokens": {"task": "partners.forget_ended_tokens", "schedule": 600.0},
    "react to facts": {"task": "core.react_to_facts", "schedule": 1.0, "options": {"expires": 30}},
    "forget old events": {"task": "core.forget_events", "schedule": 3600.0},
    "forget old facts": {"task": "core.forget_facts", "schedule": 3600.0},
    "forget old idempotency keys": {"task": "core.forget_idempotency_keys", "schedule": 3600.0},
    "send webhooks": {"task": "webhooks.pump", "schedule": 1.0},
    "tell of disabled endpoints": {
        "task": "webhooks.send_notices",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "forget old deliveries": {"task": "webhooks.forget_old", "schedule": 3600.0},
    "forget ended sessions": {"task": "staff.forget_sessions", "schedule": 3600.0},
    "forget old wrong passwords": {"task": "staff.forget_login_attempts", "schedule": 86400.0},
    "forget old figures by the hour": {"task": "reporting.forget_hours", "schedule": 86400.0},
    "keep the request log's partitions": {"task": "integration.keep_partitions", "schedule": 3600.0},
    "count what happened": {
        "task": "reporting.count_activity",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "seal the ledger": {"task": "wallet.seal_ledger", "schedule": 10.0, "options": {"expires": 10}},
    "seal the audit trail": {"task": "core.seal_trail", "schedule": 10.0, "options": {"expires": 10}},
    "verify the ledger": {"task": "wallet.verify_ledger", "schedule": 3600.0, "options": {"expires": 3600}},
    "verify the audit trail": {"task": "core.verify_trail", "schedule": 3600.0, "options": {"expires": 3600}},
    "take up lost settlements": {"task": "sportsbook.sweep_settlements", "schedule": 10.0},
}
