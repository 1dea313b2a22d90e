"""What can go wrong, and what the caller can do about it."""

import httpx


class ClientError(Exception):
    """Everything that this package raises."""


class Refused(ClientError):
    """The platform answered with an error that repeating does not mend: decide by `code`.

    `details` holds what the code's row in the platform's list of errors promises; `request_id` finds the
    request when you ask for support.
    """

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        try:
            envelope = answer.json()
        except ValueError:
            envelope = {}
        self.code = str(envelope.get("code", ""))
        self.details = dict(envelope.get("details") or {})
        self.request_id = str(envelope.get("requestId", ""))
        super().__init__(
            f"{answer.request.method} {answer.request.url.path}: {self.status} {self.code} "
            f"{envelope.get('message', answer.text[:200])} ({self.request_id or 'no request id'})"
        )


class PlatformAway(ClientError):
    """Nothing answered for as long as one waits. A write may have happened: send the same one again."""


class WebhookRejected(ClientError):
    """A delivery that did not come from the platform, or came too late: answer 400 and forget it."""


class StreamRefused(ClientError):
    """The stream will not serve this client or this subscription, however often it is asked."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(f"{code}: {message}")
