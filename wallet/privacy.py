"""What is kept of players, and of their money."""

from core.declared import Basis, Retention, declare
from core.masks import mask_date, mask_email, mask_name

SUBJECTS = "players"

declare(
    "wallet.Player",
    purpose="to keep a wallet and take bets for a partner's player",
    subjects=SUBJECTS,
    basis=Basis.CONTRACT,
    retention=Retention.AML,
    personal={"name": mask_name, "email": mask_email, "birth_date": mask_date},
    pseudonymous="id reference country time_zone",
    business="tenant currency vip status suspended_by_partner kyc_status created_at erased_at",
    staff="held_by",
)
declare(
    "wallet.Account",
    purpose="to keep a wallet's side of the ledger",
    subjects=SUBJECTS,
    basis=Basis.LAW,
    retention=Retention.LEDGER,
    pseudonymous="player",
    business="id tenant kind currency",
)
declare(
    "wallet.Balance",
    purpose="to know what a wallet holds",
    subjects=SUBJECTS,
    basis=Basis.CONTRACT,
    retention=Retention.LEDGER,
    pseudonymous="player",
    business="tenant account currency available in_play debt entry_count posted_at",
)
declare(
    "wallet.JournalEntry",
    purpose="to keep the ledger",
    subjects=SUBJECTS,
    basis=Basis.LAW,
    retention=Retention.LEDGER,
    pseudonymous="player reference",
    business=(
        "id tenant kind currency amount subject_id number posted_at available in_play debt transaction"
    ),
)
declare(
    "wallet.Transfer",
    purpose="to keep the ledger",
    basis=Basis.LAW,
    retention=Retention.LEDGER,
    business="id tenant entry currency debit credit amount reverses",
)
declare(
    "wallet.Seal",
    purpose="to prove that the ledger is as it was written",
    basis=Basis.INTEREST,
    retention=Retention.LEDGER,
    business="number transaction_first transaction_end entry_count transfer_count digest sealed_at",
)
