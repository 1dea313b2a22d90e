"""One terminal for many processes: each line with the name of who wrote it, in that process's colour."""

import os
import sys
from pathlib import Path
from typing import TextIO

_COLOURS = {
    "postgres": 34,
    "valkey": 31,
    "api": 32,
    "office": 36,
    "stream": 94,
    "worker": 35,
    "beat": 33,
    "pump": 94,
    "relay": 95,
    "setup": 90,
}
_WIDTH = 8
_out: TextIO | None = None


def coloured() -> bool:
    """Whether the terminal takes colours (https://no-color.org)."""
    return not os.environ.get("NO_COLOR") and (
        bool(os.environ.get("FORCE_COLOR")) or (_out is None and sys.stdout.isatty())
    )


class Lines:
    """Gathers the bytes that one process writes and prints whole lines."""

    def __init__(self, name: str, noise: tuple[str, ...] = ()) -> None:
        self.name = name
        self.noise = noise
        self.last: list[str] = []
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """Print the lines that are whole now and return them; the last twenty are kept for a post-mortem."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        return [self._show(line) for line in whole]

    def close(self) -> None:
        if self._rest:
            self._show(self._rest)
            self._rest = b""

    def _show(self, line: bytes) -> str:
        text = line.decode("utf-8", "replace").rstrip("\r")
        self.last = [*self.last[-19:], text]
        if text and not any(each in text for each in self.noise):
            say(text, name=self.name)
        return text


def say(text: str, *, name: str = "setup") -> None:
    """Print one line in the name of a process, by default in the supervisor's own."""
    prefix = f"{name:<{_WIDTH}} │ "
    if coloured():
        prefix = f"\x1b[{_COLOURS.get(name, 37)}m{prefix}\x1b[0m"
    write(prefix + text)


def write(text: str) -> None:
    """Print, though the reader of standard output may be gone: stopping cleanly matters more."""
    try:
        print(text, file=_out, flush=True)
    except OSError:
        keep_in(Path(os.devnull))


def keep_in(file: Path) -> None:
    """Write to a file from now on, and leave the terminal to another program."""
    global _out
    _out = file.open("w", encoding="utf-8")
