"""What is kept of partners' requests."""

from core.declared import Basis, Retention, declare

declare(
    "integration.ApiRequest",
    purpose="to answer partners what became of a request; addresses name players by their ids alone",
    basis=Basis.INTEREST,
    retention=Retention.LOG,
    business=(
        "id received_at request_id tenant_id client_id method route status code microseconds "
        "bytes_in bytes_out"
    ),
    pseudonymous="path",
)
