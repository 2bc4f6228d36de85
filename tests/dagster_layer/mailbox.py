"""A mail server and a web server of the standard library, that keep what is sent to them."""

from __future__ import annotations

import base64
import json
import socketserver
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage


class Mailbox(socketserver.ThreadingTCPServer):
    """Speaks enough of SMTP to take a message."""

    allow_reuse_address = True

    def __init__(self, refuses: str = "") -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.messages: list[EmailMessage] = []
        self.envelopes: list[list[str]] = []
        self.logins: list[str] = []
        # The command that it refuses with a text that quotes what it was sent.
        self.refuses = refuses

    @property
    def url(self) -> str:
        """The address for a message from us."""
        return f"smtp://127.0.0.1:{self.server_address[1]}?from=privaci@example.test"


class Conversation(socketserver.StreamRequestHandler):
    """One connection of a client."""

    server: Mailbox

    def handle(self) -> None:
        """Answer each command."""
        self._say("220 ready")
        envelope: list[str] = []
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            word = line.split(" ")[0].upper().rstrip(":")
            if word == self.server.refuses:
                self._say(f"550 refused: {line}")
            elif word == "EHLO":
                self._say("250-here\r\n250 AUTH PLAIN")
            elif word == "AUTH":
                self.server.logins.append(base64.b64decode(line.split(" ")[2]).decode())
                self._say("235 welcome")
            elif word == "DATA":
                self._say("354 go on")
                self.server.messages.append(self._message())
                self.server.envelopes.append(envelope)
                self._say("250 kept")
            elif word == "QUIT":
                self._say("221 bye")
                return
            else:
                envelope.append(line)
                self._say("250 yes")

    def _message(self) -> Any:
        lines = iter(self.rfile.readline, b".\r\n")
        return message_from_bytes(b"".join(lines), policy=policy.default)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class Webhook(HTTPServer):
    """Keeps the texts that are posted to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Listener)
        self.heard: list[str] = []

    @property
    def url(self) -> str:
        """The address to post to."""
        return f"http://127.0.0.1:{self.server_port}/hook"


class Listener(BaseHTTPRequestHandler):
    """One request."""

    server: Webhook

    def do_POST(self) -> None:
        """Keep the text."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append(json.loads(body)["text"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(server: Any) -> Iterator[Any]:
    """The server, listening in a thread."""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
