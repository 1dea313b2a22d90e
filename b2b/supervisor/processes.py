"""The processes of one copy: started in order, watched, started again when they die, stopped in reverse.

Everything happens in one thread, for two reasons: the kernel's parent-death signal follows the thread that
forked, and forking beside other threads is not safe. So waiting for anything also reads the children's words.
"""

import contextlib
import ctypes
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from b2b.supervisor import strays
from b2b.supervisor.errors import CannotStart, StopAsked
from b2b.supervisor.logs import Lines, say
from b2b.supervisor.state import write_json

STOP_SECONDS, SERVERS_STOP_SECONDS = 6.5, 1.5
SHORTEST_BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS = 0.25, 15.0
STABLE_AFTER_SECONDS = 20.0
PR_SET_PDEATHSIG = 1

_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Program:
    """What to run, how to ask it to stop, and how to tell that it serves."""

    name: str
    command: list[str]
    environment: dict[str, str]
    is_ready: Callable[[], bool] | None = None
    ready_text: str = ""
    stop_signal: signal.Signals = signal.SIGTERM
    options: dict[str, Any] = field(default_factory=dict)
    folder: Path | None = None
    noise: tuple[str, ...] = ()
    """Lines with one of these texts are not shown."""
    is_server: bool = False
    """PostgreSQL and Valkey: stopped when the processes that use them are gone."""


@dataclass
class Child:
    """A program while it runs, and between a death and the next start."""

    program: Program
    lines: Lines
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    backoff_seconds: float = SHORTEST_BACKOFF_SECONDS
    start_again_at: float | None = None
    ready: bool = False


class Family:
    """All children of this supervisor."""

    def __init__(self, var: Path) -> None:
        self.children: list[Child] = []
        self.stop_asked: signal.Signals | None = None
        self._record = var / "processes.json"
        self._mark = strays.mark(var)
        self._selector = selectors.DefaultSelector()
        self._wake, asleep = socket.socketpair()
        for end in (self._wake, asleep):
            end.setblocking(False)
        signal.set_wakeup_fd(asleep.fileno(), warn_on_full_buffer=False)
        self._asleep = asleep
        self._selector.register(self._wake, selectors.EVENT_READ, None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def start(self, program: Program, *, wait_seconds: float = 0) -> Child:
        """Start a program and keep it running; with `wait_seconds`, return when it is ready or raise."""
        child = Child(program=program, lines=Lines(program.name, program.noise))
        self.children.append(child)
        self._launch(child)
        if wait_seconds:
            self.wait_ready([child], seconds=wait_seconds)
        return child

    def wait_ready(self, children: Iterable[Child], *, seconds: float) -> None:
        """Return when every child is ready; raise CannotStart when one dies or takes too long."""
        deadline = time.monotonic() + seconds
        waiting = list(children)
        while waiting:
            self.pump(0.05)
            for child in waiting:
                if child.process is None or child.process.poll() is not None:
                    raise CannotStart(_post_mortem(child, "ended while starting"))
            waiting = [child for child in waiting if not self._is_ready(child)]
            if waiting and time.monotonic() > deadline:
                raise CannotStart(_post_mortem(waiting[0], f"was not ready within {seconds:.0f} s"))

    def run(self, program: Program) -> int:
        """Run a program to its end and return its exit code, showing what it writes."""
        child = Child(program=program, lines=Lines(program.name, program.noise))
        self.children.append(child)
        try:
            process = self._launch(child)
            while process.poll() is None:
                self.pump(0.2)
            self._drain(child)
        finally:
            if child.process and child.process.poll() is None:
                self._stop([child], seconds=2)
            self.children.remove(child)
        return process.returncode

    def run_in_foreground(
        self, command: list[str], environment: dict[str, str], *, watch: bool = True
    ) -> int:
        """Run a command with this terminal and return its exit code; a signal to stop is passed on to it.

        Not so Ctrl-C, which the terminal has sent to both.
        """
        process = subprocess.Popen(
            command, env=self._marked(environment), preexec_fn=_die_with(signal.SIGTERM)
        )
        try:
            passed_on = False
            while process.poll() is None:
                try:
                    self.pump(0.2)
                except StopAsked:
                    at_the_terminal = self.stop_asked == signal.SIGINT and sys.stdin.isatty()
                    if not passed_on and not at_the_terminal:
                        process.send_signal(self.stop_asked or signal.SIGTERM)
                        passed_on = True
                    time.sleep(0.05)
                if watch:
                    self.revive()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        return process.returncode if process.returncode >= 0 else 128 - process.returncode

    def watch(self) -> None:
        """Keep all children running until a signal asks to stop."""
        with contextlib.suppress(StopAsked):
            while True:
                self.pump(0.5)
                self.revive()

    def revive(self) -> None:
        """Notice who died and start it again, later each time it dies young."""
        now = time.monotonic()
        for child in self.children:
            if child.process is None:
                if child.start_again_at is not None and now >= child.start_again_at:
                    self._launch(child)
            elif (code := child.process.poll()) is not None:
                self._drain(child)
                strays.end_group(child.process.pid)
                if now - child.started_at > STABLE_AFTER_SECONDS:
                    child.backoff_seconds = SHORTEST_BACKOFF_SECONDS
                say(
                    f"{_ending(code)}; starting again in {child.backoff_seconds:g} s", name=child.program.name
                )
                child.process = None
                child.start_again_at = now + child.backoff_seconds
                child.backoff_seconds = min(child.backoff_seconds * 2, LONGEST_BACKOFF_SECONDS)

    def stop(self) -> None:
        """Stop all children, those that use the servers first, within `STOP_SECONDS`; leave none behind."""
        deadline = time.monotonic() + STOP_SECONDS
        alive = [child for child in self.children if child.process and child.process.poll() is None]
        users = [child for child in reversed(alive) if not child.program.is_server]
        servers = [child for child in alive if child.program.is_server]
        self._stop(users, seconds=STOP_SECONDS - SERVERS_STOP_SECONDS)
        self._stop(servers, seconds=max(deadline - time.monotonic(), SERVERS_STOP_SECONDS))
        strays.end_marked(self._mark)
        self.children = []
        self._write_record()

    def pump(self, seconds: float) -> None:
        """Show what the children write, for at most `seconds`; raise StopAsked when a signal came."""
        self._read(seconds)
        if self.stop_asked is not None:
            raise StopAsked

    def _read(self, seconds: float) -> None:
        for key, _events in self._selector.select(seconds):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    self._wake.recv(4096)
            else:
                self._read_child(key.data)

    def _read_child(self, child: Child) -> None:
        assert child.process
        assert child.process.stdout
        try:
            data = os.read(child.process.stdout.fileno(), 65536)
        except BlockingIOError:
            return
        if data == b"":
            self._selector.unregister(child.process.stdout)
            child.lines.close()
            return
        for line in child.lines.feed(data):
            if child.program.ready_text and child.program.ready_text in line:
                child.ready = True

    def _drain(self, child: Child) -> None:
        """Show what a dead child wrote last."""
        assert child.process
        assert child.process.stdout
        if child.process.stdout.fileno() in self._selector.get_map():
            self._read_child(child)
        if child.process.stdout.fileno() in self._selector.get_map():
            self._selector.unregister(child.process.stdout)
        child.process.stdout.close()

    def _launch(self, child: Child) -> "subprocess.Popen[bytes]":
        program = child.program
        process = subprocess.Popen(
            program.command,
            env=self._marked(program.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            start_new_session=True,
            preexec_fn=_die_with(program.stop_signal),
            cwd=program.folder,
            **program.options,
        )
        assert process.stdout
        os.set_blocking(process.stdout.fileno(), False)
        self._selector.register(process.stdout, selectors.EVENT_READ, child)
        child.process, child.started_at, child.start_again_at, child.ready = (
            process,
            time.monotonic(),
            None,
            False,
        )
        self._write_record()
        return process

    def _is_ready(self, child: Child) -> bool:
        if not child.ready and not child.program.ready_text:
            child.ready = child.program.is_ready is None or child.program.is_ready()
        return child.ready

    def _stop(self, children: list[Child], *, seconds: float) -> None:
        for child in children:
            if child.process and child.process.poll() is None:
                child.process.send_signal(child.program.stop_signal)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and any(c.process and c.process.poll() is None for c in children):
            self._read(0.05)
        for child in children:
            if child.process:
                if child.process.poll() is None:
                    say("did not stop in time and is killed", name=child.program.name)
                strays.end_group(child.process.pid)
                child.process.wait()
                self._drain(child)

    def _marked(self, environment: dict[str, str]) -> dict[str, str]:
        return {**environment, strays.VARIABLE: self._mark}

    def _write_record(self) -> None:
        alive = [child for child in self.children if child.process and child.process.poll() is None]
        found = [
            {"name": c.program.name, "pid": c.process.pid, "started": strays.started(c.process.pid)}
            for c in alive
            if c.process
        ]
        write_json(self._record, {"processes": found})

    def _ask_to_stop(self, number: int, _frame: object) -> None:
        self.stop_asked = signal.Signals(number)


def _die_with(stop_signal: signal.Signals) -> Callable[[], None]:
    """A function for the forked child: be sent `stop_signal` when the supervisor dies, even by kill -9.

    It runs after the change of user, which would clear the wish again.
    """
    parent = os.getpid()

    def prepare() -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        if _LIBC is not None:
            _LIBC.prctl(PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def _ending(code: int) -> str:
    return f"ended with code {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"


def _post_mortem(child: Child, what: str) -> str:
    return "\n  ".join(
        [f"{child.program.name} {what}. Its last lines:", *(child.lines.last or ["(nothing)"])]
    )
