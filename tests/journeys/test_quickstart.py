"""What `docs/quickstart.md` tells a stranger to type works as it stands."""

import re
import subprocess

import pytest

from b2b.environment import ROOT
from tests.running import Platform

pytestmark = pytest.mark.slow

COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class TestQuickstart:
    def test_leads_from_a_token_to_an_exported_statement(self, platform: Platform) -> None:
        blocks = COMMANDS.findall((ROOT / "docs" / "quickstart.md").read_text("utf-8"))

        typed = subprocess.run(
            ["bash", "-c", "\n".join(["set -euo pipefail", *blocks])],
            cwd=ROOT,
            env=platform.environment,
            capture_output=True,
            text=True,
            check=False,
        )

        assert typed.returncode == 0, typed.stdout + typed.stderr
        for told in (
            '"status":"accepted"',
            "idempotent-replayed: true",
            "REFERENCE_CONFLICT",
            '"type":"bet.settled"',
            "received webhook.test",
            "Record,Statement",
            '"type":"aml_audit_report"',
        ):
            assert told in typed.stdout
        assert re.search(r"^total,.*EUR,\s*$", typed.stdout, re.MULTILINE)
