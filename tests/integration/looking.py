"""Looking into the request log, into which a request goes beside its answer."""

import time

from integration.models import ApiRequest
from integration.queries import find_request
from tests.makers.roles import acting_as


def logged(request_id: str) -> ApiRequest:
    """Wait until a request is in the log."""
    deadline = time.monotonic() + 5
    with acting_as("b2b_jobs"):
        while time.monotonic() < deadline:
            found = find_request(request_id)
            if found is not None:
                return found
            time.sleep(0.05)
    raise AssertionError(f"{request_id} is not in the log")
