"""The only writer of companies, their people, certifications and the way to production."""

from partners.onboarding.services.certification import (
    countersign_certification,
    sign_certification,
    withdraw_certification,
)
from partners.onboarding.services.company import (
    add_contact,
    add_licence,
    add_owner,
    change_contact,
    change_licence,
    change_owner,
    end_owner,
    enter_company,
    write_note,
)
from partners.onboarding.services.moves import (
    StepIncomplete,
    StepNotAllowed,
    decline_partner,
    move_partner,
    pause_partner,
    register_partner,
    take_over_partner,
    terminate_partner,
    unpause_partner,
)

__all__ = [
    "StepIncomplete",
    "StepNotAllowed",
    "add_contact",
    "add_licence",
    "add_owner",
    "change_contact",
    "change_licence",
    "change_owner",
    "countersign_certification",
    "decline_partner",
    "end_owner",
    "enter_company",
    "move_partner",
    "pause_partner",
    "register_partner",
    "sign_certification",
    "take_over_partner",
    "terminate_partner",
    "unpause_partner",
    "withdraw_certification",
    "write_note",
]
