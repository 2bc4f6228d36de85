"""Writes and reads objects of a store as streams, each checked by its digest."""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from privaci_core.errors import CopyError, PreflightError
from privaci_core.secrets import resolve
from privaci_core.stores.clients import LOCAL, client_of
from privaci_core.stores.encrypt import decrypted, encrypted, identity_of, recipients_of
from privaci_core.stores.extra import DOCS, optional_module
from privaci_core.stores.staged import remove_staged

if TYPE_CHECKING:
    from collections.abc import Container, Generator, Iterable, Iterator, Mapping, Sequence

# A multipart upload has at most 10,000 parts; with four of these under way at once, memory stays
# small, and an object may have 160 GB.
PART_BYTES, PARTS_AT_ONCE = 16 << 20, 4
AGE = ".age"
DENIED = re.compile(r"status code: 40[13]\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One object as it was written: its name, and what must be read again."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A place for objects, and who can read them."""

    url: str
    client: Any = field(repr=False)
    # The public keys of those who can read; empty where nothing is encrypted.
    recipients: Sequence[Any] = field(default=(), repr=False)
    # Where the private key is, which reads; resolved only then.
    identity: str = field(default="", repr=False)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    def put(self, name: str, pieces: Iterable[bytes | memoryview], *, called: str = "") -> Stored:
        """Write an object, encrypted if there are recipients; it appears whole or not at all."""
        if not self.recipients:
            return self.put_plain(name, pieces, called=called)
        return self.put_plain(name + AGE, encrypted(pieces, self.recipients), called=called)

    def put_plain(
        self, name: str, pieces: Iterable[bytes | memoryview], *, called: str = ""
    ) -> Stored:
        """Write an object as it is; an error calls it by another name, if its own is a value."""
        digest, size = hashlib.sha256(), 0

        def counted() -> Iterator[bytes | memoryview]:
            nonlocal size
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                yield piece

        with self._named_errors(f"Writing {called or name} to the store"):
            self._client("put")(
                self.client,
                name,
                counted(),
                chunk_size=PART_BYTES,
                max_concurrency=PARTS_AT_ONCE,
            )
        return Stored(name=name, bytes=size, sha256=digest.hexdigest())

    def get(self, stored: Stored) -> Generator[bytes]:
        """The bytes of an object as it was given to `put`; the digest is compared at the end."""
        pieces = self.get_plain(stored)
        return decrypted(pieces, self._identity()) if stored.name.endswith(AGE) else pieces

    def get_plain(self, stored: Stored) -> Generator[bytes]:
        """The bytes of an object as they lie in the store."""
        digest, size = hashlib.sha256(), 0
        for piece in self.get_unchecked(stored.name):
            digest.update(piece)
            size += len(piece)
            yield piece
        if (size, digest.hexdigest()) != (stored.bytes, stored.sha256):
            raise CopyError(
                f"Reading {stored.name} from the store",
                "its bytes are not those that were written",
                "Use another baseline or backup; find out who writes to the store.",
                DOCS,
            )

    def get_unchecked(self, name: str, *, called: str = "") -> Generator[bytes]:
        """The bytes of an object whose digest is not compared here; `called` as in `put_plain`."""
        with self._named_errors(f"Reading {called or name} from the store"):
            for piece in self._client("get")(self.client, name).stream(min_chunk_size=1 << 20):
                yield bytes(piece)

    def folders(self, prefix: str) -> list[str]:
        """The names of the folders right below one, in their order."""
        with self._named_errors(_listing(prefix)):
            found = self._client("list_with_delimiter")(self.client, prefix)
        return sorted(str(path).rsplit("/", 1)[-1] for path in found["common_prefixes"])

    def names(self, prefix: str) -> list[str]:
        """The names of all objects below a folder, in their order."""
        return sorted(self.sizes(prefix))

    def sizes(self, prefix: str) -> dict[str, int]:
        """The names of all objects below a folder, and how many bytes each has."""
        with self._named_errors(_listing(prefix)):
            pages = self._client("list")(self.client, prefix)
            return {each["path"]: each["size"] for page in pages for each in page}

    def delete(self, names: Sequence[str]) -> None:
        """Remove objects; one that is gone already is no error."""
        with self._named_errors("Removing objects of the store"):
            for name in names:
                self._delete(name)

    def clear(self, folder: str, named: Container[str] = ()) -> None:
        """Remove what lies below a folder and is not named, also what a killed writer left."""
        self.delete([name for name in self.names(folder) if name not in named])
        if urlsplit(self.url).scheme == "file":
            with self._named_errors("Removing half written files of the store"):
                remove_staged(self.url, folder)

    def _delete(self, name: str) -> None:
        try:
            self._client("delete")(self.client, name)
        except FileNotFoundError:
            return

    @staticmethod
    def _client(function: str) -> Any:
        return getattr(optional_module("obstore"), function)

    def _identity(self) -> Any:
        if not self.identity:
            raise PreflightError(
                "Decrypting an object of the store",
                "no identity is given",
                "Say where the private key is: --identity env://NAME, vault://..., or file:///...",
                DOCS,
            )
        return identity_of(resolve(self.identity, self.environ))

    @contextmanager
    def _named_errors(self, doing: str) -> Iterator[None]:
        """Say in a sentence what failed; a client's own text may quote addresses and keys."""
        failed = optional_module("obstore.exceptions")
        try:
            yield
        except (failed.BaseError, OSError) as error:
            cause, remedy = _words(error, failed, is_local=urlsplit(self.url).scheme in LOCAL)
            raise CopyError(f"{doing} {self.url}", cause, remedy, DOCS) from None


def _listing(prefix: str) -> str:
    return f"Listing {prefix or 'the objects'} of the store"


def open_store(
    url: str,
    environ: Mapping[str, str],
    recipients: Sequence[str] = (),
    identity: str = "",
) -> Store:
    """The store at a URL."""
    return Store(
        url=url,
        client=client_of(url, environ),
        recipients=recipients_of(recipients),
        identity=identity,
        environ=environ,
    )


def refuse_unencrypted(store: Store, *, may_be_plain: bool) -> None:
    """Refuse to write readable objects to another machine, unless that is what was asked for."""
    if store.recipients or may_be_plain or urlsplit(store.url).scheme in LOCAL:
        return
    raise PreflightError(
        f"Writing to the store {store.url}",
        "nothing says who can read what is stored there",
        "Name the public key of at least one recipient (--recipient age1...),"
        " or say that it is not encrypted (--no-encrypt).",
        DOCS,
    )


def _words(error: BaseException, failed: Any, *, is_local: bool) -> tuple[str, str]:
    """The cause and the remedy of a client's error, by its kind."""
    # A client that lists keeps the answer's number in its text alone.
    denied = (failed.PermissionDeniedError, failed.UnauthenticatedError)
    if isinstance(error, denied) or DENIED.search(str(error)):
        return (
            "the store refuses the credentials, or they may not do this",
            "Check the cloud's variables, and the rights to list, read, write and delete there.",
        )
    if isinstance(error, (failed.NotFoundError, FileNotFoundError)):
        return "it is not there", "Check the bucket and the folder in the URL; list what is there."
    if is_local or isinstance(error, OSError):
        return (
            "the operating system refuses it",
            "Check the room on the disk and the rights of this user, then run it again.",
        )
    return (
        "the store does not answer, or answers with an error after several attempts",
        "Check the endpoint, the region and the network, then run it again.",
    )
