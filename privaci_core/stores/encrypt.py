"""Encrypts a stream of bytes by age for its recipients, and decrypts it, in bounded memory."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, NoReturn

from privaci_core.errors import CopyError, PreflightError
from privaci_core.stores.extra import DOCS, optional_module

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence
    from typing import BinaryIO

    from privaci_core.secrets import Secret

PIECE_BYTES = 1 << 20
DECRYPTING = "Decrypting an object of the store"
KEYS_OF_SSH = ("ssh-ed25519 ", "ssh-rsa ")
IDENTITY_OF_SSH = "-----BEGIN"


class Source:
    """The pieces of an iterator as a file that age reads."""

    def __init__(self, pieces: Iterable[bytes | memoryview]) -> None:
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes; none at the end."""
        while not len(self._rest):
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = memoryview(piece)
        taken = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(taken) :]
        return bytes(taken)


def recipients_of(lines: Sequence[str]) -> list[Any]:
    """The public keys that can be encrypted for: age1..., or those of SSH."""
    pyrage = optional_module("pyrage")
    found = []
    for place, line in enumerate(map(str.strip, lines), start=1):
        kind = pyrage.ssh if line.startswith(KEYS_OF_SSH) else pyrage.x25519
        try:
            found.append(kind.Recipient.from_str(line))
        except pyrage.RecipientError:
            raise PreflightError(
                "Reading the recipients of encrypted objects",
                f"recipient {place} is not a public key of age or SSH",
                "Name public keys, age1... or ssh-ed25519 ...; `age-keygen` makes a pair.",
                DOCS,
            ) from None
    return found


def identity_of(secret: Secret) -> Any:
    """The private key that decrypts: a line AGE-SECRET-KEY-1..., or a key of SSH."""
    pyrage = optional_module("pyrage")
    text = secret.reveal().strip()
    try:
        if text.startswith(IDENTITY_OF_SSH):
            return pyrage.ssh.Identity.from_buffer(f"{text}\n".encode())
        # A file of `age-keygen` has comments above the key.
        lines = (line for line in text.splitlines() if line and not line.startswith("#"))
        return pyrage.x25519.Identity.from_str(next(lines, ""))
    except (pyrage.IdentityError, ValueError):
        raise PreflightError(
            "Reading the identity that decrypts",
            "it is not a private key of age or SSH",
            "Store what `age-keygen` printed: AGE-SECRET-KEY-1...",
            DOCS,
        ) from None


def encrypted(pieces: Iterable[bytes | memoryview], recipients: Sequence[Any]) -> Generator[bytes]:
    """The bytes as age writes them."""
    pyrage = optional_module("pyrage")
    source = Source(pieces)
    return _through_pipe(lambda sink: pyrage.encrypt_io(source, sink, recipients))


def decrypted(pieces: Iterable[bytes | memoryview], identity: Any) -> Generator[bytes]:
    """The bytes that age encrypted; refuses other keys, and bytes that were changed."""
    pyrage = optional_module("pyrage")
    source = Source(pieces)

    def decrypt(sink: BinaryIO) -> None:
        try:
            pyrage.decrypt_io(source, sink, [identity])
        except pyrage.DecryptError:
            _refuse()

    return _through_pipe(decrypt)


def _refuse() -> NoReturn:
    raise CopyError(
        DECRYPTING,
        "it was encrypted for other recipients, or it was changed since",
        "Give the identity of one of its recipients; if it is that one, use another baseline.",
        DOCS,
    )


def _through_pipe(write: Callable[[BinaryIO], None]) -> Generator[bytes]:
    """What a function writes in a thread of its own; the pipe bounds how far it is ahead."""
    read_end, write_end = os.pipe()
    errors: list[BaseException] = []

    def run() -> None:
        try:
            with os.fdopen(write_end, "wb", PIECE_BYTES) as sink:
                write(sink)
        except BaseException as error:  # noqa: BLE001 - the reader raises it again
            errors.append(error)

    thread = threading.Thread(target=run, name="privaci-age", daemon=True)
    thread.start()
    # A reader that stops early closes its end: the next write of the thread then fails.
    try:
        with os.fdopen(read_end, "rb") as source:
            while piece := source.read(PIECE_BYTES):
                yield piece
    finally:
        thread.join()
    if errors:
        raise errors[0]
