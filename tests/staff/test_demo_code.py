"""`manage.py demo_code`: a code that lets the demo's staff in, and what it says where it has none."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.clock import now
from staff.services.authenticators import code_at

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def demo(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    staff = {"username": "demo", "totpSecret": SECRET}
    content = {"staff": staff, "staffUsers": [{**staff, "username": "risk"}]}
    (tmp_path / "demo.json").write_text(json.dumps(content), "utf-8")


def code(*name: str) -> str:
    out = StringIO()
    call_command("demo_code", *name, stdout=out)
    return out.getvalue().strip()


class TestDemoCode:
    @pytest.mark.usefixtures("demo")
    def test_is_what_the_authenticator_shows(self) -> None:
        before = code_at(SECRET, now())
        assert {code(), code("risk")} & {before, code_at(SECRET, now())}

    @pytest.mark.usefixtures("demo")
    def test_names_those_who_have_one(self) -> None:
        with pytest.raises(CommandError, match="no somebody; it has demo, risk"):
            code("somebody")

    def test_says_that_there_is_no_demo(self, settings: Any, tmp_path: Path) -> None:
        settings.VAR = tmp_path
        with pytest.raises(CommandError, match="make up"):
            code()
