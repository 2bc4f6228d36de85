"""Finds tables that need no load: same data version, and no write to the target since."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.lock_file import shape_fingerprint
from privaci_core.ddl.dump import dump_schema
from privaci_core.loading.copy import leaves_by_root
from privaci_core.postgres.names import table_name
from privaci_core.postgres.session import target_session
from privaci_core.postgres.write_counters import write_counters_of
from privaci_core.prove.ledgers import ledgers_in
from privaci_core.refresh.table_versions import version_of
from privaci_dagster.event_log import last_materialization, last_materializations, values_of
from privaci_dagster.labels import DEFINITIONS, WRITE_COUNTERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import dagster as dg

    from privaci_core.catalog.lock_file import Lock
    from privaci_core.loading.copy import Copy
    from privaci_core.refresh.open import Opened
    from privaci_dagster.asset_keys import Names

# Dagster tags a materialization with its data version so; it has no public constant for the tag.
DATA_VERSION_TAG = "dagster/data_version"
# Modes of `on_existing_data` that replace rows table by table, so that some tables may stay; in a
# target that is swapped, the rows of the others are exchanged.
IN_PLACE = ("truncate", "drop_create")
WITH_UNCHANGED = (*IN_PLACE, "swap")


def unchanged_tables(
    instance: dg.DagsterInstance, opened: Opened, lock: Lock, names: Names
) -> frozenset[str]:
    """Names of the tables whose rows in the target a new load would bring again."""
    copy, hidden = opened.copy, opened.connections.names
    if copy.policy.writes_files_alone:
        # Its target is a scratch one, which was removed.
        return frozenset()
    published = _published(instance, names)
    if copy.policy.on_existing_data not in WITH_UNCHANGED or DEFINITIONS not in published:
        return frozenset()
    if published[DEFINITIONS] != definitions_of(copy):
        return frozenset()
    counters = _target_counters(copy)
    if counters is None:
        return frozenset()
    versions, ledgers = loaded_versions(instance, lock, names), ledgers_in(copy.live)
    return frozenset(
        table
        for table, leaves in leaves_by_root(copy).items()
        # Without its ledger a kept table could not be proved.
        if table in ledgers
        and versions.get(table) == version_of(copy, hidden, opened.earlier.counters, leaves)
        and not written_to([leaf.name for leaf in leaves], counters, published[WRITE_COUNTERS])
    )


def changed_tables(copy: Copy, unchanged: frozenset[str]) -> frozenset[str]:
    """The tables to load where the others stay; the smallest one if none has changed."""
    roots = {copy.root_of(table): table.size_bytes for table in reversed(copy.plan.tables)}
    changed = frozenset(roots) - unchanged
    return changed or frozenset(sorted(roots, key=lambda name: (roots[name], name))[:1])


def definitions_of(copy: Copy) -> str:
    """Hash of the source's DDL as pg_dump writes it, views and functions included."""
    dump = dump_schema(
        copy.ends.source, copy.catalog.server_version, copy.ends.snapshot, copy.options.of_dump
    )
    statements = (entry.sql for entry in (*dump.pre_data, *dump.post_data))
    return hashlib.sha256("\x1f".join(statements).encode()).hexdigest()[:32]


def loaded_versions(
    instance: dg.DagsterInstance, lock: Lock, names: Names
) -> dict[str, str | None]:
    """The data version that each table was last loaded in."""
    keys = {names.target(table): table.qualified for table in lock.tables}
    return {
        keys[made.asset_key]: (made.tags or {}).get(DATA_VERSION_TAG)
        for _, made in last_materializations(instance, keys)
    }


def written_to(leaves: Sequence[str], now: Mapping[str, str], published: Mapping[str, str]) -> bool:
    """Whether one of these tables was written to since it was published, or may have been."""
    return any(now.get(leaf) != published.get(leaf, "") for leaf in leaves)


def _published(instance: dg.DagsterInstance, names: Names) -> dict[str, Any]:
    """What the last publication of the target wrote to the event log."""
    made = last_materialization(instance, names.published)
    return values_of(made.metadata) if made else {}


def _target_counters(copy: Copy) -> dict[str, str] | None:
    """The target's write counters by table; None where its schema is no longer the source's."""
    with target_session(copy.live, autocommit=True) as target:
        counters = write_counters_of(target)
        if shape_fingerprint(read_catalog(target)) != shape_fingerprint(copy.catalog):
            return None
    return {table_name(schema, name): counter for (schema, name), counter in counters.items()}
