"""However badly an endpoint behaves, others do not notice, and once it is well again nothing is missing."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django import Settings

from core.clock import now
from tests.makers.partners import make_tenant
from tests.makers.webhooks import announce, make_endpoint
from tests.webhooks.conftest import Relay
from tests.webhooks.pumping import (
    attempts,
    change,
    change_deliveries,
    leave_others_in_peace,
    pumping,
    states,
    wait_until,
)
from tests.webhooks.receiving import (
    Answering,
    drip,
    flood,
    garbage,
    hang,
    ok,
    receiver,
    reset,
    status,
)
from webhooks.models import Endpoint

pytestmark = [pytest.mark.usefixtures("alone"), pytest.mark.role("b2b_jobs"), pytest.mark.slow]

FAILING: list[tuple[Answering, int | None, str]] = [
    (status(500), 500, ""),
    (status(404), 404, ""),
    (status(301, "Location: http://169.254.169.254/"), 301, "redirected"),
    (status(307, "Location: http://127.0.0.1:1/"), 307, "redirected"),
    (hang, None, "timeout"),
    (drip, None, "timeout"),
    (reset, None, "connection_reset"),
    (garbage, None, "answer_broken"),
]
EVENTS = 30


@pytest.fixture
def alone(committed: None, settings: Settings) -> None:
    """No earlier test's endpoint is sent anything; loopback is within reach of test worlds."""
    settings.WEBHOOK_ALLOW_NETS = ["127.0.0.0/8"]
    settings.WEBHOOK_TIMEOUT_SECONDS = 2.0
    leave_others_in_peace()


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for loopback that nobody trusts, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    at = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate_file, key_file


def serving(files: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context


def hurried(endpoint: Endpoint) -> list[str]:
    """Let the endpoint's waiting time be over; return the states of its deliveries."""
    change(endpoint, breaker_until=None, failing_since=None, consecutive_failures=0)
    change_deliveries(endpoint, next_at=now())
    return states(endpoint)


class TestBadEndpoint:
    @pytest.mark.parametrize(
        ("behaving", "code", "error"), FAILING, ids=lambda value: getattr(value, "__name__", str(value))
    )
    def test_holds_up_nobody_and_misses_nothing_once_it_is_well(
        self, behaving: Answering, code: int | None, error: str, relay: Relay
    ) -> None:
        bad_tenant, good_tenant = make_tenant(), make_tenant()
        with receiver(behaving) as theirs, receiver() as others, pumping():
            bad = make_endpoint(bad_tenant, url=theirs.url)
            good = make_endpoint(good_tenant, url=others.url)
            announce(bad_tenant.pk, *["bet.placed"] * EVENTS)
            relay()
            wait_until(lambda: len(attempts(bad)) >= 1)
            announce(good_tenant.pk, *["bet.placed"] * EVENTS)
            relay()
            wait_until(lambda: states(good) == ["delivered"] * EVENTS, seconds=5)
            assert {(each.status, each.error) for each in attempts(bad)} == {(code, error)}

            theirs.answering = ok
            wait_until(lambda: hurried(bad) == ["delivered"] * EVENTS, seconds=60)
        delivered = {message.id for message in theirs.messages}
        assert len(delivered) == EVENTS

    def test_that_answers_with_ten_megabytes_is_read_a_little(self, relay: Relay) -> None:
        tenant = make_tenant()
        with receiver(flood) as theirs, pumping():
            endpoint = make_endpoint(tenant, url=theirs.url)
            announce(tenant.pk, *["bet.placed"] * 3)
            relay()
            wait_until(lambda: states(endpoint) == ["delivered"] * 3)
        assert {len(each.response_body) for each in attempts(endpoint)} == {4096}

    def test_whose_certificate_nobody_trusts_is_sent_nothing(self, relay: Relay, tmp_path: Path) -> None:
        tenant = make_tenant()
        with receiver(tls=serving(self_signed(tmp_path))) as theirs, pumping():
            endpoint = make_endpoint(tenant, url=theirs.url)
            announce(tenant.pk, "bet.placed")
            relay()
            wait_until(lambda: len(attempts(endpoint)) == 1)
        assert attempts(endpoint)[0].error == "tls_failed"
        assert theirs.messages == []

    def test_whose_certificate_is_trusted_is_sent_everything(self, relay: Relay, tmp_path: Path) -> None:
        tenant = make_tenant()
        files = self_signed(tmp_path)
        trust = ssl.create_default_context(cafile=str(files[0]))
        with receiver(tls=serving(files)) as theirs, pumping(trust=trust):
            endpoint = make_endpoint(tenant, url=theirs.url)
            announce(tenant.pk, *["bet.placed"] * 20)
            relay()
            wait_until(lambda: states(endpoint) == ["delivered"] * 20)
        assert theirs.connections <= 10
