"""Webhook endpoints in the office: how each is doing, and what staff do for a partner that asks."""

from typing import Any, Final

from django.contrib import admin
from django.db.models import F, QuerySet
from django.db.models.expressions import RawSQL
from django.http import HttpRequest, HttpResponse
from unfold.enums import ActionVariant

from core.admin.base import ReadOnlyAdmin
from core.admin.cells import Panel, joined, label, moment, moment_text, status_label
from core.admin.commands import CommandForm, ReasonForm, command, told
from core.admin.pages import command_page, secret_page
from core.admin.scope import of_tenant
from core.clock import now
from core.ids import typeid
from webhooks import services
from webhooks.admin.endpoint_panels import count_text, deliveries_panel, health_label, secrets_panel
from webhooks.admin.forms import ReplayForm, RetryForm, RotateForm
from webhooks.models import DisabledReason, Endpoint, EndpointStatus
from webhooks.queries import COUNT_MAX

CHANGE: Final = ("webhooks.change_endpoint",)
SEND: Final = ("webhooks.change_delivery",)
_COUNT: Final = (
    "(SELECT count(*) FROM (SELECT FROM webhooks_delivery d WHERE d.endpoint_id = webhooks_endpoint.id "
    "AND d.state = %s LIMIT %s) AS counted)"
)


class HealthFilter(admin.SimpleListFilter):
    """Endpoints that fail at present, or that the platform disabled."""

    title = "health"
    parameter_name = "health"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("failing", "Failing"), ("disabled", "Disabled by the platform"), ("removed", "Removed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> QuerySet[Endpoint]:
        if self.value() == "failing":
            return queryset.filter(failing_since__isnull=False)
        if self.value() == "disabled":
            return queryset.filter(disabled_reason__in=(DisabledReason.GONE, DisabledReason.FAILING))
        return queryset.filter(removed_at__isnull=False) if self.value() == "removed" else queryset


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    """An address of a partner's that events are sent to. Partners handle their own by the API."""

    whose = of_tenant("tenant_id")
    id_prefix = "whe"
    history_with = ("webhooks.secret",)
    list_display = ("url_shown", "tenant", "state", "health", "waiting", "dead", "delivered")
    narrow_display = ("url_shown", "state", "health")
    list_display_links = ("url_shown",)
    list_filter = ("status", HealthFilter, "tenant__kind")
    list_select_related = ("tenant__partner",)
    search_fields = ("url__icontains", "tenant__partner__name__icontains")
    search_ids = {"tnt": "tenant_id", "ptr": "tenant__partner_id"}
    ordering = ("-id",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "url",
                    ("tenant", "shown_id"),
                    ("state", "why_disabled"),
                    ("types_shown", "description"),
                )
            },
        ),
        ("How it is doing", {"fields": (("health", "delivered"), ("held_back", "failing"))}),
        ("Sending", {"fields": (("rate", "concurrency"), ("order", "api_version"), "created")}),
    )
    actions_detail = (
        "pause",
        "resume",
        "test",
        {"title": "More", "icon": "more_vert", "items": ["replay", "retry", "rotate", "disable"]},
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        found: QuerySet[Endpoint] = super().get_queryset(request)
        waiting = RawSQL(_COUNT, ("pending", COUNT_MAX))  # noqa: S611
        dead = RawSQL(_COUNT, ("dead", COUNT_MAX))  # noqa: S611
        return found.annotate(waiting_count=waiting, dead_count=dead)

    @admin.display(description="URL")
    def url_shown(self, row: Endpoint) -> str:
        return row.url if len(row.url) <= 44 else f"{row.url[:43]}…"

    @admin.display(description="status", ordering="status")
    def state(self, row: Endpoint) -> str:
        if row.removed_at is not None:
            return label("withdrawn", "Removed")
        if row.status == EndpointStatus.DISABLED:
            return label("rejected", f"Disabled: {row.disabled_reason}")
        return status_label(row, "status")

    @admin.display(description="disabled")
    def why_disabled(self, row: Endpoint) -> str:
        if row.disabled_at is None:
            return "-"
        return f"{moment_text(row.disabled_at)}: {row.get_disabled_reason_display()}"

    @admin.display(description="health", ordering=F("failing_since").asc(nulls_last=True))
    def health(self, row: Endpoint) -> str:
        return health_label(row)

    @admin.display(description="waiting")
    def waiting(self, row: Endpoint) -> str:
        return count_text(row.waiting_count)  # type: ignore[attr-defined]

    @admin.display(description="dead")
    def dead(self, row: Endpoint) -> str:
        return count_text(row.dead_count)  # type: ignore[attr-defined]

    @admin.display(description="last delivered", ordering=F("last_delivered_at").desc(nulls_last=True))
    def delivered(self, row: Endpoint) -> str:
        return moment(row.last_delivered_at) if row.last_delivered_at else "never"

    @admin.display(description="types")
    def types_shown(self, row: Endpoint) -> str:
        return joined(row.types) if row.types else "all"

    @admin.display(description="failing since")
    def failing(self, row: Endpoint) -> str:
        return moment(row.failing_since)

    @admin.display(description="held back until")
    def held_back(self, row: Endpoint) -> str:
        return moment(row.breaker_until)

    @admin.display(description="requests a second")
    def rate(self, row: Endpoint) -> str:
        return "no limit" if row.rate_per_second is None else f"at most {row.rate_per_second}"

    @admin.display(description="order")
    def order(self, row: Endpoint) -> str:
        return "strict: one after the other" if row.strict_order else "not strict: several at once"

    @admin.display(description="created", ordering="id")
    def created(self, row: Endpoint) -> str:
        return moment(row.created_at)

    def hidden_commands(self, row: Endpoint) -> frozenset[str]:
        if row.removed_at is not None:
            return frozenset({"pause", "resume", "test", "replay", "retry", "rotate", "disable"})
        if row.status == EndpointStatus.ACTIVE:
            return frozenset({"resume"})
        if row.status == EndpointStatus.PAUSED:
            return frozenset({"pause"})
        return frozenset({"pause", "test", "replay", "retry", "disable"})

    def panels(self, request: HttpRequest, row: Endpoint) -> list[Panel]:
        found = [secrets_panel(row)]
        return [deliveries_panel(row), *found] if request.user.has_perm("webhooks.view_delivery") else found

    @command(
        title="Pause",
        asks="Deliveries are made and wait until the endpoint is resumed; the partner may do so, too.",
        button="Pause",
        permissions=CHANGE,
        form=ReasonForm,
        icon="pause",
    )
    def pause(self, request: HttpRequest, form: Any, object_id: str) -> None:
        self._set_status(request, object_id, EndpointStatus.PAUSED, form.cleaned_data["reason"])
        told(request, "The endpoint is paused.")

    @command(
        title="Resume",
        asks="What waits is sent; failures so far are forgotten.",
        button="Resume",
        permissions=CHANGE,
        form=ReasonForm,
        icon="play_arrow",
        variant=ActionVariant.PRIMARY,
    )
    def resume(self, request: HttpRequest, form: Any, object_id: str) -> None:
        self._set_status(request, object_id, EndpointStatus.ACTIVE, form.cleaned_data["reason"])
        told(request, "The endpoint is active.")

    @command(
        title="Disable",
        asks="No deliveries are made any more until the endpoint is resumed; a replay catches up then.",
        button="Disable",
        permissions=CHANGE,
        form=ReasonForm,
        icon="block",
        variant=ActionVariant.DANGER,
    )
    def disable(self, request: HttpRequest, form: Any, object_id: str) -> None:
        self._set_status(request, object_id, EndpointStatus.DISABLED, form.cleaned_data["reason"])
        told(request, "The endpoint is disabled.")

    @command(
        title="Send a test",
        asks="A webhook.test takes its place in the tenant's events and is sent to this endpoint alone.",
        button="Send",
        permissions=SEND,
        form=CommandForm,
        icon="send",
    )
    def test(self, request: HttpRequest, form: Any, object_id: str) -> None:
        row = self.found(request, object_id)
        services.send_test(tenant_id=row.tenant_id, endpoint_id=row.pk, asked_at=now())
        told(request, "The test is on its way.")

    @command(
        title="Replay",
        asks="The events of a part of the sequence are sent once more, under the same ids.",
        button="Replay",
        permissions=SEND,
        form=ReplayForm,
        icon="replay",
    )
    def replay(self, request: HttpRequest, form: Any, object_id: str) -> None:
        row = self.found(request, object_id)
        queued = services.replay_events(
            tenant_id=row.tenant_id,
            endpoint_id=row.pk,
            from_sequence=form.cleaned_data["first"],
            to_sequence=form.cleaned_data["last"],
            types=None,
            asked_at=now(),
        )
        told(request, f"{queued:,} deliveries are queued.")

    @command(
        title="Retry many",
        asks="All finished deliveries of a state are sent once more.",
        button="Retry",
        permissions=SEND,
        form=RetryForm,
        icon="refresh",
    )
    def retry(self, request: HttpRequest, form: Any, object_id: str) -> None:
        row = self.found(request, object_id)
        queued = services.retry_deliveries(
            tenant_id=row.tenant_id,
            endpoint_id=row.pk,
            state=form.cleaned_data["state"],
            asked_at=now(),
        )
        told(request, f"{queued:,} deliveries are queued.")

    @command_page(
        title="Rotate secret",
        asks="A new secret is made and shown once. Until the overlap is over, both sign.",
        button="Rotate secret",
        permissions=CHANGE,
        form=RotateForm,
        icon="autorenew",
    )
    def rotate(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        row = self.found(request, object_id)
        made = services.rotate_secret(
            tenant_id=row.tenant_id, endpoint_id=row.pk, rotated_at=now(), overlap=form.overlap
        )
        return secret_page(
            request,
            kind="Signing secret",
            secret=made.secret,
            owner="Endpoint",
            owner_id=typeid("whe", row.pk),
            back=self.record_url(object_id),
            subtitle=row.url,
        )

    def _set_status(self, request: HttpRequest, object_id: str, status: EndpointStatus, reason: str) -> None:
        row = self.found(request, object_id)
        services.update_endpoint(
            tenant_id=row.tenant_id,
            endpoint_id=row.pk,
            changes={"status": status.value},
            updated_at=now(),
            disabled_reason=DisabledReason.STAFF,
            reason=reason,
        )
