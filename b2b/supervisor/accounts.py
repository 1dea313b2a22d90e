"""As whom the servers run, and where their data lies so that this account reaches it.

PostgreSQL refuses to run as root. Then it, and Valkey with it, run as `nobody`; if some folder above
`B2B_VAR` is closed to `nobody`, the data lies elsewhere and the file `data.path` in `B2B_VAR` names where. No
mode of an existing folder is ever changed.
"""

import os
import pwd
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from b2b.supervisor.errors import CannotStart


@dataclass(frozen=True)
class ServerAccount:
    """Who runs the servers; `uid` is None when it is whoever runs the supervisor."""

    uid: int | None = None
    gid: int | None = None

    def popen_options(self) -> dict[str, Any]:
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def can_read(self, path: Path) -> bool:
        """Whether every folder down to `path` lets this account through and the file itself lets it read."""
        if self.uid is None:
            return os.access(path, os.R_OK)
        real = path.resolve()
        return all(self._may(folder, 0o1) for folder in real.parents) and self._may(real, 0o4)

    def can_enter(self, folder: Path) -> bool:
        if self.uid is None:
            return True
        real = folder.resolve()
        return all(self._may(each, 0o1) for each in (real, *real.parents))

    def _may(self, path: Path, wanted: int) -> bool:
        found = path.stat()
        if found.st_uid == self.uid:
            return bool(found.st_mode & wanted << 6)
        if found.st_gid == self.gid:
            return bool(found.st_mode & wanted << 3)
        return bool(found.st_mode & wanted)


def server_account() -> ServerAccount:
    if os.geteuid() != 0:
        return ServerAccount()
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise CannotStart("As root the servers run as `nobody`, and there is no such user here.") from error
    return ServerAccount(uid=nobody.pw_uid, gid=nobody.pw_gid)


def data_folder(var: Path, account: ServerAccount) -> Path:
    """The folder for the servers' data: `B2B_VAR`, or the one that its file `data.path` names."""
    pointer = var / "data.path"
    if pointer.is_file():
        folder = Path(pointer.read_text("utf-8").strip())
        if not folder.is_dir():
            raise CannotStart(
                f"{pointer} names {folder}, which is gone. Restore it, or remove {var} to begin anew."
            )
        return folder
    if account.can_enter(var):
        return var
    base = Path("/var/lib") if Path("/var/lib").is_dir() and account.can_enter(Path("/var/lib")) else None
    folder = Path(tempfile.mkdtemp(prefix="b2b-data-", dir=base))
    folder.chmod(0o711)
    new = pointer.with_name("data.path.new")
    new.write_text(f"{folder}\n", "utf-8")
    new.replace(pointer)
    return folder


def server_folder(parent: Path, name: str, account: ServerAccount) -> Path:
    """A folder of the servers' account alone."""
    folder = parent / name
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != (os.geteuid() if account.uid is None else account.uid):
        account.own(folder)
    return folder
