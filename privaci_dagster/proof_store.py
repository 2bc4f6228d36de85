"""Keeps proofs in a store, where others find them without this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from privaci_core.errors import PreflightError
from privaci_core.prove.document import DOCUMENT, FOLDER_VARIABLE, PAGE, TRAIL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from privaci_core.stores.store import Store

# The document comes last: a proof without it is not there.
FILES = (TRAIL, PAGE, DOCUMENT)
PIECE_BYTES = 1 << 20


def is_store(place: str) -> bool:
    """Whether a place for proofs is the URL of a store; else it is a folder."""
    return "://" in place


def store_of_proofs(environ: Mapping[str, str], place: str = "") -> Store | None:
    """The store that is named, by the variable if by nothing else; None for a folder.

    Proofs are not encrypted: they hold names and counts, no value, and are made to be handed out.
    """
    place = place or environ.get(FOLDER_VARIABLE, "")
    if not is_store(place):
        return None
    # The libraries of the extra, which few need.
    from privaci_core.stores.store import open_store  # noqa: PLC0415

    return open_store(place, environ)


def refuse_unkept(folder: Path, environ: Mapping[str, str]) -> None:
    """Refuse places that cannot take a proof, before there is anything to prove."""
    _refuse_unwritable(folder)
    store = store_of_proofs(environ)
    if store is not None:
        store.folders("")


def _refuse_unwritable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = f"{folder} cannot be created: {error.strerror}"
    else:
        if os.access(folder, os.W_OK):
            return
        why = f"{folder} is not writable"
    raise PreflightError(
        "Checking the folder of proofs",
        why,
        f"Name a writable folder in {FOLDER_VARIABLE}.",
    )


def put_proof(store: Store, folder: Path, name: str = "") -> None:
    """Write the files of a proof into a store, below the name of its folder."""
    for file in FILES:
        path = folder / file
        if path.exists():
            store.put_plain(f"{name or folder.name}/{file}", _pieces(path))


def put_trail_files(environ: Mapping[str, str], folder: Path, files: Sequence[Path]) -> None:
    """Write files of the trail of test data into the store of proofs, if one is named."""
    store = store_of_proofs(environ)
    if store is None:
        return
    for path in files:
        store.put_plain(f"{folder.name}/{path.relative_to(folder)}", _pieces(path))


def fetch_documents(store: Store, into: Path, words: Sequence[str]) -> None:
    """Read the documents of the proofs whose folders' names hold one of these words."""
    for name in store.names(""):
        folder, _, file = name.rpartition("/")
        # A name of another form is not ours, and might lead out of the folder.
        is_ours = file == DOCUMENT and "/" not in folder and folder.strip(".")
        if is_ours and any(word in folder for word in words):
            _fetch(store, name, into / folder / DOCUMENT)


def fetch_trail(store: Store, folder: Path) -> None:
    """Read the trail of a proof whose document was read before, if it has one."""
    name = f"{folder.name}/{TRAIL}"
    if name in store.names(folder.name):
        _fetch(store, name, folder / TRAIL)


def _fetch(store: Store, name: str, into: Path) -> None:
    into.parent.mkdir(parents=True, exist_ok=True)
    with into.open("wb") as file:
        file.writelines(store.get_unchecked(name))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece
