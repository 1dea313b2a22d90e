"""What is kept of webhooks: ids of what happened, and what partners' systems answered."""

from core.declared import Basis, Retention, declare
from core.masks import mask_each_email

declare(
    "webhooks.Endpoint",
    purpose="to send a partner its events",
    basis=Basis.CONTRACT,
    retention=Retention.CONTRACT_AND_10_YEARS,
    business=(
        "id tenant url types api_version status disabled_at disabled_reason removed_at rate_per_second "
        "concurrency strict_order created_at consecutive_failures failing_since breaker_until "
        "last_delivered_at"
    ),
    free_text="description",
)
declare(
    "webhooks.Secret",
    purpose="to sign what is sent, encrypted with a key that is not in the database",
    basis=Basis.CONTRACT,
    retention=Retention.SHORT,
    hidden="encrypted hint",
    business="id tenant endpoint created_at expires_at",
)
declare(
    "webhooks.Delivery",
    purpose="to send a partner its events, and to answer what became of each",
    basis=Basis.CONTRACT,
    retention=Retention.LOG,
    business=(
        "id tenant endpoint event_id sequence type kind subject state attempts attempts_before next_at "
        "expires_at lease_until lease_token created_at finished_at"
    ),
)
declare(
    "webhooks.Attempt",
    purpose="to answer partners why a delivery failed",
    basis=Basis.CONTRACT,
    retention=Retention.LOG,
    business=(
        "tenant endpoint_id delivery number url started_at duration_ms status error request_headers "
        "response_headers"
    ),
    free_text="response_body",
)
declare(
    "webhooks.Notice",
    purpose="to prove that a partner was told that nothing is sent to it any more",
    subjects="partners' people and staff",
    basis=Basis.CONTRACT,
    retention=Retention.CONTRACT_AND_10_YEARS,
    personal={"recipients": mask_each_email},
    business="id tenant endpoint disabled_at state entered_at attempts tried_at failure",
)
