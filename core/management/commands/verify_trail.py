"""`manage.py verify_trail`: say whether the audit trail is what was written. Exit code 0 if so, else 1."""

from core.sealing.commands import VerifyCommand
from core.trail import TRAIL


class Command(VerifyCommand):
    help = "Check audit records and row changes against seals and checkpoints, and report what is wrong."
    chain = TRAIL
