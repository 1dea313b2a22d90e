"""The only writer of partners, tenants, credentials and exchange rates; each change is audited."""

from partners.services.client_secrets import (
    NewSecret,
    issue_secret,
    revoke_secret,
    rotate_secret,
    secret_digest,
)
from partners.services.clients import (
    change_client_scopes,
    create_client,
    forget_ended_tokens,
    note_client_use,
    revoke_client,
    revoke_token,
)
from partners.services.partners import (
    change_partner,
    change_tenant,
    create_partner,
    create_tenant,
    set_currencies,
)
from partners.services.ramp import lower_ramp, request_ramp_step
from partners.services.rates import BrokenRate, RatesImport, enter_exchange_rate, import_exchange_rates
from partners.services.suspending import resume_partner, resume_tenant, suspend_partner, suspend_tenant

__all__ = [
    "BrokenRate",
    "NewSecret",
    "RatesImport",
    "change_client_scopes",
    "change_partner",
    "change_tenant",
    "create_client",
    "create_partner",
    "create_tenant",
    "enter_exchange_rate",
    "forget_ended_tokens",
    "import_exchange_rates",
    "issue_secret",
    "lower_ramp",
    "note_client_use",
    "request_ramp_step",
    "resume_partner",
    "resume_tenant",
    "revoke_client",
    "revoke_secret",
    "revoke_token",
    "rotate_secret",
    "secret_digest",
    "set_currencies",
    "suspend_partner",
    "suspend_tenant",
]
