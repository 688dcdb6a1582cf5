"""A mail server as a provider has one: it takes mail over TLS and after a login, and keeps what it was given."""

from __future__ import annotations

import base64
import email
import email.policy
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

from tests.conftest import needs_program

USER, PASSWORD = "ada@example.com", "p@ss/w:rd"


@dataclass
class MailServer:
    """
    :param certificate: what a program has to trust to send mail here.
    """

    port: int
    certificate: Path
    mails: list[EmailMessage] = field(default_factory=list)


@contextmanager
def mail_server(folder: Path) -> Iterator[MailServer]:
    """A server at ``localhost``, until the end of the block; its certificate is made in *folder*."""
    certificate, key = _certificate(folder)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    with _Listener(tls) as listener:
        server = MailServer(port=int(listener.server_address[1]), certificate=certificate, mails=listener.mails)
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()


def _certificate(folder: Path) -> tuple[Path, Path]:
    needs_program("openssl")
    certificate, key = folder / "mail.crt", folder / "mail.key"
    argv = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    argv += ["-addext", "subjectAltName=DNS:localhost", "-out", str(certificate), "-keyout", str(key)]
    subprocess.run(argv, check=True, stderr=subprocess.DEVNULL)
    return certificate, key


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.tls = tls
        self.mails: list[EmailMessage] = []


class _Conversation(socketserver.StreamRequestHandler):
    server: _Listener

    def handle(self) -> None:
        self.is_hidden = self.is_known = False
        self._say("220 localhost")
        while line := self.rfile.readline().decode("ascii").strip():
            word, _, rest = line.partition(" ")
            self._answer(word.upper(), rest)

    def finish(self) -> None:
        super().finish()
        self.request.close()  # over TLS it is another one than the listener closes

    def _answer(self, word: str, rest: str) -> None:
        if word == "EHLO":
            self._say("250-localhost", "250-8BITMIME", "250 AUTH PLAIN" if self.is_hidden else "250 STARTTLS")
        elif word == "STARTTLS":
            self._say("220 Go on")
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
            self.setup()  # what is read and written from now on
            self.is_hidden = True
        elif word == "AUTH" and self.is_hidden:
            told = base64.b64decode(rest.split()[1]).decode().split("\0")
            self.is_known = told == ["", USER, PASSWORD]
            self._say("235 Welcome" if self.is_known else "535 Who are you?")
        elif word in ("MAIL", "RCPT") and self.is_known:
            self._say("250 Good")
        elif word == "DATA" and self.is_known:
            self._say("354 Go on")
            lines = list(iter(self.rfile.readline, b".\r\n"))
            text = b"".join(line.removeprefix(b".") for line in lines)
            self.server.mails.append(email.message_from_bytes(text, policy=email.policy.default))
            self._say("250 Taken")
        else:
            self._say("221 Bye" if word == "QUIT" else "530 First STARTTLS, then AUTH")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode("ascii"))
