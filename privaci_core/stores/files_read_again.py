"""Reads the files of a refresh again: their bytes are those that were written, or it says so."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NoReturn

from privaci_core.errors import CopyError
from privaci_core.stores.files_manifest import FORMAT, LATEST, digest_of
from privaci_core.stores.sink import DOCS
from privaci_core.stores.store import Stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from privaci_core.stores.store import Store

READERS = 4
AGAIN = "Write them again: privaci run. Find out who else writes to the store."
NOT_WRITTEN_SO = "its bytes are not those that were written"
IS_GONE = "it is not there"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFiles:
    """The newest published files, and what of them is not as it was written."""

    refresh: str
    files: int
    rows: int
    # By table and name; folders that are called after values are left out.
    wrong: Mapping[str, str]


def read_again(store: Store) -> PublishedFiles | None:
    """Compare every byte that the newest manifest names; None where nothing was published."""
    if LATEST not in store.names(""):
        return None
    content = _manifest(store)
    folder = content["refresh"]
    named = {
        f"{folder}/{file['name']}": (table["table"], file)
        for table in content["tables"]
        for file in table["files"]
    }
    written = [
        Stored(name=name, bytes=file["bytes"], sha256=file["sha256"])
        for name, (_, file) in named.items()
    ]
    wrong = {
        f"{named[name][0]}: {PurePosixPath(name).name}": why
        for name, why in unlike(store, folder, written).items()
    }
    rows = sum(table["rows"] for table in content["tables"])
    return PublishedFiles(refresh=folder, files=len(named), rows=rows, wrong=wrong)


def unlike(store: Store, folder: str, files: Iterable[Stored]) -> dict[str, str]:
    """The files below a folder that are not as they were written, each with the reason."""
    sizes, files = store.sizes(folder), list(files)
    found = {
        file.name: NOT_WRITTEN_SO if file.name in sizes else IS_GONE
        for file in files
        if sizes.get(file.name) != file.bytes
    }
    with ThreadPoolExecutor(READERS) as readers:
        there = [file for file in files if file.name not in found]
        are_alike = readers.map(partial(_is_alike, store), there)
        changed = [file for file, alike in zip(there, are_alike, strict=True) if not alike]
    return found | {file.name: NOT_WRITTEN_SO for file in changed}


def _is_alike(store: Store, file: Stored) -> bool:
    digest = hashlib.sha256()
    for piece in store.get_unchecked(file.name, called="a file of rows"):
        digest.update(piece)
    return digest.hexdigest() == file.sha256


def _manifest(store: Store) -> dict[str, Any]:
    """What the newest manifest says; refuses one that was changed, as the pointer to it."""
    try:
        pointer = json.loads(b"".join(store.get_unchecked(LATEST)))
        place, digest = str(pointer["manifest"]), pointer["sha256"]
    except (KeyError, TypeError, ValueError):
        _refuse(store, LATEST)
    octets = b"".join(store.get_unchecked(place))
    if hashlib.sha256(octets).hexdigest() != digest:
        _refuse(store, place)
    found: dict[str, Any] = json.loads(octets)
    content = {key: value for key, value in found.items() if key not in {"format", "sha256"}}
    said = {key: pointer.get(key) for key in ("format", "refresh", "at")}
    if said != {"format": FORMAT, "refresh": content["refresh"], "at": content["at"]}:
        _refuse(store, LATEST)
    if found["sha256"] != digest_of(content):
        _refuse(store, place)
    return content


def _refuse(store: Store, name: str) -> NoReturn:
    raise CopyError(f"Reading {name} in {store.url}", NOT_WRITTEN_SO, AGAIN, DOCS)
