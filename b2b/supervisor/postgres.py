"""PostgreSQL from the wheel: a cluster of our own on loopback, with passwords, and the platform's roles."""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

from b2b.environment import ROLES
from b2b.supervisor import strays
from b2b.supervisor.accounts import ServerAccount, server_folder
from b2b.supervisor.binaries import Binaries
from b2b.supervisor.errors import CannotStart
from b2b.supervisor.logs import say
from b2b.supervisor.processes import Program
from b2b.supervisor.state import LOOPBACK, Copy

_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_compression": "on",
    "max_wal_size": "2GB",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "4GB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "autovacuum_naptime": "5s",
    "jit": "off",
    "log_checkpoints": "off",
    "log_min_messages": "warning",
    "log_line_prefix": "[%p] %u@%d ",
    # A detail quotes the failing row, a statement its values: whose they are is nothing for a log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


def _clean_environment() -> dict[str, str]:
    """No `PG*` variable of the shell may turn a server or psql elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def make_cluster(copy: Copy, binaries: Binaries, account: ServerAccount, folder: Path) -> Path:
    """Return the cluster's folder, made by initdb if it is not there. A half-made one is made anew."""
    home = server_folder(folder, "postgres", account)
    cluster = home / "cluster"
    if cluster.is_dir():
        return cluster
    say("Making a PostgreSQL cluster")
    new = home / "cluster.new"
    shutil.rmtree(new, ignore_errors=True)
    secret = home / "password"
    secret.unlink(missing_ok=True)
    with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(copy.passwords["postgres"])
    account.own(secret)
    done = subprocess.run(
        [str(binaries.postgres / "initdb"), f"--pgdata={new}", "--username=postgres", f"--pwfile={secret}",
         "--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
         "--data-checksums", "--no-instructions"],
        env=_clean_environment(), cwd="/", capture_output=True, text=True, check=False,
        **account.popen_options(),
    )  # fmt: skip
    secret.unlink()
    if done.returncode:
        raise CannotStart(f"initdb failed:\n{done.stderr.strip()}")
    new.rename(cluster)
    return cluster


def free_cluster(cluster: Path) -> None:
    """Stop a server that was left running on this cluster; remove a pid file that names none."""
    file = cluster / "postmaster.pid"
    try:
        pid = int(file.read_text("utf-8").split()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return
    if strays.started(pid) and _is_server_of(pid, cluster):
        say(f"Stopping a PostgreSQL server that was left running (process {pid})")
        strays.end_recorded({"processes": [{"name": "postgres", "pid": pid, "started": strays.started(pid)}]})
    elif strays.started(pid):
        file.unlink(missing_ok=True)


def _is_server_of(pid: int, cluster: Path) -> bool:
    """Whether the process is a PostgreSQL server; the pid may have gone to another program since."""
    found = Path(f"/proc/{pid}/comm")
    if not found.parent.parent.is_dir() or not found.exists():
        return True
    return found.read_text("utf-8").strip() == "postgres"


def server(copy: Copy, binaries: Binaries, account: ServerAccount, cluster: Path) -> Program:
    settings = {**_SETTINGS, "port": str(copy.ports["postgres"])}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return Program(
        name="postgres",
        command=[str(binaries.postgres / "postgres"), "-D", str(cluster), *options],
        environment=_clean_environment(),
        ready_text="database system is ready to accept connections",
        stop_signal=signal.SIGINT,
        options=account.popen_options(),
        folder=Path("/"),
        noise=("] @ LOG:  listening on", "] @ LOG:  aborting any", "] @ LOG:  background worker"),
        is_server=True,
    )


def make_roles(copy: Copy, binaries: Binaries, *, may_create_databases: bool) -> None:
    """Create or refresh the roles and the database; the passwords are those of the state file."""
    parts = urlsplit(copy.bootstrap_url)
    environment = {**_clean_environment(), "PGPASSWORD": unquote(parts.password or "")}
    variables = {role: copy.passwords[role] for role in ROLES.values()}
    variables["database"] = copy.database
    variables["createdb"] = "createdb" if may_create_databases else "nocreatedb"
    database = parts._replace(netloc=f"{parts.username}@{parts.netloc.rpartition('@')[2]}").geturl()
    statements = "".join(f"\\set {name} '{value}'\n" for name, value in variables.items())
    statements += (Path(__file__).parent / "roles.sql").read_text("utf-8")
    done = subprocess.run(
        [str(binaries.postgres / "psql"), "--no-psqlrc", "--no-password", "--quiet", f"--dbname={database}"],
        input=statements, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise CannotStart(f"The roles could not be made:\n{done.stderr.strip()}")
