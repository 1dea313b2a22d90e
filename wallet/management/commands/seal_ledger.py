"""`manage.py seal_ledger`: seal what was posted since the last time, now."""

from core.sealing.commands import SealCommand
from wallet.sealing import LEDGER


class Command(SealCommand):
    help = "Seal the ledger up to the oldest running transaction and sign a checkpoint."
    chain = LEDGER
