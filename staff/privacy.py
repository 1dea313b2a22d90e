"""What is kept of staff, and of the tables that come with Django and its libraries."""

from core.declared import Basis, Retention, declare

SUBJECTS = "staff"
_PROOF = Basis.INTEREST

declare(
    "core.StaffUser",
    purpose="to let staff into the office and to say who did what",
    subjects=SUBJECTS,
    basis=_PROOF,
    retention=Retention.EMPLOYMENT,
    staff="id username first_name last_name email is_active is_staff is_superuser date_joined last_login",
    hidden="password session_epoch",
)
for table, fields in {
    "core.StaffUser_groups": "id staffuser group",
    "core.StaffUser_user_permissions": "id staffuser permission",
}.items():
    declare(
        table,
        purpose="to give staff their rights",
        subjects=SUBJECTS,
        basis=_PROOF,
        retention=Retention.EMPLOYMENT,
        staff=fields,
    )
declare(
    "staff.StaffTotp",
    purpose="to check the codes of staff's authenticators",
    subjects=SUBJECTS,
    basis=_PROOF,
    retention=Retention.EMPLOYMENT,
    staff=(
        "id user name confirmed throttling_failure_timestamp throttling_failure_count last_step enrolled_at"
    ),
    hidden="seed pending_seed",
)
declare(
    "staff.StaffLink",
    purpose="to let staff set their own password",
    subjects=SUBJECTS,
    basis=_PROOF,
    retention=Retention.AUDIT,
    staff="id user purpose made_by made_at expires_at mailed_at used_at revoked_at",
    hidden="token_hash",
)
declare(
    "staff.TotpReset",
    purpose="to take away a lost authenticator with two people",
    subjects=SUBJECTS,
    basis=_PROOF,
    retention=Retention.AUDIT,
    staff="id user requested_by requested_at expires_at confirmed_by confirmed_at withdrawn_at",
    free_text="reason",
)
declare(
    "staff.Deputy",
    purpose="to say who stands in for whom",
    subjects=SUBJECTS,
    basis=_PROOF,
    retention=Retention.AUDIT,
    staff="id user deputy from_at until_at named_at ended_at",
)
declare(
    "sessions.Session",
    purpose="to know a browser again that has logged in",
    subjects=SUBJECTS,
    basis=_PROOF,
    retention=Retention.SHORT,
    hidden="session_key session_data",
    staff="expire_date",
)
for table, fields in {
    "axes.AccessAttempt": (
        "id user_agent ip_address username http_accept path_info attempt_time get_data post_data "
        "failures_since_start"
    ),
    "axes.AccessAttemptExpiration": "access_attempt expires_at",
    "axes.AccessFailureLog": (
        "id user_agent ip_address username http_accept path_info attempt_time locked_out"
    ),
    "axes.AccessLog": (
        "id user_agent ip_address username http_accept path_info attempt_time logout_time session_hash"
    ),
}.items():
    declare(
        table,
        purpose="to count wrong passwords",
        subjects="whoever tries to log in",
        basis=_PROOF,
        retention=Retention.LOG,
        pseudonymous=fields,
    )
declare(
    "admin.LogEntry",
    purpose="none: the audit record is written in its place, the table stays empty",
    basis=_PROOF,
    retention=Retention.AUDIT,
    staff="id action_time user content_type object_id object_repr action_flag",
    free_text="change_message",
)
for table, fields in {
    "auth.Permission": "id name content_type codename",
    "auth.Group": "id name",
    "auth.Group_permissions": "id group permission",
    "contenttypes.ContentType": "id app_label model",
}.items():
    declare(
        table,
        purpose="to say which rights there are",
        basis=_PROOF,
        retention=Retention.PLATFORM,
        business=fields,
    )
