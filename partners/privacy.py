"""What is kept of partners, of the people behind them, and of their systems."""

from core.declared import Basis, Retention, declare
from core.masks import mask_date, mask_each_email, mask_email, mask_name, mask_phone
from core.processing import add_register
from partners.kyb.processors import list_processor_contracts

_PARTNERSHIP = Retention.CONTRACT_AND_10_YEARS

add_register(list_processor_contracts)
declare(
    "partners.Partner",
    purpose="to know whom we have a contract with",
    subjects="staff",
    basis=Basis.CONTRACT,
    retention=_PARTNERSHIP,
    business=(
        "id name legal_name legal_address vat_number country time_zone status tier "
        "risk_profile enabled_products stage stage_since created_at"
    ),
    staff="account_manager held_by",
)
declare(
    "partners.Company",
    purpose="to know our partner's company, as anti-money-laundering law asks",
    basis=Basis.LAW,
    retention=Retention.AML,
    business="partner registration_number lei jurisdictions planned_jurisdictions no_other_owners updated_at",
)
declare(
    "partners.BeneficialOwner",
    purpose="to know who owns a partner, as anti-money-laundering law asks",
    subjects="beneficial owners",
    basis=Basis.LAW,
    retention=Retention.AML,
    personal={"name": mask_name, "birth_date": mask_date},
    pseudonymous="id country is_politically_exposed",
    business="partner share_percent owner_until",
)
declare(
    "partners.Director",
    purpose="to know who directs a partner, as anti-money-laundering law asks",
    subjects="directors",
    basis=Basis.LAW,
    retention=Retention.AML,
    personal={"name": mask_name, "birth_date": mask_date},
    pseudonymous="id country",
    business="partner director_until",
)
declare(
    "partners.Screening",
    purpose="to know that neither a partner nor those behind it are on a sanctions list",
    subjects="beneficial owners, directors",
    basis=Basis.LAW,
    retention=Retention.AML,
    personal={"name": mask_name},
    pseudonymous="owner director",
    business="id partner lists lists_on result screened_at decision decided_at",
    staff="screened_by decided_by",
    free_text="found decision_reason",
)
declare(
    "partners.BankAccount",
    purpose="to know that a partner's account is its own",
    subjects="staff",
    basis=Basis.LAW,
    retention=Retention.AML,
    business=(
        "id partner holder iban bic country request entered_at ended_at verification verified_at "
        "verified_name"
    ),
    staff="entered_by approved_by verified_by",
    free_text="holder_difference",
)
declare(
    "partners.KybReview",
    purpose="to prove that what is known of a partner was gone through in time",
    subjects="staff",
    basis=Basis.LAW,
    retention=Retention.AML,
    business="id partner risk_profile reviewed_at",
    staff="reviewed_by",
    free_text="findings",
)
declare(
    "partners.ProcessorContract",
    purpose="to know on which terms we process players' data for a partner (GDPR article 28)",
    subjects="partners' staff, staff",
    basis=Basis.LAW,
    retention=_PARTNERSHIP,
    personal={"signed_by_partner": mask_name, "signed_by_platform": mask_name},
    business=(
        "id partner version agreed_on subject_matter duration data_categories data_subjects sub_processing "
        "sub_processors places transfer_ground breach_notice_hours at_end entered_at ended_at"
    ),
    staff="entered_by",
)
declare(
    "partners.KybReminder",
    purpose="to have screenings and reviews done, and licences renewed, in time",
    subjects="partners' staff, staff",
    basis=Basis.LAW,
    retention=Retention.AML,
    personal={"recipients": mask_each_email},
    business="id partner audience what licence due_on days entered_at state attempts tried_at failure",
)
declare(
    "partners.StopLetter",
    purpose="to prove who was told that production stopped",
    subjects="partners' staff, staff",
    basis=Basis.LAW,
    retention=Retention.AML,
    personal={"recipients": mask_each_email},
    business="id suspension audience occasion entered_at state attempts tried_at failure",
)
declare(
    "partners.Contact",
    purpose="to reach a partner",
    subjects="partners' staff",
    basis=Basis.CONTRACT,
    retention=_PARTNERSHIP,
    personal={"name": mask_name, "email": mask_email, "phone": mask_phone},
    pseudonymous="id",
    business="partner role is_primary is_active",
)
declare(
    "partners.ComplianceReminder",
    purpose="to prove that a partner was reminded of a document",
    subjects="partners' staff, staff",
    basis=Basis.LAW,
    retention=Retention.AML,
    personal={"recipients": mask_each_email},
    business="id evidence audience days state asked_at attempts tried_at failure",
    staff="asked_by",
    free_text="note",
)
declare(
    "partners.EvidenceFile",
    purpose="to prove that a partner may do what it does",
    subjects="beneficial owners, directors",
    basis=Basis.LAW,
    retention=Retention.AML,
    business=(
        "id partner requirement size_bytes sha256 content_type issued_on expires_on uploader uploaded_at "
        "status decided_at reopened_at"
    ),
    staff="uploaded_by decided_by",
    free_text="file_name note",
)
declare(
    "partners.Certification",
    purpose="to prove that a partner's integration was tested",
    subjects="staff",
    basis=Basis.CONTRACT,
    retention=_PARTNERSHIP,
    business="id partner tested_on signed_at countersigned_at withdrawn_at",
    staff="signed_by countersigned_by withdrawn_by",
    free_text="notes evidence withdrawal_reason",
)
for table, purpose, business, staff, text in (
    ("Note", "to remember what was agreed", "id partner written_at", "author", "text"),
    (
        "OnboardingMove",
        "to prove how a partner came in",
        "id partner number from_stage to_stage moved_by_role moved_at tenant_suspended transaction_id",
        "moved_by",
        "reason",
    ),
    (
        "ComplianceArea",
        "to know what compliance has decided",
        "id partner area status decided_at",
        "decided_by",
        "reason",
    ),
    (
        "ComplianceSuspension",
        "to prove when and why a partner was stopped",
        "id partner suspended_at lifted_at",
        "",
        "reason",
    ),
    (
        "ExchangeRate",
        "to count money in one currency",
        "id base quote valid_date rate source created_at",
        "created_by",
        "",
    ),
):
    declare(
        f"partners.{table}",
        purpose=purpose,
        subjects="staff" if staff else "none",
        basis=Basis.CONTRACT,
        retention=_PARTNERSHIP,
        business=business,
        staff=staff,
        free_text=text,
    )
for table, purpose, business, pseudonymous in (
    ("TenantCurrency", "to keep a partner's worlds apart", "id tenant currency", ""),
    ("Licence", "to know where a partner may take bets",
     "id partner jurisdiction authority number issued_on expires_on", ""),
    ("OnboardingTransition", "to say which steps there are", "id from_stage to_stage requires", ""),
    ("ComplianceRequirement", "to say which documents are asked for",
     "id jurisdiction area document_type title mandatory expires reminder_days is_active", ""),
):  # fmt: skip
    declare(
        f"partners.{table}",
        purpose=purpose,
        basis=Basis.CONTRACT,
        retention=_PARTNERSHIP,
        business=business,
        pseudonymous=pseudonymous,
    )
declare(
    "partners.Tenant",
    purpose="to keep a partner's worlds apart, and to know who stopped one",
    subjects="staff",
    basis=Basis.CONTRACT,
    retention=_PARTNERSHIP,
    business="id partner kind status requests_per_minute odds_threshold ramp_percent created_at",
    pseudonymous="allowed_ips",
    staff="held_by",
)
declare(
    "partners.ApiClient",
    purpose="to let a partner's systems in",
    basis=Basis.CONTRACT,
    retention=_PARTNERSHIP,
    business=(
        "client_id redirect_uris post_logout_redirect_uris client_type authorization_grant_type "
        "hash_client_secret name skip_authorization created updated algorithm allowed_origins "
        "registration_source cimd_expires_at id tenant scopes is_active tokens_valid_after last_used_at"
    ),
    staff="user",
    hidden="client_secret",
)
declare(
    "partners.ClientSecret",
    purpose="to check a system's secret, of which only the hash is kept",
    subjects="staff",
    basis=Basis.CONTRACT,
    retention=_PARTNERSHIP,
    business="id client created_at expires_at revoked_at",
    staff="created_by",
    hidden="digest hint",
)
declare(
    "partners.RevokedToken",
    purpose="to refuse tokens that were called back",
    basis=Basis.INTEREST,
    retention=Retention.SHORT,
    business="jti client revoked_at expires_at",
)
for table, fields in {
    "Grant": (
        "id user code application expires redirect_uri scope created updated code_challenge "
        "code_challenge_method nonce claims resource"
    ),
    "AccessToken": (
        "id user source_refresh_token token token_checksum id_token application expires scope resource "
        "created updated"
    ),
    "RefreshToken": (
        "id user token token_checksum application access_token token_family resource created updated revoked"
    ),
    "IDToken": "id user jti application expires scope created updated",
    "DeviceGrant": "id user device_code user_code scope interval expires status client_id last_checked",
}.items():
    declare(
        f"oauth2_provider.{table}",
        purpose="none: tokens are signed, not stored; the library's table stays empty",
        basis=Basis.INTEREST,
        retention=Retention.SHORT,
        hidden=fields,
    )
