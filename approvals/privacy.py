"""What is kept of requests that two people decide."""

from core.declared import Basis, Retention, declare

declare(
    "approvals.ApprovalRequest",
    purpose="to prove that two people decided",
    subjects="staff",
    basis=Basis.LAW,
    retention=Retention.AUDIT,
    business=(
        "id kind subject_type subject_id partner_id title payload payload_digest revision status "
        "requested_at edited_at expires_at decided_at decided_digest closed_at executed_at failure"
    ),
    staff="requested_by edited_by decided_by decided_for",
    free_text="reason decision_note",
)
declare(
    "approvals.ApprovalRevision",
    purpose="to prove what was asked before an edit",
    basis=Basis.LAW,
    retention=Retention.AUDIT,
    business="request revision payload payload_digest made_at",
    free_text="reason",
)
declare(
    "approvals.ApprovalLetter",
    purpose="to prove that those who must act were told",
    subjects="staff",
    basis=Basis.LAW,
    retention=Retention.AUDIT,
    business="id request occasion revision status state entered_at attempts tried_at failure",
    staff="recipients",
)
