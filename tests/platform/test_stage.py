"""The stage of the tests is what it says: the process's own login, and a database that commits."""

import threading

import pytest
from django.db import ProgrammingError, connection

pytestmark = pytest.mark.usefixtures("committed")


def login() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        found: str = cursor.fetchone()[0]
    return found


class TestLogin:
    def test_is_the_api_by_default(self) -> None:
        assert login() == "b2b_api"

    @pytest.mark.role("b2b_office")
    def test_is_the_role_that_the_test_marks(self) -> None:
        assert login() == "b2b_office"

    def test_is_the_same_in_other_threads(self) -> None:
        found: list[str] = []

        def ask() -> None:
            found.append(login())
            connection.close()

        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()

        assert found == ["b2b_api"]

    @pytest.mark.parametrize("role", ["b2b_api", "b2b_office", "b2b_jobs", "b2b_owner"])
    def test_has_no_power_past_policies(self, role: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = %s", [role])
            assert cursor.fetchone() == (False, False)

    @pytest.mark.parametrize("role", ["b2b_api", "b2b_office", "b2b_jobs"])
    def test_of_a_process_is_a_member_of_no_other_role(self, role: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_auth_members WHERE member = %s::regrole", [role])
            assert cursor.fetchone() == (0,)

    def test_of_the_api_may_make_no_table(self) -> None:
        with pytest.raises(ProgrammingError), connection.cursor() as cursor:
            cursor.execute("CREATE TABLE mine (id int)")


class TestServer:
    def test_keeps_what_it_acknowledged(self) -> None:
        with connection.cursor() as cursor:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                cursor.execute(f"SHOW {setting}")
                assert cursor.fetchone() == ("on",), setting

    def test_speaks_utc(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SHOW timezone")
            assert cursor.fetchone() == ("UTC",)
