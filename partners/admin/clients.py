"""API clients in the office: a secret is issued or rotated here and shown once, on an answer never stored."""

from datetime import timedelta
from typing import Any

import oauth2_provider.admin  # noqa: F401 - registers the library's own pages, so that ours can take their place
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from oauth2_provider.models import (
    get_access_token_model,
    get_grant_model,
    get_id_token_model,
    get_refresh_token_model,
)
from unfold.enums import ActionVariant

from approvals.asking import waiting_url
from approvals.queries import find_open_request
from core.admin.base import OfficeAdmin
from core.admin.cells import Panel, change_url, joined, label, link, moment
from core.admin.commands import ReasonForm, command, told
from core.admin.forms import OfficeModelForm
from core.admin.pages import command_page
from core.admin.scope import of_tenant
from core.clock import now
from partners.admin.client_forms import (
    AskForm,
    IssueForm,
    NewClientForm,
    RevokeSecretForm,
    RotateForm,
    ScopesForm,
    fit_to_client,
)
from partners.admin.client_secrets import leading_to_approval, secrets_panel, shown_once
from partners.admin.page import tab_instead
from partners.models import ApiClient, Tenant, TenantKind
from partners.onboarding.stages import ENDED
from partners.services import (
    create_client,
    issue_secret,
    revoke_client,
    revoke_secret,
    rotate_secret,
)
from partners.services.four_eyes import (
    issue_production_secret,
    request_production_secret,
    rotate_production_secret,
)
from partners.services.permits import CLIENT, PRODUCTION_CREDENTIALS
from partners.services.widening import set_scopes
from staff.security import acting_staff

for library_model in (
    ApiClient,
    get_access_token_model(),
    get_grant_model(),
    get_id_token_model(),
    get_refresh_token_model(),
):
    admin.site.unregister(library_model)


@admin.register(ApiClient)
class ApiClientAdmin(OfficeAdmin):
    """A partner's system. Its secret is never seen again after it was issued."""

    whose = of_tenant("tenant_id")
    form = NewClientForm
    recorded_by_service = True
    history_with = ("partners.clientsecret",)
    list_display = ("name", "tenant", "client_id", "active", "last_used")
    list_filter = ("is_active", "tenant__kind")
    list_select_related = ("tenant__partner",)
    search_fields = ("client_id__exact", "name__icontains", "tenant__partner__name__icontains")
    search_ids = {"tnt": "tenant_id", "ptr": "tenant__partner_id"}
    ordering = ("tenant__partner__name", "name")
    fieldsets = (
        (None, {"fields": (("name", "tenant"), ("client_id", "active"), "scopes_shown")}),
        ("Use", {"fields": ("networks", ("last_used", "tokens_from"))}),
    )
    add_fieldsets = ((None, {"fields": ("tenant", "name", "scopes")}),)
    actions_detail = (
        "ask",
        "issue",
        "rotate",
        {"title": "More", "icon": "more_vert", "items": ["scopes", "revoke_one", "revoke"]},
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ()
        return (
            "name",
            "tenant",
            "client_id",
            "active",
            "scopes_shown",
            "networks",
            "last_used",
            "tokens_from",
        )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            kwargs["form"] = OfficeModelForm
        return super().get_form(request, obj, change=change, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user = request.user
        return user.has_perm("partners.view_apiclient") or user.has_perm("partners.change_apiclient")

    @admin.display(description="status", ordering="is_active")
    def active(self, client: ApiClient) -> str:
        return label("active") if client.is_active else label("revoked")

    @admin.display(description="allowed IPs")
    def networks(self, client: ApiClient) -> str:
        tenant = client.tenant
        empty = "Every address" if tenant.kind == TenantKind.TEST else "None: no request is let in"
        shown = ", ".join(tenant.allowed_ips) or empty
        return link(change_url(Tenant, tenant.pk), shown)

    @admin.display(description="last used", ordering="last_used_at")
    def last_used(self, client: ApiClient) -> str:
        return moment(client.last_used_at)

    @admin.display(description="tokens are refused if issued before")
    def tokens_from(self, client: ApiClient) -> str:
        return moment(client.tokens_valid_after)

    @admin.display(description="scopes")
    def scopes_shown(self, client: ApiClient) -> str:
        return joined(client.scopes)

    def save_model(self, request: HttpRequest, obj: ApiClient, form: Any, change: bool) -> None:
        obj.pk = create_client(
            tenant_id=obj.tenant_id,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            created_at=now(),
        ).pk

    def response_add(
        self, request: HttpRequest, obj: ApiClient, post_url_continue: Any = None
    ) -> HttpResponse:
        """Open the partner's credentials, where the secret is issued, but for a window that only chooses."""
        answer = super().response_add(request, obj, post_url_continue)
        return tab_instead(request, answer, obj.tenant.partner_id, "credentials")

    def hidden_commands(self, row: ApiClient) -> frozenset[str]:
        if not row.is_active:
            return frozenset({"ask", "issue", "rotate", "scopes", "revoke_one", "revoke"})
        if row.tenant.partner.stage in ENDED:
            return frozenset({"ask", "issue", "rotate", "scopes"})
        if row.tenant.kind == TenantKind.TEST:
            return frozenset({"ask"})
        permit = find_open_request(kind=PRODUCTION_CREDENTIALS, subject_type=CLIENT, subject_id=str(row.pk))
        if permit is None:
            return frozenset({"issue", "rotate"})
        return frozenset({"ask"} if permit.status == "approved" else {"ask", "issue", "rotate"})

    def panels(self, request: HttpRequest, row: ApiClient) -> list[Panel]:
        return [secrets_panel(row, now())]

    @command(
        title="Ask for a secret",
        asks="A second person approves each secret for production, with the scopes and allowed IPs of this "
        "moment, for so long; then you issue it, within three days. Other scopes or IPs end the approval.",
        button="Ask for approval",
        permissions=("partners.change_apiclient",),
        form=AskForm,
        icon="approval",
        variant=ActionVariant.PRIMARY,
    )
    def ask(self, request: HttpRequest, form: Any, object_id: str) -> str:
        asked = request_production_secret(
            client_id=self.found(request, object_id).pk,
            lifetime_days=form.lifetime(),
            reason=form.cleaned_data["reason"],
            requested_by=acting_staff(request),
            requested_at=now(),
        )
        return waiting_url(request, asked)

    @command_page(
        title="Issue secret",
        asks="A new secret is made and shown once. At most two secrets work at the same time.",
        button="Issue secret",
        permissions=("partners.change_apiclient",),
        form=IssueForm,
        icon="key",
        fits=fit_to_client,
    )
    def issue(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        client, at = self.found(request, object_id), now()
        seen = form.cleaned_data["newest_seen"]
        if client.tenant.kind == TenantKind.PRODUCTION:
            with leading_to_approval(client, self.record_url(object_id)):
                fresh = issue_production_secret(
                    client_id=client.pk, issued_by=acting_staff(request), issued_at=at, newest_seen=seen
                )
        else:
            fresh = issue_secret(
                client_id=client.pk, issued_at=at, expires_at=form.expires_at(at), newest_seen=seen
            )
        return shown_once(request, fresh, self.record_url(object_id))

    @command_page(
        title="Rotate secret",
        asks="A new secret is made and shown once; the old one works until the overlap is over.",
        button="Rotate secret",
        permissions=("partners.change_apiclient",),
        form=RotateForm,
        icon="autorenew",
        fits=fit_to_client,
    )
    def rotate(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        client, at = self.found(request, object_id), now()
        seen = form.cleaned_data["newest_seen"]
        overlap = timedelta(hours=int(form.cleaned_data["overlap_hours"]))
        if client.tenant.kind == TenantKind.PRODUCTION:
            with leading_to_approval(client, self.record_url(object_id)):
                fresh = rotate_production_secret(
                    client_id=client.pk,
                    rotated_by=acting_staff(request),
                    rotated_at=at,
                    overlap=overlap,
                    newest_seen=seen,
                )
        else:
            fresh = rotate_secret(
                client_id=client.pk,
                rotated_at=at,
                overlap=overlap,
                expires_at=form.expires_at(at),
                newest_seen=seen,
            )
        return shown_once(request, fresh, self.record_url(object_id))

    @command(
        title="Scopes",
        asks="What the client may do; when that changes, its present tokens end. A second person approves "
        "what is added to a client of production that has had a secret.",
        button="Save scopes",
        permissions=("partners.change_apiclient",),
        form=ScopesForm,
        icon="checklist",
    )
    def scopes(self, request: HttpRequest, form: Any, object_id: str) -> str | None:
        asked = set_scopes(
            client_id=self.found(request, object_id).pk,
            scopes=form.cleaned_data["scopes"],
            reason=form.cleaned_data["reason"],
            set_by=acting_staff(request),
            set_at=now(),
        )
        if asked is not None:
            return waiting_url(request, asked)
        told(request, "The scopes are saved.")
        return None

    @command(
        title="Revoke a secret",
        asks="The secret and all tokens of the client end at once.",
        button="Revoke secret",
        permissions=("partners.change_apiclient",),
        form=RevokeSecretForm,
        icon="key_off",
        variant=ActionVariant.DANGER,
    )
    def revoke_one(self, request: HttpRequest, form: Any, object_id: str) -> None:
        revoke_secret(
            secret_id=form.cleaned_data["secret"], revoked_at=now(), reason=form.cleaned_data["reason"]
        )
        told(request, "The secret is revoked.")

    @command(
        title="Revoke the client",
        asks="The client is shut out for ever, with all its secrets and tokens.",
        button="Revoke client",
        permissions=("partners.change_apiclient",),
        form=ReasonForm,
        icon="block",
        variant=ActionVariant.DANGER,
    )
    def revoke(self, request: HttpRequest, form: Any, object_id: str) -> None:
        client = self.found(request, object_id)
        revoke_client(client_id=client.pk, revoked_at=now(), reason=form.cleaned_data["reason"])
        told(request, f"{client} is revoked.")
