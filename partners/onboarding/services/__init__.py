"""The only writer of companies, their people, certifications and the way to production."""

from partners.onboarding.services.certification import (
    countersign_certification,
    sign_certification,
    withdraw_certification,
)
from partners.onboarding.services.company import (
    COMPANY_FIELDS,
    add_contact,
    add_licence,
    add_owner,
    change_contact,
    change_licence,
    change_owner,
    end_owner,
    enter_company,
)
from partners.onboarding.services.directors import add_director, change_director, end_director
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
from partners.onboarding.services.notes import write_note

__all__ = [
    "COMPANY_FIELDS",
    "StepIncomplete",
    "StepNotAllowed",
    "add_contact",
    "add_director",
    "add_licence",
    "add_owner",
    "change_contact",
    "change_director",
    "change_licence",
    "change_owner",
    "countersign_certification",
    "decline_partner",
    "end_director",
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
