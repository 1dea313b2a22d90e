"""The platform's own processes: how each is started, with its own login and no other, and when it serves."""

import http.client
import os
import sys
from pathlib import Path

from b2b.environment import ROOT, Process
from b2b.supervisor.logs import coloured
from b2b.supervisor.processes import Program
from b2b.supervisor.state import LOOPBACK, Copy

_NOT_PASSED_ON = ("DATABASE_URL", "VALKEY_URL")


def process_environment(copy: Copy, process: Process) -> dict[str, str]:
    """The environment of one process: its own database login, and where everything else is."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _NOT_PASSED_ON and not name.startswith("B2B_DATABASE_URL_")
    }
    settings = copy.settings()
    found = {
        "B2B_VAR": str(copy.var),
        "B2B_PROCESS": process,
        f"B2B_DATABASE_URL_{process.upper()}": settings["databases"][process],
        "B2B_VALKEY_URL": copy.valkey_url,
        "B2B_BROKER_URL": copy.broker_url,
        "B2B_SECRET_KEY": copy.secret_key,
        "B2B_API_URL": os.environ.get("B2B_API_URL") or copy.url("api"),
        "B2B_STREAM_URL": os.environ.get("B2B_STREAM_URL") or copy.stream_url,
        "B2B_OFFICE_URL": os.environ.get("B2B_OFFICE_URL") or copy.url("office"),
        "B2B_MODE": os.environ.get("B2B_MODE") or "local",
        "B2B_LOG_FORMAT": os.environ.get("B2B_LOG_FORMAT") or "console",
        # A partner's receiver may run on the same machine.
        "B2B_WEBHOOK_ALLOW_NETS": os.environ.get("B2B_WEBHOOK_ALLOW_NETS", "127.0.0.0/8,::1/128"),
        "DJANGO_SETTINGS_MODULE": "b2b.settings",
        "PYTHONUNBUFFERED": "1",
    }
    return {**kept, **found, **({} if coloured() else {"NO_COLOR": "1"})}


def command_environment(copy: Copy) -> dict[str, str]:
    """The environment of a command that reads the state file by itself: tests, checks, `manage.py`."""
    dropped = {*_NOT_PASSED_ON, "B2B_VALKEY_URL", "B2B_BROKER_URL", "B2B_SECRET_KEY", "B2B_PROCESS"}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in dropped and not name.startswith("B2B_DATABASE_URL_") and not name.endswith("_PORT")
    }
    return {**kept, "B2B_VAR": str(copy.var)}


def management(copy: Copy, process: Process, *arguments: str) -> Program:
    return Program(
        name="relay" if arguments[0] == "relay" else "setup",
        command=[sys.executable, "manage.py", *arguments],
        environment=process_environment(copy, process),
        folder=ROOT,
    )


def web(copy: Copy, process: Process, *, workers: int, threads: int) -> Program:
    port = copy.ports[process]
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", copy.host, "--port", str(port),
        "--workers", str(workers), "--blocking-threads", str(threads),
        "--blocking-threads-idle-timeout", "600", "--backlog", "1024",
        "--respawn-failed-workers", "--respawn-interval", "0.5",
        "--workers-lifetime", os.environ.get("B2B_WORKER_LIFETIME_SECONDS") or "43200",
        "--workers-kill-timeout", "3", "--no-ws", "--log-level", "error", "b2b.wsgi:application",
    ]  # fmt: skip
    path = "/health/live" if process == "api" else "/admin/login/"
    return Program(
        name=process,
        command=command,
        environment=process_environment(copy, process),
        is_ready=lambda: _answers(copy.host, port, path),
        folder=ROOT,
    )


def stream(copy: Copy) -> Program:
    """The WebSocket stream, with the login of the API."""
    port = copy.ports["stream"]
    return Program(
        name="stream",
        command=[sys.executable, "manage.py", "stream", "--host", copy.host, "--port", str(port)],
        environment=process_environment(copy, "api"),
        is_ready=lambda: _answers(copy.host, port, "/health/live"),
        folder=ROOT,
    )


def worker(copy: Copy) -> Program:
    concurrency = os.environ.get("B2B_WORKER_CONCURRENCY") or "2"
    return _celery(
        copy, "worker", "worker", "--concurrency", concurrency, "--without-gossip", "--without-mingle"
    )


def pump(copy: Copy) -> Program:
    """The worker that sends webhooks: one process, in whose one thread everything happens."""
    return _celery(
        copy, "pump", "worker", "--pool", "solo", "--queues", "webhooks", "--hostname", "pump@%h",
        "--without-gossip", "--without-mingle",
    )  # fmt: skip


def beat(copy: Copy) -> Program:
    return _celery(copy, "beat", "beat", "--schedule", str(copy.var / "beat-schedule"), "--pidfile", "")


def _celery(copy: Copy, name: str, *arguments: str) -> Program:
    return Program(
        name=name,
        command=[
            sys.executable,
            "-W",
            "ignore:You're running the worker",
            "-m",
            "celery",
            "--app",
            "b2b.celery:app",
            "--quiet",
            *arguments,
            "--loglevel",
            "INFO",
        ],
        environment=process_environment(copy, "jobs"),
        noise=("Scheduler: Sending due task",),
        ready_text="beat: Starting" if name == "beat" else " ready.",
        folder=ROOT,
    )


def _answers(host: str, port: int, path: str) -> bool:
    """Whether the process answers at all; what it says about its parts is for /health/ready."""
    connection = http.client.HTTPConnection(LOOPBACK if host == "0.0.0.0" else host, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status > 0
    except OSError:
        return False
    finally:
        connection.close()


def keys_folder(var: Path) -> None:
    """The folders that only the platform's account may enter."""
    for name in ("keys", "checkpoints", "mail"):
        (var / name).mkdir(mode=0o700, exist_ok=True)
