"""The only writer of documents, verdicts, reminders and the suspensions that follow; each change is
audited.
"""

from partners.compliance.services.areas import settle_all_areas
from partners.compliance.services.deciding import accept_evidence, reject_evidence, reopen_evidence
from partners.compliance.services.ending import expire_evidence, reinstate_partners, suspend_lapsed
from partners.compliance.services.handing_in import (
    hand_in_document,
    hand_in_for_partner,
    record_dossier,
    record_download,
)
from partners.compliance.services.reminding import ask_for_copy, enter_reminders, send_reminders
from partners.compliance.services.requirements import load_requirements
from partners.compliance.services.telling import send_stop_letters

__all__ = [
    "accept_evidence",
    "ask_for_copy",
    "enter_reminders",
    "expire_evidence",
    "hand_in_document",
    "hand_in_for_partner",
    "load_requirements",
    "record_dossier",
    "record_download",
    "reinstate_partners",
    "reject_evidence",
    "reopen_evidence",
    "send_reminders",
    "send_stop_letters",
    "settle_all_areas",
    "suspend_lapsed",
]
