"""Partners in the office: their particulars, their tenants, and the switch that stops them."""

from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.enums import ActionVariant

from core.admin.base import OfficeAdmin
from core.admin.cells import label, moment, status_label
from core.admin.commands import ReasonForm, command, told
from core.admin.forms import OfficeModelForm
from core.admin.lists import OfficeList
from core.admin.scope import of_partner
from core.clock import now
from core.models import Currency, StaffUser
from partners.admin.fields import Select, Textarea, TickField
from partners.admin.page import tab_url
from partners.admin.ramp import RampFilter
from partners.admin.stopped import may_resume, may_suspend, stopped_in_words
from partners.compliance.queries import list_stopped
from partners.compliance.services.areas import PLACES_CHANGED, settle_all_areas
from partners.models import Partner, Product, Status, Tenant, TenantKind
from partners.onboarding.queries import list_steps
from partners.onboarding.services import move_partner, register_partner
from partners.onboarding.stages import ENDED, PRODUCTION, Stage
from partners.queries.scope import ACCOUNT_MANAGER, partners_of
from partners.services import change_partner, resume_partner, suspend_partner
from partners.services.grounds import LEFT_TO_COMPLIANCE, may_change_grounds
from partners.services.holds import holds_of, in_words
from partners.services.suspending import hidden_stops
from staff.queries import roles_of

OPENING_CURRENCIES: Final = ("EUR", "USD")
"""What players of a new test tenant may have wallets in, where the platform has these currencies."""


class PartnerForm(OfficeModelForm):
    legal_address = forms.CharField(required=False, widget=Textarea({"rows": 3}))
    enabled_products = TickField(Product.choices, required=False, initial=Product.values)

    class Meta:
        model = Partner
        fields = (
            "name",
            "legal_name",
            "legal_address",
            "vat_number",
            "country",
            "time_zone",
            "tier",
            "risk_profile",
            "enabled_products",
            "account_manager",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "account_manager" in self.fields:
            managers = Q(groups__name=ACCOUNT_MANAGER) | Q(pk=self.instance.account_manager_id)
            chosen: Any = self.fields["account_manager"]
            chosen.queryset = (
                StaffUser.objects.filter(managers, is_active=True).order_by("username").distinct()
            )


class MoveForm(ReasonForm):
    """Where to, and why: the steps that are open from the partner's stage, each with what it misses."""

    to_stage = forms.ChoiceField(label="Move to", widget=Select)
    field_order = ("to_stage", "reason")

    def __init__(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, object_id, *args, **kwargs)
        partner = partners_of(request.user).filter(pk=object_id).first() if object_id else None
        if partner is None:
            return
        found = list_steps([partner])[partner.pk]
        chosen: Any = self.fields["to_stage"]
        if found.onward is not None:
            chosen.initial = found.onward.to_stage.value
        chosen.error_messages["invalid_choice"] = (
            f"The partner is at {Stage(partner.stage).label} now; there is no such step from there."
        )
        chosen.choices = [
            (
                step.to_stage.value,
                f"{step.to_stage.label} ({len(step.missing)} missing)"
                if step.missing
                else step.to_stage.label,
            )
            for step in found.steps
        ]


class PartnerList(OfficeList):
    """Each partner of the list leads to its page."""

    def url_for_result(self, result: Any) -> str:
        return tab_url(result.pk, "overview")


class ProductionFilter(admin.SimpleListFilter):
    """The partners whose production compliance has stopped."""

    title = "production"
    parameter_name = "production"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("stopped", "Stopped by compliance")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Partner]) -> QuerySet[Partner]:
        return queryset.filter(pk__in=list_stopped()) if self.value() == "stopped" else queryset


class MineFilter(admin.SimpleListFilter):
    """The partners whom the reader manages."""

    title = "account manager"
    parameter_name = "manager"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("me", "Me"), ("nobody", "Nobody")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Partner]) -> QuerySet[Partner]:
        if self.value() == "me":
            return queryset.filter(account_manager_id=request.user.pk)
        return queryset.filter(account_manager=None) if self.value() == "nobody" else queryset


@admin.register(Partner)
class PartnerAdmin(OfficeAdmin):
    """A company that we have a contract with."""

    whose = of_partner("pk")
    form = PartnerForm
    id_prefix = "ptr"
    history_with = ("partners.company",)
    recorded_by_service = True
    list_display = (
        "name",
        "stage_shown",
        "status_shown",
        "account_manager",
        "tier",
        "risk_profile",
        "country",
        "time_zone",
        "shown_id",
    )
    narrow_display = ("name", "stage_shown", "account_manager")
    list_filter = (MineFilter, "stage", "status", ProductionFilter, RampFilter, "tier", "risk_profile")
    list_select_related = ("account_manager",)
    search_fields = ("name__icontains", "legal_name__icontains", "vat_number__iexact")
    search_ids = {"tnt": "tenants__pk"}
    ordering = ("name",)
    readonly_fields = ("shown_id", "stage_shown", "stage_since_shown", "status_shown", "created")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "country"),
                    ("tier", "risk_profile"),
                    ("time_zone", "account_manager"),
                    "enabled_products",
                )
            },
        ),
        ("Company", {"fields": (("legal_name", "vat_number"), "legal_address")}),
        (
            "Record",
            {"fields": (("stage_shown", "stage_since_shown"), ("shown_id", "status_shown"), "created")},
        ),
    )
    add_fieldsets = fieldsets[:2]
    actions_detail = ("move", "suspend", "resume")

    def record_url(self, object_id: str) -> str:
        """Return the address of a partner's page: its first tab."""
        return tab_url(UUID(object_id), "overview") if object_id else super().record_url(object_id)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The risk profile says how often a partner is screened and reviewed: who reviews it sets it. Of a
        partner that has ended, who looks after it alone changes; of one with production, compliance changes
        the country.
        """
        fields = super().get_readonly_fields(request, obj)
        if obj is not None and obj.stage in ENDED:
            entered: tuple[str, ...] = PartnerForm.Meta.fields
            return (*fields, *(name for name in entered if name != "account_manager"))
        if not request.user.has_perm("partners.add_kybreview"):
            fields = (*fields, "risk_profile")
        return fields if obj is None or may_change_grounds(obj, request.user) else (*fields, "country")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None and not may_change_grounds(obj, request.user):
            kwargs["help_texts"] = {"country": LEFT_TO_COMPLIANCE}
        return super().get_form(request, obj, change=change, **kwargs)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[OfficeList]:
        return PartnerList

    def response_add(self, request: HttpRequest, obj: Partner, post_url_continue: Any = None) -> HttpResponse:
        """Open the new partner's page, but for a window that only chooses one."""
        answer = super().response_add(request, obj, post_url_continue)
        return answer if IS_POPUP_VAR in request.POST else self._opened(request, obj)

    def response_change(self, request: HttpRequest, obj: Partner) -> HttpResponse:
        answer = super().response_change(request, obj)
        return answer if IS_POPUP_VAR in request.POST else self._opened(request, obj)

    def _opened(self, request: HttpRequest, partner: Partner) -> HttpResponse:
        """The partner's page, or the list where the partner was handed to a colleague."""
        is_seen = partners_of(request.user).filter(pk=partner.pk).exists()
        return HttpResponseRedirect(self.record_url(str(partner.pk) if is_seen else ""))

    @admin.display(description="stage", ordering="stage")
    def stage_shown(self, partner: Partner) -> str:
        return status_label(partner, "stage")

    @admin.display(description="since")
    def stage_since_shown(self, partner: Partner) -> str:
        return moment(partner.stage_since)

    @admin.display(description="status", ordering="status")
    def status_shown(self, partner: Partner) -> str:
        return label(partner.stage, "Ended") if partner.stage in ENDED else status_label(partner, "status")

    @admin.display(description="created")
    def created(self, partner: Partner) -> str:
        return moment(partner.created_at)

    def save_model(self, request: HttpRequest, obj: Partner, form: Any, change: bool) -> None:
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            if "account_manager" in changes:
                manager = changes.pop("account_manager")
                changes["account_manager_id"] = manager.pk if manager else None
            change_partner(partner_id=obj.pk, changes=changes, changed_at=now())
            if "country" in changes:
                settle_all_areas(partner_id=obj.pk, at=now(), reason=PLACES_CHANGED)
            return
        entered = dict(form.cleaned_data)
        manager = entered.pop("account_manager", None)
        if manager is None and ACCOUNT_MANAGER in roles_of(request.user):
            manager = request.user
        currencies = Currency.objects.filter(code__in=OPENING_CURRENCIES).values_list("code", flat=True)
        obj.pk = register_partner(
            **entered,
            account_manager_id=manager.pk if manager else None,
            currencies=list(currencies),
            registered_at=now(),
        ).pk

    def hidden_commands(self, row: Partner) -> frozenset[str]:
        return frozenset(self.actions_detail) if row.stage in ENDED else hidden_stops(row, at=now())

    @command(
        title="Move to",
        asks="The partner goes to another stage of onboarding. Pausing, declining and terminating "
        "suspend its production tenant.",
        button="Move partner",
        permissions=("partners.add_onboardingmove",),
        form=MoveForm,
        icon="arrow_forward",
    )
    def move(self, request: HttpRequest, form: Any, object_id: str) -> str | None:
        partner = self.found(request, object_id)
        stage = Stage(form.cleaned_data["to_stage"])
        move_partner(
            partner_id=partner.pk, to_stage=stage, moved_at=now(), reason=form.cleaned_data["reason"]
        )
        told(request, f"{partner.name} is moved to {stage.label}.{_still_stopped(partner, stage)}")
        board = reverse("office-board")
        return board if urlsplit(request.headers.get("HX-Current-URL", "")).path == board else None

    @command(
        title="Suspend",
        asks="All systems of this partner are refused at once, in test and in production.",
        button="Suspend partner",
        check=may_suspend,
        permissions=("partners.stop_partner",),
        form=ReasonForm,
        icon="block",
        variant=ActionVariant.DANGER,
    )
    def suspend(self, request: HttpRequest, form: Any, object_id: str) -> None:
        partner = self.found(request, object_id)
        suspend_partner(partner_id=partner.pk, suspended_at=now(), reason=form.cleaned_data["reason"])
        told(request, f"{partner.name} is suspended.")

    @command(
        title="Resume",
        asks="The partner's systems are let in again, unless somebody else has suspended it too.",
        button="Resume partner",
        check=may_resume,
        permissions=("partners.stop_partner",),
        form=ReasonForm,
        icon="play_arrow",
    )
    def resume(self, request: HttpRequest, form: Any, object_id: str) -> None:
        partner = self.found(request, object_id)
        found = resume_partner(partner_id=partner.pk, resumed_at=now(), reason=form.cleaned_data["reason"])
        left = in_words(holds_of(found), what="partner")
        told(
            request,
            f"{partner.name} is still suspended. {left}" if left else f"{partner.name} is active again.",
        )


def _still_stopped(partner: Partner, stage: Stage) -> str:
    """Return why production stays suspended of a partner that has come to a stage of production."""
    stopped = Tenant.objects.filter(partner=partner, kind=TenantKind.PRODUCTION, status=Status.SUSPENDED)
    tenant = stopped.select_related("partner").first() if stage in PRODUCTION else None
    return f" Its production tenant stays suspended. {stopped_in_words(tenant)}" if tenant else ""
