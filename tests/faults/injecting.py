"""The faults: each function does one thing to a running platform that must not matter."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import psutil

from tests.faults.checking import connect
from tests.running import Platform


def kill_api_worker(platform: Platform) -> None:
    """Kill -9 one of the API's two workers, in the middle of whatever it answers."""
    os.kill(_children(platform, "api")[0].pid, signal.SIGKILL)


def kill_every_api_worker(platform: Platform) -> None:
    """Kill -9 both at once."""
    for child in _children(platform, "api"):
        _kill(child.pid)


def kill_relay(platform: Platform) -> None:
    os.kill(platform.names()["relay"], signal.SIGKILL)


def kill_pump(platform: Platform) -> None:
    """Kill -9 the worker that sends webhooks, with everything that it has under way."""
    os.kill(platform.names()["pump"], signal.SIGKILL)


def kill_celery_children(platform: Platform) -> None:
    """Kill -9 the processes that run tasks; their parent stays."""
    for child in _children(platform, "worker"):
        _kill(child.pid)


def kill_celery(platform: Platform) -> None:
    """Kill -9 the worker with all of its processes: what it had taken stays taken."""
    pid = platform.names()["worker"]
    children = _children(platform, "worker")
    _kill(pid)
    for child in children:
        _kill(child.pid)


def kill_backend(platform: Platform) -> None:
    """Kill -9 one backend of PostgreSQL; the server ends all others and recovers."""
    with connect(platform) as database:
        found = database.execute(
            "SELECT pid FROM pg_stat_activity WHERE usename = 'b2b_api' ORDER BY state_change DESC LIMIT 1"
        ).fetchone()
    assert found
    os.kill(found[0], signal.SIGKILL)


def kill_postgres(platform: Platform) -> None:
    """Kill -9 the postmaster and every child of it at once, as a machine that loses power would."""
    server = psutil.Process(platform.names()["postgres"])
    children = server.children(recursive=True)
    _kill(server.pid)
    for child in children:
        _kill(child.pid)


def kill_valkey(platform: Platform) -> None:
    os.kill(platform.names()["valkey"], signal.SIGKILL)


def empty_valkey(platform: Platform) -> None:
    """Kill -9 Valkey and take its data away: queues, counters, everything."""
    for file in platform.var.rglob("valkey/appendonlydir/*"):
        file.unlink()
    kill_valkey(platform)


def freeze_api_worker(platform: Platform) -> None:
    """Stop an API worker for longer than its clients wait, then let it go on with what it had begun."""
    with frozen(_children(platform, "api")[0].pid):
        time.sleep(5)


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """SIGSTOP a process, and SIGCONT it at the end."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def readiness(platform: Platform) -> tuple[int, dict[str, object]]:
    """Return what `/health/ready` says."""
    answer = httpx.get(f"{platform.api_url}/health/ready", timeout=10)
    return answer.status_code, answer.json()


def wait_for_readiness(platform: Platform, wanted: str, *, seconds: float = 30.0) -> dict[str, object]:
    """Return what `/health/ready` says once its status is the wanted one."""
    deadline = time.monotonic() + seconds
    said: dict[str, object] = {}
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError, ValueError):
            _, said = readiness(platform)
            if said["status"] == wanted:
                return said
        time.sleep(0.2)
    raise AssertionError(f"/health/ready never said {wanted}: {said}")


def worker_processes(platform: Platform) -> list[psutil.Process]:
    """The processes that run Celery's tasks."""
    return _children(platform, "worker")


def _children(platform: Platform, name: str) -> list[psutil.Process]:
    """The processes that do the work of a child of the supervisor."""
    parent = psutil.Process(platform.names()[name])
    return [each for each in parent.children() if each.status() != psutil.STATUS_ZOMBIE]


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
