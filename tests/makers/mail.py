"""A mail server that speaks just enough SMTP (RFC 5321) to take letters, and to refuse one."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_string
from email.message import Message


@dataclass
class MailServer:
    """Refuses, once, the first letter whose text has `refuses` in it; takes all others."""

    refuses: str
    port: int = 0
    refused: list[Message] = field(default_factory=list)
    taken: list[Message] = field(default_factory=list)

    def answer(self, text: str) -> str:
        """Return the answer to a whole letter."""
        letter = message_from_string(text)
        if not self.refused and self.refuses in text:
            self.refused.append(letter)
            return "451 try again later"
        self.taken.append(letter)
        return "250 taken"


@contextmanager
def serving_mail(*, refuses: str) -> Iterator[MailServer]:
    """Run a mail server on a port of its own."""
    mail_server = MailServer(refuses)

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 ready")
            while line := self.rfile.readline().decode().strip():
                if line.upper() == "DATA":
                    self.say("354 go on")
                    self.say(mail_server.answer(self.letter()))
                else:
                    self.say("250 well")

        def letter(self) -> str:
            lines = iter(self.rfile.readline, b".\r\n")
            return b"".join(lines).decode()

        def say(self, answer: str) -> None:
            self.wfile.write(f"{answer}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        server.daemon_threads = True
        mail_server.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield mail_server
        server.shutdown()
