"""What the webhooks announce themselves: a test, asked for by the partner and sent to one endpoint alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from core.ids import typeid


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTested:
    """An endpoint's partner asked for something to be sent to it."""

    type: ClassVar[str] = "webhook.test"
    tenant_id: UUID
    occurred_at: datetime
    endpoint_id: UUID

    def data(self) -> dict[str, Any]:
        return {"endpointId": typeid("whe", self.endpoint_id)}
