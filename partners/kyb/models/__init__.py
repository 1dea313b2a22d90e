"""Know your business: screenings against sanctions lists, its bank account, the periodic
review, and the contract about players' data.

A screening's facts never change and it is decided once; two people enter an account, and it is verified once;
a contract is followed by another one. Triggers in `partners/sql/guard_kyb.sql` make that true.
"""

from partners.kyb.models.accounts import BankAccount, Verification
from partners.kyb.models.contracts import AtEnd, ProcessorContract, SubProcessing, TransferGround
from partners.kyb.models.reviews import KybReminder, KybReview
from partners.kyb.models.screenings import SanctionsList, Screening, ScreeningDecision, ScreeningResult

__all__ = [
    "AtEnd",
    "BankAccount",
    "KybReminder",
    "KybReview",
    "ProcessorContract",
    "SanctionsList",
    "Screening",
    "ScreeningDecision",
    "ScreeningResult",
    "SubProcessing",
    "TransferGround",
    "Verification",
]
