"""`manage.py` and its like beside a running platform, loaded once: each order is carried out by a fork.

So an order begins at once, and yet in a process of its own, with connections of its own: nothing of the order
before is left in it.
"""

import json
import os
import subprocess
import sys
import tempfile
import traceback
from importlib import import_module
from pathlib import Path

import django
from django.db import connections

from b2b.environment import ROOT


class Clerk:
    """The process that is forked for each order, with the login of the jobs of the platform in `var`."""

    def __init__(self, var: Path) -> None:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("B2B_", "DATABASE_"))
        }
        self._folder = tempfile.TemporaryDirectory(prefix="b2b-clerk-")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.forking"],
            cwd=ROOT,
            env={
                **kept,
                "B2B_VAR": str(var),
                "B2B_PROCESS": "jobs",
                "DJANGO_SETTINGS_MODULE": "b2b.settings",
                "NO_COLOR": "1",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of `manage.py` that acts as the jobs."""
        return self.run("manage", *arguments)

    def run(self, module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a module's `main` with these arguments on its command line."""
        assert self._process.stdin
        assert self._process.stdout
        output, errors = (Path(self._folder.name) / name for name in ("output", "errors"))
        told = {"module": module, "arguments": arguments, "output": str(output), "errors": str(errors)}
        self._process.stdin.write(f"{json.dumps(told)}\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return subprocess.CompletedProcess(
            arguments, code, output.read_text("utf-8"), errors.read_text("utf-8")
        )

    def leave(self) -> None:
        """End the process, with its last order."""
        self._process.communicate()
        self._folder.cleanup()


def serve() -> None:
    """Carry out the orders that come as lines of JSON; answer each with its exit code."""
    import_module("b2b.celery")
    django.setup()
    connections.close_all()
    for line in sys.stdin:
        told = json.loads(line)
        import_module(told["module"])
        pid = os.fork()
        if pid == 0:
            os._exit(_carry_out(**told))
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


def _carry_out(module: str, arguments: list[str], output: str, errors: str) -> int:
    for number, path in ((0, os.devnull), (1, output), (2, errors)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), number)
    sys.argv = [module, *arguments]
    code = 0
    try:
        import_module(module).main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            sys.stderr.write(end.code)
    except BaseException:  # noqa: BLE001 - this is the outermost place
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    serve()
