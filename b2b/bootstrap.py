"""From Python and nothing else to a virtual environment with the pinned requirements, then on to a command.

    python3 b2b/bootstrap.py [--dev] -- COMMAND...

The command is run with the environment's Python in place of this process. A stamp of the requirements and of
Python's version makes the second run immediate. Standard library only.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
OLDEST, NEWEST = (3, 11), (3, 13)


def main(arguments: list[str]) -> None:
    dev = arguments[:1] == ["--dev"]
    command = arguments[arguments.index("--") + 1 :] if "--" in arguments else []
    go_on_with_a_fitting_python()
    with (ROOT / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make_environment()
        install("requirements.txt", stamp=VENV / "installed")
        if dev:
            install("requirements-dev.txt", stamp=VENV / "installed-dev")
    if command:
        sys.stdout.flush()
        # What is installed is compiled once, by the first process that needs it, and not again by each one.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.execv(VENV_PYTHON, [str(VENV_PYTHON), *command])


def go_on_with_a_fitting_python() -> None:
    """Start again under a Python that the requirements are pinned for, when this one is not."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found and subprocess.run([found, "-c", ""], check=False, capture_output=True).returncode == 0:
            os.execv(found, [found, *sys.argv])
    raise SystemExit(f"Python 3.11, 3.12 or 3.13 is needed; this is {sys.version.split()[0]}.")


def make_environment() -> None:
    """Create `.venv`, without pip, as some systems lack ensurepip. Another Python's is replaced."""
    settings = VENV / "pyvenv.cfg"
    version = "{}.{}.{}".format(*sys.version_info[:3])
    if settings.is_file() and VENV_PYTHON.exists() and f"version = {version}" in settings.read_text("utf-8"):
        return
    say(f"Making .venv with Python {version}")
    venv.create(VENV, clear=True, with_pip=False, symlinks=True)


def install(requirements: str, *, stamp: Path) -> None:
    """Install one file of requirements, every package by its hash, unless the stamp says it is there."""
    file = ROOT / requirements
    wanted = hashlib.sha256(file.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return
    say(f"Installing {requirements}")
    options = ["install", "-qq", "--no-compile", "--no-deps", "--require-hashes", "--requirement", str(file)]
    if subprocess.run(
        [*installer(), *options], check=False, cwd=ROOT, env=installer_environment()
    ).returncode:
        raise SystemExit(f"{requirements} could not be installed.")
    stamp.write_text(wanted, "utf-8")


def installer() -> list[str]:
    """The command that installs into `.venv`: this Python's pip, the one in ensurepip, or one on the path."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "--python", str(VENV_PYTHON)]
    if ensurepip := importlib.util.find_spec("ensurepip"):
        for folder in (Path(str(ensurepip.origin)).parent / "_bundled", Path("/usr/share/python-wheels")):
            for wheel in sorted(folder.glob("pip-*.whl")):
                return [str(VENV_PYTHON), str(wheel / "pip")]
    for name in ("pip3", "pip"):
        if found := shutil.which(name):
            return [found, "--python", str(VENV_PYTHON)]
    raise SystemExit("No pip was found: install python3-pip, or a Python that brings ensurepip.")


def installer_environment() -> dict[str, str]:
    return {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}


def say(text: str) -> None:
    print(f"· {text}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
