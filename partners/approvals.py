"""What a second person approves here: secrets for production, more access, bank accounts, rates, ramps."""

from uuid import UUID

from django.urls import reverse

from approvals.kinds import Carrying, Kind, register, register_scope
from approvals.models import ApprovalRequest
from core.admin.cells import change_url, list_url
from core.models import StaffUser
from partners.kyb.services.accounts import (
    BANK_ACCOUNT,
    check_bank_account,
    enter_bank_account,
    known_of_account,
    lock_account,
    title_of_account,
)
from partners.models import ApiClient, ExchangeRate, Tenant
from partners.queries.scope import ACCOUNT_MANAGER, partners_of
from partners.services.four_eyes import (
    check_client,
    check_rate,
    enter_approved_rate,
    lock_rate_of,
    lock_system,
    title_of_rate,
    title_of_secret,
)
from partners.services.permits import PRODUCTION_ACCESS, PRODUCTION_CREDENTIALS, TENANT
from partners.services.ramp import (
    RAMP_STEP,
    check_ramp_step,
    lock_ramp,
    take_ramp_step,
    title_of_ramp_step,
)
from partners.services.rates import EXCHANGE_RATE
from partners.services.widening import check_widening, lock_widening, title_of_widening, widen
from staff.queries import roles_of


def _client_url(request: ApprovalRequest) -> str:
    return change_url(ApiClient, request.subject_id)


def _access_url(request: ApprovalRequest) -> str:
    return change_url(Tenant if request.subject_type == TENANT else ApiClient, request.subject_id)


def _compliance_url(request: ApprovalRequest) -> str:
    return f"{reverse('office-partner-compliance', args=(request.subject_id,))}#bank-account"


def _tenant_url(request: ApprovalRequest) -> str:
    return change_url(Tenant, request.subject_id)


def _rates_url(request: ApprovalRequest) -> str:
    return f"{list_url(ExchangeRate)}?q={request.payload['proposed']['base']}"


def _own_partners(user: StaffUser) -> frozenset[UUID] | None:
    if user.is_superuser or ACCOUNT_MANAGER not in roles_of(user):
        return None
    return frozenset(partners_of(user).values_list("pk", flat=True))


register_scope(_own_partners)
register(
    Kind(
        name=PRODUCTION_CREDENTIALS,
        title="Production credentials",
        title_of=title_of_secret,
        lock=lock_system,
        permission_to_request="partners.change_apiclient",
        check=check_client,
        execute=None,
        carrying=Carrying.BY_REQUESTER,
        subject_url=_client_url,
    )
)
register(
    Kind(
        name=PRODUCTION_ACCESS,
        title="More production access",
        title_of=title_of_widening,
        lock=lock_widening,
        permission_to_request="partners.change_apiclient",
        check=check_widening,
        execute=widen,
        subject_url=_access_url,
    )
)
register(
    Kind(
        name=EXCHANGE_RATE,
        title="Exchange rate",
        title_of=title_of_rate,
        lock=lock_rate_of,
        permission_to_request="partners.change_exchangerate",
        check=check_rate,
        execute=enter_approved_rate,
        subject_url=_rates_url,
        editable={"rate": "Rate", "source": "Source"},
        amounts=frozenset({"rate"}),
    )
)
register(
    Kind(
        name=RAMP_STEP,
        title="Ramp step",
        title_of=title_of_ramp_step,
        lock=lock_ramp,
        permission_to_request="partners.change_tenant",
        check=check_ramp_step,
        execute=take_ramp_step,
        subject_url=_tenant_url,
    )
)
register(
    Kind(
        name=BANK_ACCOUNT,
        title="Bank account",
        title_of=title_of_account,
        lock=lock_account,
        permission_to_request="partners.add_bankaccount",
        check=check_bank_account,
        execute=enter_bank_account,
        subject_url=_compliance_url,
        known=known_of_account,
        closes_books=True,
    )
)
