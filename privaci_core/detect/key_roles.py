"""Tells which columns keys make unique, and which refer to another table's column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.catalog.catalog import Catalog, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRole:
    """What keys say of a column: whether it is unique by itself, and what it refers to."""

    unique: bool = False
    refers_to: Place | None = None


NO_KEY = KeyRole()


def key_roles(catalog: Catalog) -> Mapping[Place, KeyRole]:
    """The columns that a key of one column is about."""
    unique = {
        (oid, key.columns[0])
        for oid, keys in catalog.keys.items()
        for key in keys
        if len(key.columns) == 1
    }
    refers = {
        (key.relation, key.columns[0]): (key.referenced, key.referenced_columns[0])
        for key in catalog.foreign_keys
        if len(key.columns) == 1
    }
    return {
        place: KeyRole(unique=place in unique, refers_to=refers.get(place))
        for place in unique | refers.keys()
    }
