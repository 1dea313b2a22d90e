"""What partners are told of their tickets: the shape of the event's data."""

from typing import Literal

from core.event_types import EventType, Instant, TicketId, Told, declare_events


class TicketUpdatedData(Told, frozen=True, kw_only=True, rename="camel"):
    """What the ticket says is read where the ticket is; no message is in an event."""

    ticket_id: TicketId
    severity: Literal["low", "medium", "high", "critical"]
    status: str
    updated_at: Instant


declare_events(
    EventType(
        "ticket.updated",
        "a support ticket got a message or another status",
        TicketUpdatedData,
        {
            "ticketId": "tkt_01kjma0m5sf7qv3x8b2dz9k4wn",
            "severity": "high",
            "status": "open",
            "updatedAt": "2026-03-01T12:00:00.000Z",
        },
        is_planned=True,
    ),
)
