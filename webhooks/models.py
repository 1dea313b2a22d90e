"""Webhooks: where a partner wants its events sent, the secrets they are signed with, and what became of each.

A delivery names its event and keeps no copy of it: what is sent is made from `core_event` at that moment.
Only what still waits is indexed for the pump; the rest is found by endpoint.
"""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from core.ids import uuid7
from core.letters import UNSENT, Letter, letter_rules
from core.tenancy import SameTenant, TenantForeignKey
from webhooks.rules import URL_LENGTH_MAX

CONCURRENCY_MAX: Final = 10
RATE_MAX: Final = 1000
SUBJECT_LENGTH_MAX: Final = 32


class EndpointStatus(models.TextChoices):
    """Paused: deliveries are made and wait. Disabled: none are made."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


class DisabledReason(models.TextChoices):
    """Why an endpoint was disabled."""

    PARTNER = "partner", "by the partner"
    STAFF = "staff", "by our staff"
    GONE = "gone", "it answered 410 Gone"
    FAILING = "failing", "it failed for days"


class ApiVersion(models.TextChoices):
    """The form of what is sent."""

    V2 = "2"


class Endpoint(models.Model):
    """An address of the partner's that is sent events, and how it is doing.

    The pump writes the last four columns. A removed endpoint stays, disabled, for the sake of its deliveries;
    the partner does not see it any more.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, related_name="endpoints", db_index=False)
    url = models.CharField("URL", max_length=URL_LENGTH_MAX)
    types = ArrayField(
        models.CharField(max_length=32), default=list, blank=True, help_text="of events; empty: all"
    )
    description = models.CharField(max_length=200, blank=True)
    api_version = models.CharField("API version", max_length=4, choices=ApiVersion, default=ApiVersion.V2)
    status = models.CharField(max_length=8, choices=EndpointStatus, default=EndpointStatus.ACTIVE)
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=8, choices=DisabledReason, blank=True)
    removed_at = models.DateTimeField(null=True)
    rate_per_second = models.PositiveSmallIntegerField(null=True, blank=True, help_text="empty: no limit")
    concurrency = models.PositiveSmallIntegerField(
        default=CONCURRENCY_MAX, help_text="how many requests may be open at once"
    )
    strict_order = models.BooleanField(
        default=False, help_text="each delivery waits until the one before it is delivered or dead"
    )
    created_at = models.DateTimeField()
    consecutive_failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    breaker_until = models.DateTimeField(null=True, help_text="nothing is sent before this moment")
    last_delivered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "webhook endpoint"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("tenant", "id"), name="an_endpoint_is_of_one_tenant"),
            models.CheckConstraint(
                condition=Q(status__in=EndpointStatus.values), name="an_endpoint_has_a_known_status"
            ),
            models.CheckConstraint(
                condition=Q(api_version__in=ApiVersion.values), name="an_endpoint_has_a_known_version"
            ),
            models.CheckConstraint(
                condition=Q(
                    status="disabled", disabled_at__isnull=False, disabled_reason__in=DisabledReason.values
                )
                | (~Q(status="disabled") & Q(disabled_at__isnull=True, disabled_reason="")),
                name="a_disabled_endpoint_says_when_and_why",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(status="disabled"),
                name="a_removed_endpoint_is_disabled",
            ),
            models.CheckConstraint(
                condition=Q(concurrency__gte=1, concurrency__lte=CONCURRENCY_MAX),
                name="an_endpoint_takes_1_to_10_requests_at_once",
            ),
            models.CheckConstraint(
                condition=Q(rate_per_second__isnull=True)
                | Q(rate_per_second__gte=1, rate_per_second__lte=RATE_MAX),
                name="an_endpoints_rate_is_1_to_1000_a_second",
            ),
        )

    def __str__(self) -> str:
        return self.url


class Secret(models.Model):
    """A secret that an endpoint's deliveries are signed with, encrypted (`webhooks.keys`).

    One has no end; those it replaced sign beside it until they expire.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_index=False)
    endpoint = TenantForeignKey(Endpoint, related_name="secrets", db_index=True)
    encrypted = models.BinaryField()
    hint = models.CharField(max_length=4, help_text="the last four characters")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            SameTenant(field="endpoint", name="a_secret_and_its_endpoint_share_a_tenant"),
            models.UniqueConstraint(
                fields=("endpoint",),
                condition=Q(expires_at__isnull=True),
                name="an_endpoint_has_one_secret_without_end",
            ),
        )

    def __str__(self) -> str:
        return f"…{self.hint}"


class DeliveryState(models.TextChoices):
    """Pending deliveries wait, leased ones are being sent; the others are finished.

    Dead: every attempt failed. Superseded: newer odds of the same outcome came before these were sent.
    Expired: its short life ended before it was sent. Cancelled: its endpoint was removed.
    """

    PENDING = "pending"
    LEASED = "leased", "being sent"
    DELIVERED = "delivered"
    DEAD = "dead"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


WAITING: Final = (DeliveryState.PENDING, DeliveryState.LEASED)
FINISHED: Final = tuple(state for state in DeliveryState if state not in WAITING)


class DeliveryKind(models.TextChoices):
    EVENT = "event"
    REPLAY = "replay"
    TEST = "test"


class Delivery(models.Model):
    """An event on its way to an endpoint.

    `attempts` counts all that were made; `attempts_before` those made when it was last put back into the
    queue by hand: the schedule of retries began anew, and `attempts - attempts_before` have failed since.
    `subject` is the outcome's id of an `odds.changed`, which newer odds of the same outcome supersede.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_index=False)
    endpoint = TenantForeignKey(Endpoint, related_name="deliveries")
    event_id = models.UUIDField()
    sequence = models.BigIntegerField()
    type = models.CharField(max_length=32)
    kind = models.CharField(max_length=8, choices=DeliveryKind, default=DeliveryKind.EVENT)
    subject = models.CharField(max_length=SUBJECT_LENGTH_MAX, blank=True)
    state = models.CharField(max_length=12, choices=DeliveryState, default=DeliveryState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempts_before = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(help_text="when the next attempt is due")
    expires_at = models.DateTimeField(null=True, help_text="not sent after this moment")
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ("-id",)
        constraints = (
            SameTenant(field="endpoint", name="a_delivery_and_its_endpoint_share_a_tenant"),
            models.UniqueConstraint(
                fields=("tenant", "endpoint", "id"), name="a_delivery_is_of_one_tenant_and_endpoint"
            ),
            models.CheckConstraint(
                condition=Q(state__in=DeliveryState.values), name="a_delivery_has_a_known_state"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=DeliveryKind.values), name="a_delivery_has_a_known_kind"
            ),
            models.CheckConstraint(
                condition=Q(state="leased", lease_until__isnull=False, lease_token__isnull=False)
                | (~Q(state="leased") & Q(lease_until__isnull=True, lease_token__isnull=True)),
                name="a_delivery_is_leased_with_a_token",
            ),
            models.CheckConstraint(
                condition=Q(state__in=WAITING, finished_at__isnull=True)
                | Q(state__in=FINISHED, finished_at__isnull=False),
                name="a_finished_delivery_says_when",
            ),
        )
        indexes = (
            models.Index(fields=("endpoint", "sequence"), name="deliveries_by_sequence"),
            models.Index(
                fields=("endpoint", "next_at"), condition=Q(state="pending"), name="deliveries_that_are_due"
            ),
            models.Index(
                fields=("endpoint", "sequence"), condition=Q(state="pending"), name="deliveries_in_order"
            ),
            models.Index(
                fields=("endpoint", "lease_until"), condition=Q(state="leased"), name="deliveries_under_way"
            ),
            models.Index(
                fields=("endpoint", "subject"),
                condition=Q(state="pending") & ~Q(subject=""),
                name="deliveries_to_supersede",
            ),
            models.Index(
                fields=("endpoint", "-id"), condition=Q(state="dead"), name="deliveries_that_are_dead"
            ),
        )

    def __str__(self) -> str:
        return f"{self.type} {self.sequence}"


class Attempt(models.Model):
    """One request to an endpoint and what came of it: a status, or the code of what went wrong.

    `url` is empty where nothing was sent. `request_headers` are those that were sent, without signatures; of
    the answer's body the first 4 KiB are kept, what is no UTF-8 replaced.
    """

    pk = models.CompositePrimaryKey("delivery_id", "number")
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_index=False)
    endpoint_id = models.UUIDField()
    delivery = TenantForeignKey(Delivery, related_name="tries")
    number = models.PositiveSmallIntegerField(help_text="1 is the first")
    url = models.CharField(
        "URL", max_length=URL_LENGTH_MAX, default="", db_default="", help_text="where it was sent"
    )
    started_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField("duration (ms)")
    status = models.PositiveSmallIntegerField(null=True, help_text="empty: no answer came")
    error = models.CharField(max_length=32, blank=True, help_text="the code of what went wrong")
    request_headers = models.JSONField(default=dict)
    response_headers = models.JSONField(default=dict)
    response_body = models.TextField(blank=True)

    class Meta:
        ordering = ("delivery", "number")
        constraints = (
            SameTenant(
                field="delivery",
                name="an_attempt_and_its_delivery_share_a_tenant",
                also=(("endpoint_id", "endpoint_id"),),
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="attempts_are_counted_from_1"),
            models.CheckConstraint(
                condition=Q(status__isnull=False) | ~Q(error=""),
                name="an_attempt_has_a_status_or_an_error",
            ),
        )

    def __str__(self) -> str:
        return f"attempt {self.number}"


class Notice(Letter):
    """An e-mail about an endpoint that the platform disabled."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_index=False)
    endpoint = TenantForeignKey(Endpoint, related_name="notices")
    disabled_at = models.DateTimeField()
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        constraints = (
            SameTenant(field="endpoint", name="a_notice_and_its_endpoint_share_a_tenant"),
            models.UniqueConstraint(
                fields=("endpoint", "disabled_at"), name="a_disabled_endpoint_has_one_notice"
            ),
            *letter_rules("notice"),
        )
        indexes = (
            models.Index(fields=("entered_at",), condition=Q(state__in=UNSENT), name="notices_to_be_sent"),
        )

    def __str__(self) -> str:
        return f"disabled {self.endpoint}"
