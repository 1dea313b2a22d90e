"""The same events on three channels: the feed, a webhook endpoint of the demo's own, and the stream."""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from b2b.demo.report import Report
from b2b_client import Client, Event, WebhookRejected, verify_webhook
from b2b_client.stream import Stream

ARRIVES_WITHIN_SECONDS: Final = 120.0
SHORT_LIVED: Final = "odds.changed"
"""Of these a webhook endpoint is sent the newest alone, when it falls behind."""

Told = tuple[str, Mapping[str, Any]]


@dataclass(slots=True)
class Heard:
    """What came on the two channels that push, by sequence."""

    after: int
    webhooks: dict[int, Told] = field(default_factory=dict)
    stream: dict[int, Told] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def compare(self, report: Report, feed: Iterable[Mapping[str, Any]]) -> None:
        """Wait until both channels told what the feed tells, and report every difference."""
        wanted = {
            each["sequence"]: (each["type"], each["data"]) for each in feed if each["sequence"] > self.after
        }
        lasting = {sequence for sequence, (kind, _) in wanted.items() if kind != SHORT_LIVED}
        give_up_at = time.monotonic() + ARRIVES_WITHIN_SECONDS
        while time.monotonic() < give_up_at and not (
            lasting <= self.webhooks.keys() and wanted.keys() <= self.stream.keys()
        ):
            time.sleep(0.2)
        for fault in self.faults:
            report.fault(fault)
        for channel, heard, needed in (
            ("webhooks", dict(self.webhooks), lasting),
            ("stream", dict(self.stream), wanted.keys()),
        ):
            missing = sorted(needed - heard.keys())
            if missing:
                report.fault(f"{channel}: {len(missing)} events are missing, {missing[0]} first")
            for sequence in sorted(heard.keys() & wanted.keys()):
                if heard[sequence] != wanted[sequence]:
                    report.fault(f"{channel}: event {sequence} is {heard[sequence]}, not {wanted[sequence]}")


@contextmanager
def listening(api: Client, stream_url: str) -> Iterator[Heard]:
    """Listen on both channels from now on; the endpoint is removed at the end."""
    receiver = _Receiver()
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    endpoint = api.post(
        "/webhook-endpoints", {"url": receiver.url, "types": [], "description": "the demo's own receiver"}
    )
    receiver.secret = endpoint["secret"]
    heard = receiver.heard = Heard(after=_last_sequence(api))
    threading.Thread(target=_follow, args=(api, stream_url, heard), daemon=True).start()
    try:
        yield heard
    finally:
        api.delete(f"/webhook-endpoints/{endpoint['endpointId']}")
        receiver.shutdown()
        receiver.server_close()


def _last_sequence(api: Client) -> int:
    last = 0
    for event in api.events(after=0):
        last = event.sequence
    return last


def _follow(api: Client, stream_url: str, heard: Heard) -> None:
    last = heard.after
    for event in Stream(stream_url, api).events(after=last):
        if event.sequence != last + 1:
            heard.faults.append(f"stream: event {event.sequence} came after {last}")
        last = event.sequence
        heard.stream[event.sequence] = _told(event)


def _told(event: Event) -> Told:
    return event.type, event.data


class _Receiver(ThreadingHTTPServer):
    """A partner's webhook endpoint on this machine."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.secret = ""
        self.heard = Heard(after=0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/events"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = 200
        try:
            event = verify_webhook(body, dict(self.headers), self.server.secret)
            self.server.heard.webhooks[event.sequence] = _told(event)
        except WebhookRejected as rejected:
            self.server.heard.faults.append(f"webhooks: {rejected}")
            status = 400
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
