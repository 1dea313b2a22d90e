"""What the database lets whom do, written down: the catalogue is held against this, and a change to either
without the other fails.

Each table with a letter for each right: r(ead), a(dd), c(hange), d(elete). `c(...)` changes those columns.
"""

from typing import Final

WITHOUT_POLICY: Final = {
    "integration_apirequest": "the api adds to it for all tenants at once and may not read it",
    "partners_apiclient": "read before anybody knows whose request it is; tells no tenant's business",
}
"""Tables that name a tenant and yet show every row to whoever may read them, and why."""

WITHOUT_KEY: Final = {
    (
        "wallet.Transfer",
        "reverses",
    ): "the key would need one more index on the busiest table; the one "
    "function that writes takes what it reverses from the same tenant",
}
"""Links between rows of tenants that no composite key holds together, and why."""

RIGHTS: Final = {
    "approvals_approvalletter": {
        "b2b_office": "ra",
        "b2b_jobs": "rac(attempts,failure,recipients,state,tried_at)",
    },
    "approvals_approvalrequest": {"b2b_office": "rac", "b2b_jobs": "rac"},
    "approvals_approvalrevision": {"b2b_office": "ra", "b2b_jobs": "ra"},
    "auth_group": {"b2b_office": "r", "b2b_jobs": "racd"},
    "auth_group_permissions": {"b2b_office": "r", "b2b_jobs": "racd"},
    "auth_permission": {"b2b_office": "r", "b2b_jobs": "racd"},
    "axes_accessattempt": {"b2b_office": "racd", "b2b_jobs": "racd"},
    "axes_accessattemptexpiration": {"b2b_office": "racd", "b2b_jobs": "racd"},
    "core_auditrecord": {"b2b_api": "a", "b2b_office": "ra", "b2b_jobs": "ra"},
    "core_currency": {"b2b_api": "r", "b2b_office": "rac", "b2b_jobs": "rac", "b2b_ledger": "r"},
    "core_event": {"b2b_api": "r", "b2b_office": "r", "b2b_jobs": "ra", "b2b_ledger": "rd"},
    "core_fact": {"b2b_api": "r", "b2b_office": "r", "b2b_jobs": "rad"},
    "core_factoutbox": {"b2b_api": "a", "b2b_office": "a", "b2b_jobs": "rad"},
    "core_handlercursor": {"b2b_jobs": "rac"},
    "core_idempotencykey": {"b2b_api": "racd", "b2b_jobs": "rd", "b2b_ledger": "rd"},
    "core_outbox": {"b2b_api": "a", "b2b_office": "a", "b2b_jobs": "rad", "b2b_ledger": "a"},
    "core_quarantinedfact": {
        "b2b_office": "rc(retry_asked_at)",
        "b2b_jobs": "racd(attempts,error,quarantined_at,retry_asked_at)",
    },
    "core_reference": {"b2b_api": "ra", "b2b_office": "r", "b2b_jobs": "r", "b2b_ledger": "ra"},
    "core_rowchange": {"b2b_office": "r", "b2b_jobs": "r"},
    "core_trailseal": {"b2b_office": "r", "b2b_jobs": "ra"},
    "core_staff_user": {"b2b_office": "rac", "b2b_jobs": "rac"},
    "core_staff_user_groups": {"b2b_office": "racd", "b2b_jobs": "racd"},
    "core_staff_user_user_permissions": {"b2b_office": "r", "b2b_jobs": "racd"},
    "core_verification": {"b2b_office": "r", "b2b_jobs": "ra"},
    "core_verifyingcursor": {"b2b_jobs": "rac"},
    "django_admin_log": {"b2b_office": "ra"},
    "django_content_type": {"b2b_api": "r", "b2b_office": "r", "b2b_jobs": "r"},
    "django_migrations": {"b2b_api": "r", "b2b_office": "r", "b2b_jobs": "r"},
    "django_session": {"b2b_office": "racd", "b2b_jobs": "racd"},
    "integration_apirequest": {"b2b_api": "a", "b2b_office": "r", "b2b_jobs": "r"},
    "partners_apiclient": {"b2b_api": "rc(last_used_at)", "b2b_office": "rac", "b2b_jobs": "rac"},
    "partners_bankaccount": {
        "b2b_office": "rac(ended_at,holder_difference,verification,verified_at,verified_by_id,verified_name)",
        "b2b_jobs": "rac(ended_at,holder_difference,verification,verified_at,verified_by_id,verified_name)",
    },
    "partners_beneficialowner": {"b2b_office": "rac", "b2b_jobs": "rac"},
    "partners_certification": {"b2b_api": "r", "b2b_office": "rac", "b2b_jobs": "rac"},
    "partners_clientsecret": {"b2b_api": "r", "b2b_office": "rac", "b2b_jobs": "rac"},
    "partners_company": {"b2b_office": "rac", "b2b_jobs": "rac"},
    "partners_compliancearea": {"b2b_api": "r", "b2b_office": "rac", "b2b_jobs": "rac"},
    "partners_contact": {"b2b_office": "rac", "b2b_jobs": "rac"},
    "partners_compliancereminder": {
        "b2b_office": "ra",
        "b2b_jobs": "rac(attempts,failure,recipients,state,tried_at)",
    },
    "partners_compliancerequirement": {"b2b_api": "r", "b2b_office": "rac", "b2b_jobs": "rac"},
    "partners_compliancesuspension": {"b2b_office": "rac(lifted_at)", "b2b_jobs": "rac(lifted_at)"},
    "partners_director": {"b2b_office": "rac", "b2b_jobs": "rac"},
    "partners_evidencefile": {
        "b2b_api": "ra",
        "b2b_office": "rac(decided_at,decided_by,note,reopened_at,status)",
        "b2b_jobs": "rac(decided_at,decided_by,note,reopened_at,status)",
    },
    "partners_exchangerate": {"b2b_api": "r", "b2b_office": "rac", "b2b_jobs": "rac", "b2b_ledger": "r"},
    "partners_kybreminder": {
        "b2b_office": "r",
        "b2b_jobs": "rac(attempts,failure,recipients,state,tried_at)",
    },
    "partners_kybreview": {"b2b_office": "ra", "b2b_jobs": "ra"},
    "partners_licence": {"b2b_office": "rac", "b2b_jobs": "rac"},
    "partners_note": {"b2b_office": "ra", "b2b_jobs": "ra"},
    "partners_onboardingmove": {"b2b_office": "ra", "b2b_jobs": "ra"},
    "partners_onboardingtransition": {"b2b_api": "r", "b2b_office": "r", "b2b_jobs": "r"},
    "partners_partner": {"b2b_api": "r", "b2b_office": "rac", "b2b_jobs": "rac", "b2b_ledger": "r"},
    "partners_processorcontract": {"b2b_office": "rac(ended_at)", "b2b_jobs": "rac(ended_at)"},
    "partners_revokedtoken": {"b2b_api": "ra", "b2b_office": "r", "b2b_jobs": "rd"},
    "partners_screening": {
        "b2b_office": "rac(decided_at,decided_by_id,decision,decision_reason)",
        "b2b_jobs": "rac(decided_at,decided_by_id,decision,decision_reason)",
    },
    "partners_stopletter": {
        "b2b_office": "ra",
        "b2b_jobs": "rac(attempts,failure,recipients,state,tried_at)",
    },
    "partners_tenant": {"b2b_api": "r", "b2b_office": "rac", "b2b_jobs": "rac", "b2b_ledger": "r"},
    "partners_tenantcurrency": {"b2b_api": "r", "b2b_office": "racd", "b2b_jobs": "racd"},
    "reporting_dailybets": {"b2b_office": "r", "b2b_jobs": "racd"},
    "reporting_dailyrequests": {"b2b_office": "r", "b2b_jobs": "racd"},
    "reporting_hourlybets": {"b2b_office": "r", "b2b_jobs": "racd"},
    "reporting_hourlyrequests": {"b2b_office": "r", "b2b_jobs": "racd"},
    "reporting_mark": {"b2b_office": "r", "b2b_jobs": "rac"},
    "reporting_platformbets": {"b2b_office": "r", "b2b_jobs": "racd"},
    "reporting_platformrequests": {"b2b_office": "r", "b2b_jobs": "racd"},
    "risk_dailystake": {"b2b_api": "r", "b2b_office": "r", "b2b_jobs": "r", "b2b_ledger": "rac"},
    "risk_limit": {"b2b_api": "r", "b2b_office": "rac", "b2b_jobs": "racd", "b2b_ledger": "r"},
    "settlement_payoutaddress": {"b2b_office": "rac(ended_at)", "b2b_jobs": "r"},
    "settlement_plan": {"b2b_api": "r", "b2b_office": "rac", "b2b_jobs": "rac"},
    "settlement_statementadjustment": {"b2b_api": "r", "b2b_office": "ra", "b2b_jobs": "r"},
    "settlement_statement": {"b2b_api": "r", "b2b_office": "racd", "b2b_jobs": "racd"},
    "settlement_statementcharge": {"b2b_api": "r", "b2b_office": "racd", "b2b_jobs": "racd"},
    "settlement_statementline": {"b2b_api": "r", "b2b_office": "racd", "b2b_jobs": "racd"},
    "sportsbook_announcedodds": {"b2b_jobs": "rac"},
    "sportsbook_bet": {
        "b2b_api": "r",
        "b2b_office": "r",
        "b2b_jobs": "r",
        "b2b_ledger": "rac(payout,revision,settled_at,settlement_entry_id,status)",
    },
    "sportsbook_competition": {"b2b_api": "r", "b2b_office": "rac", "b2b_jobs": "rac"},
    "sportsbook_fixture": {"b2b_api": "r", "b2b_office": "rac", "b2b_jobs": "rac", "b2b_ledger": "r"},
    "sportsbook_leg": {
        "b2b_api": "r",
        "b2b_office": "r",
        "b2b_jobs": "r",
        "b2b_ledger": "rac(dead_heat,status)",
    },
    "sportsbook_market": {"b2b_api": "r", "b2b_office": "rac", "b2b_jobs": "rac", "b2b_ledger": "r"},
    "sportsbook_oddschange": {"b2b_api": "r", "b2b_office": "ra", "b2b_jobs": "ra"},
    "sportsbook_outcome": {"b2b_api": "r", "b2b_office": "rac", "b2b_jobs": "rac", "b2b_ledger": "r"},
    "sportsbook_result": {"b2b_api": "r", "b2b_office": "ra", "b2b_jobs": "ra"},
    "sportsbook_settlement": {"b2b_api": "r", "b2b_office": "r", "b2b_jobs": "r", "b2b_ledger": "ra"},
    "sportsbook_sport": {"b2b_api": "r", "b2b_office": "rac", "b2b_jobs": "rac"},
    "staff_deputy": {"b2b_office": "rac", "b2b_jobs": "rac"},
    "staff_stafflink": {"b2b_office": "rac", "b2b_jobs": "rac"},
    "staff_stafftotp": {"b2b_office": "rac", "b2b_jobs": "rac"},
    "staff_totpreset": {"b2b_office": "rac", "b2b_jobs": "rac"},
    "wallet_account": {"b2b_api": "r", "b2b_office": "r", "b2b_jobs": "r", "b2b_ledger": "ra"},
    "wallet_balance": {"b2b_api": "r", "b2b_office": "r", "b2b_jobs": "r", "b2b_ledger": "rac"},
    "wallet_journalentry": {"b2b_api": "r", "b2b_office": "r", "b2b_jobs": "r", "b2b_ledger": "ra"},
    "wallet_player": {
        "b2b_api": "rac(kyc_status,status,suspended_by_partner,vip)",
        "b2b_office": "rc(held_by,kyc_status,status,suspended_by_partner,vip)",
        "b2b_jobs": "rac(held_by,kyc_status,status,suspended_by_partner,vip)",
        "b2b_ledger": "rc(birth_date,email,erased_at,name,time_zone)",
    },
    "wallet_seal": {"b2b_office": "r", "b2b_jobs": "ra"},
    "wallet_transfer": {"b2b_api": "r", "b2b_office": "r", "b2b_jobs": "r", "b2b_ledger": "ra"},
    "webhooks_attempt": {"b2b_api": "r", "b2b_office": "r", "b2b_jobs": "rad"},
    "webhooks_delivery": {
        "b2b_api": "rac(attempts_before,expires_at,finished_at,next_at,state)",
        "b2b_office": "rac(attempts_before,expires_at,finished_at,next_at,state)",
        "b2b_jobs": "racd",
    },
    "webhooks_endpoint": {
        "b2b_api": "rac(breaker_until,concurrency,consecutive_failures,description,disabled_at,"
        "disabled_reason,failing_since,rate_per_second,removed_at,status,strict_order,types,url)",
        "b2b_office": "rc(breaker_until,concurrency,consecutive_failures,description,disabled_at,"
        "disabled_reason,failing_since,rate_per_second,removed_at,status,strict_order,types,url)",
        "b2b_jobs": "rac",
    },
    "webhooks_notice": {
        "b2b_office": "r",
        "b2b_jobs": "rac(attempts,failure,recipients,state,tried_at)",
    },
    "webhooks_secret": {
        "b2b_api": "racd(created_at,endpoint_id,expires_at,hint,id,tenant_id)",
        "b2b_office": "racd(created_at,endpoint_id,expires_at,hint,id,tenant_id)",
        "b2b_jobs": "rad",
    },
}

APPEND_ONLY: Final = frozenset(
    (
        "approvals_approvalrevision",
        "core_auditrecord",
        "core_event",
        "core_reference",
        "core_rowchange",
        "core_trailseal",
        "partners_kybreview",
        "partners_note",
        "partners_onboardingmove",
        "settlement_statementadjustment",
        "sportsbook_oddschange",
        "sportsbook_result",
        "sportsbook_settlement",
        "wallet_journalentry",
        "wallet_seal",
        "wallet_transfer",
    )
)
"""Tables whose rows nobody changes or removes, their owner neither; but for events past their time, which one
function removes (`core_forget_events`).
"""

DEFINER_FUNCTIONS: Final = {
    "core_forget_events": ("b2b_ledger", {"b2b_jobs"}),
    "core_note_change": ("b2b_owner", set()),
    "integration_keep_partitions": ("b2b_owner", {"b2b_jobs"}),
    "partners_access": ("b2b_owner", {"b2b_api", "b2b_office", "b2b_jobs"}),
    "partners_jurisdictions": ("b2b_owner", {"b2b_api", "b2b_office", "b2b_jobs"}),
    "partners_planned_jurisdictions": ("b2b_owner", {"b2b_api", "b2b_office", "b2b_jobs"}),
    "partners_note_evidence": ("b2b_owner", set()),
    "partners_onboarding_facts": ("b2b_owner", {"b2b_api", "b2b_office", "b2b_jobs"}),
    "risk_claim": ("b2b_ledger", set()),
    "risk_release": ("b2b_ledger", set()),
    "sportsbook_place_bets": ("b2b_ledger", {"b2b_api", "b2b_jobs"}),
    "sportsbook_settle_bets": ("b2b_ledger", {"b2b_jobs"}),
    "wallet_erase_player": ("b2b_ledger", {"b2b_office", "b2b_jobs"}),
    "wallet_lock_wallet": ("b2b_ledger", {"b2b_api", "b2b_office", "b2b_jobs"}),
    "wallet_open_wallet": ("b2b_ledger", set()),
    "wallet_post": ("b2b_ledger", {"b2b_api", "b2b_jobs"}),
    "wallet_roll_back": ("b2b_ledger", {"b2b_api", "b2b_jobs"}),
    "wallet_write": ("b2b_ledger", set()),
}
"""Functions with the rights of their owner: who owns each, and which processes may call it.

Seven are not the ledger's: `core_note_change`, a trigger's, writes the row history, which no process may
write itself; `partners_access` answers whose request this is, before a tenant is known, and
tells no secret; `partners_onboarding_facts` tells a partner what it misses itself;
`partners_jurisdictions` and `partners_planned_jurisdictions` tell where a partner takes bets, and where it is
going to, and the API process of its own tenant's alone;
`partners_note_evidence` puts an area up for review when a document comes in, and writes no other verdict;
`integration_keep_partitions` makes and removes tables of the request log, and nothing else.
"""
