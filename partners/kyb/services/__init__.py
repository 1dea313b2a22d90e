"""The only writer of screenings, bank accounts, reviews and processors' contracts; each change is audited."""

from partners.kyb.services.accounts import request_bank_account, verify_bank_account
from partners.kyb.services.contracts import ContractTerms, enter_contract
from partners.kyb.services.reviews import enter_review
from partners.kyb.services.screenings import decide_screening, enter_screening
from partners.kyb.services.watching import enter_kyb_reminders, send_kyb_reminders, suspend_lapsed_kyb

__all__ = [
    "ContractTerms",
    "decide_screening",
    "enter_contract",
    "enter_kyb_reminders",
    "enter_review",
    "enter_screening",
    "request_bank_account",
    "send_kyb_reminders",
    "suspend_lapsed_kyb",
    "verify_bank_account",
]
