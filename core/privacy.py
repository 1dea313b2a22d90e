"""What is kept by the tables that every app stands on."""

from core.declared import Basis, Retention, declare

declare(
    "core.Currency",
    purpose="to say which currencies there are",
    basis=Basis.CONTRACT,
    retention=Retention.PLATFORM,
    business="code name scale",
)
declare(
    "core.Reference",
    purpose="to answer a partner's request once, however often it is sent",
    subjects="players",
    basis=Basis.CONTRACT,
    retention=Retention.LEDGER,
    pseudonymous="reference subject_id",
    business="tenant_id kind status refusal created_at transaction",
    hidden="fingerprint",
)
declare(
    "core.IdempotencyKey",
    purpose="to answer a partner's request once, however often it is sent",
    subjects="players",
    basis=Basis.CONTRACT,
    retention=Retention.SHORT,
    pseudonymous="body",
    business="tenant_id route key status created_at",
    hidden="fingerprint",
)
declare(
    "core.Outbox",
    purpose="to tell partners what happened, by ids alone",
    subjects="players",
    basis=Basis.CONTRACT,
    retention=Retention.SHORT,
    pseudonymous="data",
    business="id tenant_id event_id type occurred_at",
)
declare(
    "core.Event",
    purpose="to tell partners what happened, by ids alone",
    subjects="players",
    basis=Basis.CONTRACT,
    retention=Retention.EVENTS,
    pseudonymous="data",
    business="tenant_id sequence event_id type occurred_at",
)
for name in ("FactOutbox", "Fact"):
    declare(
        f"core.{name}",
        purpose="to tell partners what became of fixtures and odds",
        basis=Basis.CONTRACT,
        retention=Retention.SHORT,
        business=f"{'id' if name == 'FactOutbox' else 'sequence'} tenant_id type occurred_at data",
    )
declare(
    "core.HandlerCursor",
    purpose="to react to each fact once",
    basis=Basis.CONTRACT,
    retention=Retention.PLATFORM,
    business="handler sequence",
)
declare(
    "core.QuarantinedFact",
    purpose="to mend what could not be told to partners",
    basis=Basis.CONTRACT,
    retention=Retention.SHORT,
    business=(
        "id handler sequence tenant_id type data error occurred_at quarantined_at attempts retry_asked_at"
    ),
)
declare(
    "core.AuditRecord",
    purpose="to prove who did what, when and why",
    subjects="staff, beneficial owners, partners' staff",
    basis=Basis.LAW,
    retention=Retention.AUDIT,
    staff="actor address",
    business="id occurred_at action object_type object_id request_id transaction_id",
    pseudonymous="before after",
    free_text="reason",
)
declare(
    "core.RowChange",
    purpose="to prove how each record was changed, by whom and when",
    subjects="staff, beneficial owners, partners' staff",
    basis=Basis.LAW,
    retention=Retention.AUDIT,
    staff="actor",
    business="id changed_at kind model row_id partner_id login request_id transaction_id",
    pseudonymous="before after",
)
declare(
    "core.VerifyingCursor",
    purpose="to read sealed history again, part by part",
    basis=Basis.INTEREST,
    retention=Retention.AUDIT,
    business="chain seal_number moved_at",
)
declare(
    "core.Verification",
    purpose="to prove that sealed history is checked each day",
    basis=Basis.INTEREST,
    retention=Retention.AUDIT,
    business="id chain verified_at summary fault_count faults",
)
declare(
    "core.TrailSeal",
    purpose="to prove that audit records and row changes are as they were written",
    basis=Basis.INTEREST,
    retention=Retention.AUDIT,
    business="number transaction_first transaction_end record_count change_count digest sealed_at",
)
