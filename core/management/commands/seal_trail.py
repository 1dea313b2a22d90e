"""`manage.py seal_trail`: seal the audit records and row changes written since the last time, now."""

from core.sealing.commands import SealCommand
from core.trail import TRAIL


class Command(SealCommand):
    help = "Seal the audit trail up to the oldest running transaction and sign a checkpoint."
    chain = TRAIL
