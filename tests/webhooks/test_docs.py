"""The code in `docs/webhooks.md` that partners copy verifies what the platform signs, and nothing else."""

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from b2b.environment import ROOT
from webhooks.keys import new_secret, secret_text
from webhooks.signing import signatures

PAGE = (ROOT / "docs" / "webhooks.md").read_text("utf-8")
BODY = '{"type":"bet.placed","data":{"name":"Žižkov"}}'
RUN = {
    "python": (
        [sys.executable, "-c"],
        "import json, sys\nasked = json.load(sys.stdin)\n"
        'print(event_id_of(asked["body"].encode(), asked["headers"], asked["secret"]))',
    ),
    "js": (
        ["node", "-e"],
        'const asked = JSON.parse(require("node:fs").readFileSync(0));\n'
        "console.log(eventIdOf(Buffer.from(asked.body), asked.headers, asked.secret));",
    ),
    "php": (
        ["php", "-r"],
        "$asked = json_decode(file_get_contents('php://stdin'), true);\n"
        "echo event_id_of($asked['body'], $asked['headers'], $asked['secret']);",
    ),
}


def snippet(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def run(language: str, **changed: object) -> "subprocess.CompletedProcess[str]":
    command, call = RUN[language]
    if shutil.which(command[0]) is None and not Path(command[0]).exists():
        pytest.skip(f"{command[0]} is not installed")
    old, new = new_secret(), new_secret()
    at = int(time.time()) - int(str(changed.get("age", 0)))
    signed = signatures([new, old], message_id="evt_1", timestamp=at, body=BODY.encode())
    asked = {
        "body": changed.get("body", BODY),
        "secret": secret_text(old),
        "headers": {"webhook-id": "evt_1", "webhook-timestamp": str(at), "webhook-signature": signed},
    }
    return subprocess.run(
        [*command, f"{snippet(language)}\n{call}"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("language", RUN)
class TestSnippets:
    def test_take_what_either_secret_signed(self, language: str) -> None:
        answer = run(language)
        assert (answer.returncode, answer.stdout.strip()) == (0, "evt_1"), answer.stderr

    def test_refuse_another_body(self, language: str) -> None:
        answer = run(language, body=BODY.replace("placed", "settled"))
        assert answer.returncode != 0
        assert "not from the platform" in answer.stdout + answer.stderr

    def test_refuse_what_is_old(self, language: str) -> None:
        answer = run(language, age=301)
        assert answer.returncode != 0
        assert "too old" in answer.stdout + answer.stderr
