"""What a partner's system wrote down about its requests: on disk, by itself, before and after each.

It is the only witness of what was acknowledged. The sums of a ledger stay right when commits are lost; a
client's log does not.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import IO, Any, Literal

Outcome = Literal["ok", "refused", "unknown", "impossible"]
OK, REFUSED, UNKNOWN = (201, 200), (422,), (0, 409, 502, 503, 504)
"""Statuses of an answer that stands, of a refusal, and of a request nobody can say the outcome of (0 is a
connection that broke)."""
TRACES = ("requestId", "timestamp")


@dataclass(frozen=True)
class Answer:
    """One answer to one write. A refusal is compared without its request id and time."""

    status: int
    body: Any

    @property
    def outcome(self) -> Outcome:
        if self.status in OK:
            return "ok"
        if self.status in REFUSED:
            return "refused"
        if self.status == 409 and self.body.get("code") != "REFERENCE_IN_PROGRESS":
            return "impossible"
        return "unknown" if self.status in UNKNOWN else "impossible"

    @property
    def told(self) -> Any:
        if isinstance(self.body, dict):
            return self.status, {name: value for name, value in self.body.items() if name not in TRACES}
        return self.status, self.body


@dataclass
class Write:
    """A write under one reference, and every answer to it, the repetitions included."""

    kind: str
    reference: str
    path: str
    body: dict[str, Any]
    answers: list[Answer] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        """What became of it: the first answer that says so, `unknown` where none does."""
        found = [answer.outcome for answer in self.answers]
        return next((outcome for outcome in found if outcome != "unknown"), "unknown")

    @property
    def answer(self) -> Answer:
        """The first answer that says what became of it."""
        return next(answer for answer in self.answers if answer.outcome != "unknown")


class Journal:
    """The log of one scenario: a line before a request is sent, and a line when its answer is there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] = path.open("a", encoding="utf-8", buffering=1)
        self._lock = Lock()

    def asked(self, kind: str, reference: str, path: str, body: dict[str, Any]) -> None:
        self._write({"asked": reference, "kind": kind, "path": path, "body": body})

    def answered(self, reference: str, answer: Answer) -> None:
        self._write({"answered": reference, "status": answer.status, "answer": answer.body})

    def _write(self, line: dict[str, Any]) -> None:
        with self._lock:
            self._file.write(json.dumps(line) + "\n")

    def writes(self) -> dict[str, Write]:
        """Read the log: every write by its reference."""
        found: dict[str, Write] = {}
        for line in self._lines():
            if "asked" in line:
                found.setdefault(
                    line["asked"], Write(line["kind"], line["asked"], line["path"], line["body"])
                )
            else:
                found[line["answered"]].answers.append(Answer(line["status"], line["answer"]))
        return found

    def _lines(self) -> Iterator[dict[str, Any]]:
        with self.path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)
