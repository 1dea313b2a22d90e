"""What partners ask of their webhook endpoints and deliveries."""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from core.api.bodies import Body, Moment
from core.api.pagination import PageQuery
from webhooks.models import CONCURRENCY_MAX, RATE_MAX
from webhooks.rules import URL_LENGTH_MAX
from webhooks.services import NewEndpoint

OVERLAP_HOURS_MAX: Final = 168

Url = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=URL_LENGTH_MAX,
        description="https; in a test world also http, to the networks that the platform allows.",
    ),
]
Types = Annotated[
    list[Annotated[str, Meta(max_length=32)]],
    Meta(max_length=64, description="Of events, such as `bet.placed`; empty: all."),
]
Description = Annotated[str, Meta(max_length=200)]
RatePerSecond = (
    Annotated[int, Meta(ge=1, le=RATE_MAX, description="Requests a second at most; null: no limit.")] | None
)
Concurrency = Annotated[
    int, Meta(ge=1, le=CONCURRENCY_MAX, description="How many requests may be open at once.")
]
StrictOrder = Annotated[
    bool, Meta(description="Each delivery waits until the one before it is delivered or dead.")
]
Status = Literal["active", "paused", "disabled"]
State = Literal["pending", "leased", "delivered", "dead", "superseded", "expired", "cancelled"]


class CreateEndpoint(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    url: Url
    types: Types = []
    description: Description = ""
    rate_per_second: RatePerSecond = None
    concurrency: Concurrency = CONCURRENCY_MAX
    strict_order: StrictOrder = False

    def asked(self) -> NewEndpoint:
        """Return the endpoint as the services take it."""
        return NewEndpoint(**msgspec.structs.asdict(self))


class ChangeEndpoint(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    url: Url | UnsetType = UNSET
    types: Types | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    rate_per_second: RatePerSecond | UnsetType = UNSET
    concurrency: Concurrency | UnsetType = UNSET
    strict_order: StrictOrder | UnsetType = UNSET

    def asked(self) -> dict[str, Any]:
        """Return what is to change, by the column's name."""
        given = msgspec.structs.asdict(self)
        return {name: value for name, value in given.items() if value is not UNSET}


class RotateSecret(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    overlap_hours: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=OVERLAP_HOURS_MAX,
                description="How long the present secret signs beside the new one; without it, 24.",
            ),
        ]
        | UnsetType
    ) = UNSET


class Nothing(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """A body that says nothing."""


class Replay(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    from_sequence: Annotated[int, Meta(ge=1, le=2**62, description="The first, included.")]
    to_sequence: Annotated[int, Meta(ge=1, le=2**62, description="The last, included.")]
    types: Types | UnsetType = UNSET


class RetryMany(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    state: Annotated[
        Literal["dead", "expired", "superseded", "pending"],
        Meta(description="Of the deliveries; `pending`: those that wait for their next attempt."),
    ]
    from_: Annotated[Moment, Meta(description="Made at this moment or later.")] | None = msgspec.field(
        name="from", default=None
    )
    to: Annotated[Moment, Meta(description="Made before this moment.")] | None = None


class DeliveriesQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    state: State | None = None
    type: Annotated[str, Meta(max_length=32, description="Of the event.")] | None = None
    sequence: Annotated[int, Meta(ge=1, le=2**62, description="Of the event.")] | None = None


CREATE_EXAMPLE: Final = {
    "url": "https://hooks.example.com/bets",
    "types": ["bet.placed", "bet.settled"],
    "description": "Bets of the main site",
}
REPLAY_EXAMPLE: Final = {"fromSequence": 1201, "toSequence": 1450, "types": ["bet.settled"]}
