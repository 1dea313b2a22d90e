"""The only writer of requests for approval: asked, edited, decided, withdrawn, void, expired, carried out."""

from approvals.services.asking import edit_request, request_approval, withdraw_request
from approvals.services.carrying import carried_out, carry_out, list_interrupted, use_permit
from approvals.services.deciding import approve_request, expire_requests, reject_request
from approvals.services.voiding import void_requests, void_requests_of_partner

__all__ = [
    "approve_request",
    "carried_out",
    "carry_out",
    "edit_request",
    "expire_requests",
    "list_interrupted",
    "reject_request",
    "request_approval",
    "use_permit",
    "void_requests",
    "void_requests_of_partner",
    "withdraw_request",
]
