"""The supervisor leaves no process behind, heals what dies, and says clearly why it will not start."""

import contextlib
import http.client
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest

from b2b.environment import ROOT
from b2b.supervisor.accounts import server_account
from tests.running import Platform, SharedPlatform, free_ports, make_shared_platform

SERVERS_SERVE = "PostgreSQL serves on"
ASK_WHO = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT current_user")
    print(cursor.fetchone()[0])
"""
ASK_BOTH_SERVERS = """
from django.core.cache import cache
from django.db import connection
connection.ensure_connection()
cache.get("anything")
"""

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")


def make_folder() -> Iterator[Path]:
    """A folder that `nobody` may enter, unlike pytest's own."""
    found = Path(tempfile.mkdtemp(prefix="b2b-test-"))
    found.chmod(0o755)
    yield found
    shutil.rmtree(found, ignore_errors=True)


folder = pytest.fixture(make_folder)
shared_folder = pytest.fixture(scope="module")(make_folder)


@pytest.fixture(scope="module")
def home(shared_folder: Path) -> Iterator[Platform]:
    """The servers of this module, whether they run or not."""
    found = Platform(shared_folder / "var")
    yield found
    found.end()


@pytest.fixture
def servers(home: Platform) -> Platform:
    """PostgreSQL and Valkey, which run; a test may stop them."""
    return home.start_unless_it_runs("servers", sign=SERVERS_SERVE)


own_platform = pytest.fixture(scope="module")(make_shared_platform)
"""One whose database sessions are the platform's own, and no other test's."""


@pytest.fixture
def platform(own_platform: SharedPlatform) -> Platform:
    """A platform that runs; a test may stop or kill it."""
    return own_platform.running()


def within(seconds: float, is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.slow
class TestServers:
    def test_keep_secrets_to_their_owner(self, servers: Platform) -> None:
        assert mode(servers.var / "state.json") == 0o600
        assert mode(servers.var / "keys") == 0o700
        assert mode(servers.var / "checkpoints") == 0o700

    def test_are_found_by_manage_py_without_exports(self, servers: Platform) -> None:
        done = servers.manage("shell", "--no-imports", "-c", ASK_WHO)

        assert (done.stdout.strip(), done.returncode) == ("b2b_jobs", 0)

    def test_refuse_a_wrong_password(self, servers: Platform) -> None:
        wrong = f"postgresql://b2b_jobs:wrong@127.0.0.1:{servers.ports['POSTGRES']}/b2b"
        told_wrong = Platform(servers.var, servers.ports, B2B_DATABASE_URL_JOBS=wrong)

        done = told_wrong.manage("shell", "--no-imports", "-c", ASK_WHO)

        assert "password authentication failed" in done.stderr

    def test_refuse_a_second_start(self, servers: Platform) -> None:
        second = Platform(servers.var)
        second.log = servers.var.with_name("second.log")
        with pytest.raises(AssertionError, match=r"A copy already runs in .*\(process \d+\)"):
            second.start("servers", sign=SERVERS_SERVE)

    def test_say_which_port_is_busy_before_anything_starts(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            busy = listener.getsockname()[1]
            platform = Platform(folder / "var", ports={**free_ports(), "VALKEY": busy})

            with pytest.raises(AssertionError, match=f"port {busy} for valkey: set B2B_VALKEY_PORT"):
                platform.start("servers", sign=SERVERS_SERVE)

        assert not (platform.var / "postgres").exists()

    def test_refuse_a_port_that_is_no_number(self, folder: Path) -> None:
        platform = Platform(folder / "var", B2B_API_PORT="http")

        with pytest.raises(AssertionError, match="B2B_API_PORT is 'http'"):
            platform.start("servers", sign=SERVERS_SERVE)

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_stop_on_every_signal_that_asks(self, servers: Platform, number: signal.Signals) -> None:
        servers.stop(number)

        assert servers.process
        assert servers.process.returncode == 0
        assert servers.members() == []

    def test_stop_though_interrupts_were_ignored_at_the_start(self, home: Platform) -> None:
        home.end()
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            home.start("servers", sign=SERVERS_SERVE)
        finally:
            signal.signal(signal.SIGINT, before)

        home.stop(signal.SIGINT)

        assert home.members() == []

    @only_root
    def test_lie_elsewhere_when_nobody_may_not_enter(self, folder: Path) -> None:
        closed = folder / "closed"
        closed.mkdir(mode=0o700)
        platform = Platform(closed / "var")

        try:
            platform.start("servers", sign="Migrating the database")
            elsewhere = Path((platform.var / "data.path").read_text("utf-8").strip())

            assert (elsewhere / "postgres" / "cluster" / "PG_VERSION").is_file()
            assert mode(closed) == 0o700
        finally:
            platform.stop()
            shutil.rmtree((platform.var / "data.path").read_text("utf-8").strip())

    @only_root
    def test_do_not_run_as_root(self, servers: Platform) -> None:
        names = servers.names()
        assert {psutil.Process(names[name]).username() for name in ("postgres", "valkey")} == {"nobody"}


@pytest.mark.slow
class TestExec:
    def test_returns_what_the_command_returned(self, folder: Path) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "b2b.supervisor", "exec", "--", "sh", "-c", "echo said; exit 7"],
            cwd=ROOT,
            env=Platform(folder / "var").environment,
            capture_output=True,
            text=True,
            check=False,
        )

        assert (done.stdout, done.returncode) == ("said\n", 7)

    def test_leaves_nobody_behind_when_it_is_killed(self, folder: Path) -> None:
        platform = Platform(folder / "var")
        with platform.log.open("wb") as output:
            platform.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "b2b.supervisor",
                    "exec",
                    "--",
                    "sh",
                    "-c",
                    "echo began; exec sleep 600",
                ],
                cwd=ROOT,
                env=platform.environment,
                stdout=output,
            )
        platform.wait_for("began")
        platform.var = platform.var / "test"

        platform.kill()

        assert within(10, lambda: platform.members() == [])


@pytest.mark.slow
class TestUp:
    def test_keeps_the_number_of_database_sessions(self, platform: Platform) -> None:
        counts = []

        for _ in range(4):
            with ThreadPoolExecutor(16) as clients:
                answered = list(clients.map(lambda _: status(platform, "/health/ready"), range(200)))
            assert set(answered) == {200}
            counts.append(sessions(platform, "b2b_api"))

        assert max(counts) <= 2 * 4, "one for each thread of each worker, no more"
        assert counts[-1] <= counts[0] + 2

    def test_heals_a_web_worker_that_is_killed(self, platform: Platform) -> None:
        parent = psutil.Process(platform.names()["api"])
        before = {child.pid for child in parent.children()}

        os.kill(min(before), signal.SIGKILL)

        assert within(30, lambda: len({child.pid for child in parent.children()} - before) == 1)
        assert within(30, lambda: status(platform, "/health/live") == 200)

    def test_heals_every_child_that_is_killed(self, platform: Platform) -> None:
        names = platform.names()

        for name in names:
            pid = kill_child(platform, name)

            assert within(30, lambda: platform.names().get(name, pid) != pid), name  # noqa: B023
            assert within(30, lambda: answers(platform)), name

        assert platform.names().keys() == names.keys()

    def test_stops_within_eight_seconds_and_leaves_no_process(self, platform: Platform) -> None:
        names = platform.names()

        took = platform.stop()

        assert {"postgres", "valkey", "api", "office", "stream", "worker", "pump", "beat"} <= set(names)
        assert took < 8
        assert platform.members() == []
        assert "did not stop in time" not in platform.output()

    def test_leaves_no_process_when_it_is_killed(self, platform: Platform) -> None:
        platform.kill()

        assert within(15, lambda: platform.members() == [])

    def test_starts_again_at_once_after_it_was_killed(self, platform: Platform) -> None:
        before = {process.pid for process in platform.members()}
        told = platform.demo()

        platform.kill()
        platform.start()

        assert not before & {process.pid for process in platform.members()}
        assert platform.demo() == told, "the credentials stay what they were"

    @only_root
    def test_works_as_another_user(self, folder: Path) -> None:
        nobody = pwd.getpwnam("nobody")
        if not all(server_account().can_read(path) for path in (Path(sys.executable), ROOT / "manage.py")):
            pytest.skip("no other user may run this Python or read this folder")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        platform = Platform(folder / "var", HOME=str(folder))
        with platform.log.open("wb") as output:
            platform.process = subprocess.Popen(
                [sys.executable, "-B", "-m", "b2b.supervisor", "up"],
                cwd=ROOT,
                env=platform.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=nobody.pw_uid,
                group=nobody.pw_gid,
                extra_groups=[],
            )

        platform.wait_for("Everything runs")
        owners = {process.username() for process in platform.members()}

        assert platform.stop() < 8
        assert owners == {"nobody"}
        assert platform.members() == []


def status(platform: Platform, path: str) -> int:
    """The API's HTTP status for a path, 0 when it does not answer."""
    connection = http.client.HTTPConnection("127.0.0.1", platform.ports["API"], timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def kill_child(platform: Platform, name: str) -> int:
    """Kill -9 the child of that name as it runs now, and return its pid.

    Celery's worker may give up when its broker is gone, and then runs again under another pid than before.
    """
    killed: list[int] = []

    def kill() -> bool:
        with contextlib.suppress(KeyError, ProcessLookupError):
            pid = platform.names()[name]
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)
        return bool(killed)

    assert within(30, kill), name
    return killed[0]


def sessions(platform: Platform, role: str) -> int:
    state = json.loads((platform.var / "state.json").read_text("utf-8"))
    with psycopg.connect(state["bootstrap_url"]) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = %s", [role]
        ).fetchone()
    assert found
    return int(found[0])


def answers(platform: Platform) -> bool:
    """Whether the API accepts connections, and both servers let a job in."""
    try:
        socket.create_connection(("127.0.0.1", platform.ports["API"]), timeout=1).close()
    except OSError:
        return False
    return platform.clerk.manage("shell", "--no-imports", "-c", ASK_BOTH_SERVERS).returncode == 0
