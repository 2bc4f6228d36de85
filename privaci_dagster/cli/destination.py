"""Writes a document to where an option names it: a path, a file:// URL, or an object of a store."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from privaci_core.catalog.whole_file import write_whole
from privaci_core.errors import PreflightError

DOCS = "docs/how-to/from-privaci.md#documents-in-a-store"
# A plain path has none of these; one letter and a colon is a drive.
STORES = ("s3", "gs", "az", "memory")


def refuse_unknown_place(where: str) -> None:
    """Refuse a URL that no document can be written to, before there is a document."""
    scheme = urlsplit(where).scheme
    if "://" in where and scheme not in (*STORES, "file"):
        kinds = ", ".join(f"{name}://" for name in ("file", *STORES))
        raise PreflightError(
            f"Writing to {scheme}://",
            "no store has such a URL",
            f"Name a path, or a URL of {kinds}",
            DOCS,
        )


def write_document(where: str, octets: bytes) -> None:
    """Write a document that holds no value; a folder that is missing is created."""
    refuse_unknown_place(where)
    if "://" in where and not where.startswith("file://"):
        _put(where, octets)
        return
    write_file(_path_of(where), octets)


def write_file(path: Path, octets: bytes, docs: str = DOCS) -> None:
    """Write a file that the command line names; a folder that is missing is created."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, octets)
    except OSError as error:
        why = error.strerror or "it cannot be written"
        raise PreflightError(f"Writing {path}", why, "Name another file.", docs) from None


def _path_of(where: str) -> Path:
    if not where.startswith("file://"):
        return Path(where)
    parts = urlsplit(where)
    if parts.netloc not in {"", "localhost"} or not parts.path.startswith("/"):
        why = "file:// is followed by an absolute path"
        raise PreflightError("Writing a document", why, "Write file:///path/to/file.", DOCS)
    return Path(unquote(parts.path))


def _put(where: str, octets: bytes) -> None:
    """Write an object: it appears whole or not at all."""
    # The driver and the client, for those who name a store.
    from privaci_core.stores.store import open_store  # noqa: PLC0415

    folder, _, name = where.rpartition("/")
    if not name or folder.endswith("/"):
        why = "the URL names a store and no object in it"
        raise PreflightError("Writing a document", why, "Write s3://bucket/folder/name.", DOCS)
    open_store(folder, os.environ).put_plain(name, [octets])
