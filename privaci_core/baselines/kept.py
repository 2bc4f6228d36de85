"""Lists the baselines of a store, finds one of them, and drops one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from privaci_core.baselines.manifest import Baseline, manifest_of, read_manifest
from privaci_core.errors import PreflightError
from privaci_core.stores.extra import DOCS

if TYPE_CHECKING:
    from privaci_core.stores.store import Store

FOLDER = "baselines"
# It is written last and removed first: a baseline without it is not there.
MANIFEST = "manifest.json"
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def listed(store: Store) -> list[Baseline]:
    """Every whole baseline, the oldest first."""
    found = (_read(store, name) for name in store.folders(FOLDER) if _is_whole(store, name))
    return sorted(found, key=lambda baseline: (baseline.at, baseline.id))


def found(store: Store, name: str = "") -> Baseline:
    """The baseline of an id, or the newest."""
    doing = f"Looking for a baseline in {store.url}"
    if name:
        _refuse_id(name)
        if not _is_whole(store, name):
            why = f"there is no whole baseline {name}"
            raise PreflightError(doing, why, "List them: privaci baseline list.", DOCS)
        return _read(store, name)
    all_of_them = listed(store)
    if not all_of_them:
        why = "it holds no whole baseline"
        raise PreflightError(doing, why, "Take one: privaci baseline snapshot.", DOCS)
    return all_of_them[-1]


def drop(store: Store, name: str) -> None:
    """Remove a baseline, and what a snapshot that broke off left of one."""
    _refuse_id(name)
    store.delete([_manifest(name)])
    left = store.names(f"{FOLDER}/{name}")
    store.delete(left)


def refuse_taken(store: Store, name: str) -> None:
    """Refuse an id that a baseline has, or that is no name of a folder."""
    _refuse_id(name)
    if _is_whole(store, name):
        raise PreflightError(
            f"Taking the baseline {name}",
            "the store holds a baseline of this id",
            f"Choose another id, or drop it first: privaci baseline drop --id {name}.",
            DOCS,
        )


def publish(store: Store, baseline: Baseline) -> None:
    """Make a baseline visible: everything that its manifest names is there."""
    store.put_plain(_manifest(baseline.id), [manifest_of(baseline)])


def folder_of(name: str) -> str:
    """The folder of a baseline's objects."""
    return f"{FOLDER}/{name}"


def _manifest(name: str) -> str:
    return f"{folder_of(name)}/{MANIFEST}"


def _is_whole(store: Store, name: str) -> bool:
    return _manifest(name) in store.names(folder_of(name))


def _read(store: Store, name: str) -> Baseline:
    return read_manifest(b"".join(store.get_unchecked(_manifest(name))), name)


def _refuse_id(name: str) -> None:
    if ID.fullmatch(name) is None:
        raise PreflightError(
            "Reading the id of a baseline",
            "it is not a name of 1 to 100 letters, digits, dots, hyphens and underscores",
            "Write --id before-release-12, for one.",
            DOCS,
        )
