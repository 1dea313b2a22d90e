"""`manage.py verify_ledger`: say whether the ledger is what was written. Exit code 0 if so, else 1."""

from core.sealing.commands import VerifyCommand
from wallet.sealing import LEDGER


class Command(VerifyCommand):
    help = "Recompute every balance, check the seals and the signed checkpoints, and report what is wrong."
    chain = LEDGER
