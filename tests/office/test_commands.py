"""The commands of the office: each needs its permission and a POST, and asks before it does anything."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Model

from core.models import AuditRecord, QuarantinedFact
from tests.makers.roles import acting_as
from tests.office.commanding import ASKED, address, new_records, run
from tests.office.makers import make_staff, put_fact_aside, registered, superuser, world

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


def commands() -> Iterator[tuple[type[Model], Any, str]]:
    """Yield every command of the office, with its model and its admin."""
    for model, found in registered():
        for place in ("actions_detail", "actions_list", "actions_row", "actions_submit_line"):
            for name in found._extract_action_names(getattr(found, place)):
                yield model, found, name


COMMANDS = list(commands())


@pytest.mark.long
@pytest.mark.parametrize(
    ("model", "found", "name"), COMMANDS, ids=[f"{m._meta.label}.{n}" for m, _, n in COMMANDS]
)
class TestEveryCommand:
    def test_has_permissions_and_a_question(self, model: type[Model], found: Any, name: str) -> None:
        method = getattr(found, name)
        assert all("." in permission for permission in method.allowed_permissions)
        assert method.allowed_permissions
        assert getattr(method, "dialog", None) or method.asks_on_a_page

    def test_asks_on_get_and_changes_nothing(self, model: type[Model], found: Any, name: str) -> None:
        row = world().row(model)
        assert row is not None
        browser = superuser()
        args = () if name in found._extract_action_names(found.actions_list) else (row.pk,)
        before = AuditRecord.objects.count()
        answer = browser.get(address(model, name, *args), {**ASKED, "reason": "x", "home": "1", "away": "0"})
        assert answer.status_code == 200
        assert b"<form" in answer.content
        assert AuditRecord.objects.count() == before

    def test_refuses_staff_who_may_only_look(self, model: type[Model], found: Any, name: str) -> None:
        row = world().row(model)
        assert row is not None
        browser = make_staff(f"{model._meta.app_label}.view_{model._meta.model_name}")
        args = () if name in found._extract_action_names(found.actions_list) else (row.pk,)
        assert browser.get(address(model, name, *args)).status_code == 403
        assert browser.post(address(model, name, *args), {**ASKED, "reason": "x"}).status_code == 403

    def test_of_a_record_that_is_not_there_is_not_found(
        self, model: type[Model], found: Any, name: str
    ) -> None:
        if name in found._extract_action_names(found.actions_list):
            pytest.skip("not about a record")
        browser = superuser()
        for key in ("nonsense", "01890000-0000-7000-8000-000000000000"):
            assert browser.post(address(model, name, key), ASKED).status_code == 404


class TestEveryCommandOnTickedRows:
    def test_has_permissions_and_asks_first(self) -> None:
        found = [(model, page, name) for model, page in registered() for name in page.actions]
        assert found
        for model, page, name in found:
            assert getattr(page, name).needed_permissions
            row = world().row(model)
            assert row is not None
            before = AuditRecord.objects.count()
            ticked = {"action": name, "_selected_action": str(row.pk), "index": "0"}
            answer = superuser().post(address(model, "changelist"), ticked)
            assert b'name="_sure"' in answer.content
            assert AuditRecord.objects.count() == before


class TestFactsPutAside:
    def test_asked_to_be_tried_again_is_recorded_and_asked_once(self) -> None:
        with acting_as("b2b_jobs"):
            aside = put_fact_aside()
        browser = make_staff("core.view_quarantinedfact", "core.change_quarantinedfact")
        answer = run(browser, QuarantinedFact, "retry", aside.pk, reason="the bug is mended")
        assert answer.headers["HX-Redirect"]
        assert new_records(aside) == ["retry fact"]
        again = run(browser, QuarantinedFact, "retry", aside.pk, reason="again")
        assert b"being tried again already" in again.content
        assert new_records(aside) == ["retry fact"]
