"""What we sign is what the libraries of Standard Webhooks accept, and nothing that differs by a byte is."""

import json
import secrets
import shutil
import subprocess
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest

from webhooks.keys import new_secret, secret_text
from webhooks.signing import signatures

BODY: Final = '{"type":"bet.placed","note":"naïve ✓","sequence":1}'.encode()
ID: Final = "evt_01k00000000000000000000000"
NODE: Final = """
const {Webhook} = require(process.argv[1]);
const told = JSON.parse(require('fs').readFileSync(0, 'utf8'));
for (const each of told) {
  try {
    new Webhook(each.secret).verify(Buffer.from(each.body, 'base64').toString('utf8'), each.headers);
    console.log('verified');
  } catch (error) { console.log('refused'); }
}
"""
Verify = Callable[[list[tuple[bytes, dict[str, str], str]]], list[bool]]


def signed(*keys: bytes, body: bytes = BODY, at: float | None = None) -> dict[str, str]:
    timestamp = int(time.time() if at is None else at)
    return {
        "webhook-id": ID,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures(keys, message_id=ID, timestamp=timestamp, body=body),
    }


def verify_in_python(library: Any) -> Verify:
    def verify(messages: list[tuple[bytes, dict[str, str], str]]) -> list[bool]:
        found = []
        for body, headers, secret in messages:
            try:
                library.Webhook(secret).verify(body, headers)
                found.append(True)
            except library.WebhookVerificationError:
                found.append(False)
        return found

    return verify


def verify_in_node(package: str, folder: Path) -> Verify:
    def verify(messages: list[tuple[bytes, dict[str, str], str]]) -> list[bool]:
        told = [
            {"body": base64_of(body), "headers": headers, "secret": secret}
            for body, headers, secret in messages
        ]
        done = subprocess.run(
            ["node", "-e", NODE, "--", package],
            cwd=folder,
            input=json.dumps(told),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return [line == "verified" for line in done.stdout.split()]

    return verify


def base64_of(body: bytes) -> str:
    return b64encode(body).decode()


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The libraries from npm, installed for this run; the tests are skipped where they cannot be."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not there")
    folder = tmp_path_factory.mktemp("npm")
    command = [
        "npm",
        "install",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "standardwebhooks@1",
        "svix@1",
    ]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    except subprocess.TimeoutExpired:
        pytest.skip("npm does not answer")
    if done.returncode:
        pytest.skip(f"npm installs nothing: {done.stderr[-200:]}")
    return folder


@pytest.fixture(params=["standardwebhooks", "svix", "npm standardwebhooks", "npm svix"])
def verify(request: pytest.FixtureRequest) -> Iterator[Verify]:
    """One library."""
    where, _, package = str(request.param).rpartition(" ")
    if where:
        yield verify_in_node(package, request.getfixturevalue("packages"))
    else:
        yield verify_in_python(import_module(f"{package}.webhooks"))


class TestSignatures:
    def test_are_accepted(self, verify: Verify) -> None:
        keys = [new_secret(), secrets.token_bytes(24), secrets.token_bytes(64)]
        assert verify([(BODY, signed(key), secret_text(key)) for key in keys]) == [True] * 3

    def test_by_both_secrets_are_accepted_while_one_is_replaced(self, verify: Verify) -> None:
        old, new = new_secret(), new_secret()
        headers = signed(new, old)
        other = secret_text(new_secret())
        messages = [(BODY, headers, secret) for secret in (secret_text(old), secret_text(new), other)]
        assert verify(messages) == [True, True, False]

    def test_of_a_message_that_differs_by_one_byte_are_refused(self, verify: Verify) -> None:
        key = new_secret()
        secret, headers = secret_text(key), signed(key)
        changed = [
            (BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :], headers, secret)
            for place in (0, 9, len(BODY) - 1)
        ]
        other_id = [(BODY, headers | {"webhook-id": ID[:-1] + "1"}, secret)]
        other_time = [
            (BODY, headers | {"webhook-timestamp": str(int(headers["webhook-timestamp"]) - 1)}, secret)
        ]
        longer = [(BODY + b" ", headers, secret)]
        assert not any(verify([*changed, *other_id, *other_time, *longer]))

    def test_of_another_time_are_refused(self, verify: Verify) -> None:
        key = new_secret()
        moments = [time.time() + seconds for seconds in (-330, 330, -200, 200)]
        messages = [(BODY, signed(key, at=moment), secret_text(key)) for moment in moments]
        assert verify(messages) == [False, False, True, True]
