"""The commands that staff run by hand, and what secrets leave behind in the logs."""

import logging
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from core.clock import now
from core.ids import uuid7
from partners.models import ExchangeRate, RevokedToken
from partners.oauth.keys import read_keys
from partners.services import forget_ended_tokens, revoke_token
from tests.makers.partners import access_token, make_client, make_currency
from tests.makers.roles import acting_as
from tests.partners.asking import ask_token, basic, call, post_form
from tests.partners.serving import api_process, ask

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]


class TestLoadRates:
    def test_file_is_loaded_and_broken_rows_are_named(self, tmp_path: Path) -> None:
        base = make_currency()
        file = tmp_path / "rates.csv"
        file.write_text(
            f"\ufeffbase,quote,date,rate,source\r\n{base},USD,2026-03-01,1.25,bank\r\n{base},USD,x,1,bank\r\n",
            "utf-8",
        )
        out, err = StringIO(), StringIO()
        call_command("load_rates", file, stdout=out, stderr=err)
        assert "1 rates entered, 0 were there already, 1 rows left out." in out.getvalue()
        assert err.getvalue().startswith("line 3: ")
        assert ExchangeRate.objects.get(base=base).created_by == "load_rates"

    @pytest.mark.parametrize("content", [b"a,b\n", b"\xff\xfe\x00", b""])
    def test_file_of_another_kind_is_refused(self, tmp_path: Path, content: bytes) -> None:
        file = tmp_path / "rates.csv"
        file.write_bytes(content)
        with pytest.raises(CommandError):
            call_command("load_rates", file)


class TestSigningKeyCommands:
    def test_first_key_is_made_once_and_rotated(self, settings: Settings, tmp_path: Path) -> None:
        settings.KEYS_DIR = tmp_path / "keys"
        for _ in range(2):
            call_command("ensure_signing_key", stdout=StringIO())
        (first,) = read_keys(settings.KEYS_DIR)
        call_command("rotate_signing_key", stdout=StringIO())
        assert read_keys(settings.KEYS_DIR)[0].kid == first.kid
        call_command("rotate_signing_key", "--retire-older", stdout=StringIO())
        (last,) = read_keys(settings.KEYS_DIR)
        assert last.kid != first.kid
        assert settings.KEYS_DIR.stat().st_mode & 0o777 == 0o700


class TestForgetEndedTokens:
    def test_only_ended_tokens_are_forgotten(self) -> None:
        made, at = make_client(), now()
        for minutes in (-5, 5):
            with acting_as("b2b_api"):
                revoke_token(
                    client=made.client,
                    jti=uuid7(),
                    expires_at=at + timedelta(minutes=minutes),
                    revoked_at=at,
                )
        forget_ended_tokens(until=at)
        assert RevokedToken.objects.filter(client=made.client).count() == 1


@pytest.mark.role("b2b_api")
class TestLogs:
    def test_no_secret_and_no_token_is_logged(
        self, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(logging.DEBUG)
        made = make_client()
        token = ask_token(made).json()["access_token"]
        header = basic(made.client_id, made.secret)
        call(token)
        call(token[:-4] + "AAAA")
        post_form("/oauth/token", {"grant_type": "password"}, headers=header)
        post_form("/oauth/introspect", {"token": token}, headers=header)
        post_form("/oauth/revoke", {"token": token}, headers=header)
        written = caplog.text + "".join(capfd.readouterr())
        for secret in (made.secret, token, token.rsplit(".", 1)[1], header["Authorization"][6:]):
            assert secret not in written


@pytest.mark.slow
@pytest.mark.role("b2b_api")
class TestPlainHttp:
    def test_production_never_redirects_the_api(self) -> None:
        token = access_token(make_client())
        with api_process(B2B_MODE="production", B2B_ALLOWED_HOSTS="127.0.0.1") as url:
            answers = [ask(url, token), ask(url, token, "/api/v2/nothing"), ask(url, token, "/oauth/token")]
        assert [answer.status_code for answer in answers] == [200, 404, 405]
        assert not any(answer.is_redirect for answer in answers)
