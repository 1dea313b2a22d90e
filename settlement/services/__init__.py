"""What changes plans and statements: each service locks the tenant, asks the rules, writes."""

from settlement.services.plans import PlanTooEarly, TenantUnknown, agree_plan
from settlement.services.statements import (
    NothingToState,
    PeriodNotBegun,
    PlanMissing,
    PlansDisagree,
    StatementIssued,
    draft_statement,
)

__all__ = [
    "NothingToState",
    "PeriodNotBegun",
    "PlanMissing",
    "PlanTooEarly",
    "PlansDisagree",
    "StatementIssued",
    "TenantUnknown",
    "agree_plan",
    "draft_statement",
]
