"""Finds the tables of a target that a refresh need not load: their version is the same, and nobody wrote to them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from dagster._core.definitions.data_version import DATA_VERSION_TAG

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.lock_file import shape_fingerprint
from privaci_core.ddl.dump import dump_schema
from privaci_core.postgres.session import target_session
from privaci_core.postgres.write_counters import states_of
from privaci_core.refresh.table_versions import version_of
from privaci_dagster.event_log import last_materialization, last_materializations, values_of

if TYPE_CHECKING:
    import dagster as dg

    from privaci_core.catalog.lock_file import Lock
    from privaci_core.loading.copy import Copy
    from privaci_core.plan.plan import TablePlan
    from privaci_dagster.asset_keys import Names

# Where the last step notes the counters of what it published, and what the source's definitions were.
STATES, DEFINITIONS = "state of the target", "definitions of the source"
# Under these the policy lets a refresh take rows away and put others in their place, table by table.
IN_PLACE = ("truncate", "drop_create")


def kept_tables(
    instance: dg.DagsterInstance, copy: Copy, lock: Lock, names: Names
) -> frozenset[str]:
    """The tables, by name, whose rows in the target would be the same again."""
    made = last_materialization(instance, names.published)
    published = values_of(made.metadata) if made else {}
    if copy.policy.on_existing_data not in IN_PLACE or DEFINITIONS not in published:
        return frozenset()
    if published[DEFINITIONS] != definitions_of(copy):
        return frozenset()
    with target_session(copy.live, autocommit=True) as target:
        states = {f"{schema}.{name}": state for (schema, name), state in states_of(target).items()}
        if shape_fingerprint(read_catalog(target)) != shape_fingerprint(copy.catalog):
            return frozenset()
    plans: dict[str, list[TablePlan]] = {}
    for plan in copy.plan.tables:
        plans.setdefault(copy.root_of(plan), []).append(plan)
    keys = {names.target(table): table.qualified for table in lock.tables}
    loaded = {
        keys[made.asset_key]: (made.tags or {}).get(DATA_VERSION_TAG)
        for _, made in last_materializations(instance, keys)
    }
    return frozenset(
        name
        for name, leaves in plans.items()
        if loaded.get(name) == version_of(copy, leaves)
        and all(states.get(leaf.name) == published[STATES].get(leaf.name, "") for leaf in leaves)
    )


def definitions_of(copy: Copy) -> str:
    """A fingerprint of everything that pg_dump says about the source: views and functions are the copy's as well."""
    dump = dump_schema(
        copy.ends.source, copy.catalog.server_version, copy.ends.snapshot, copy.options.of_dump
    )
    said = (entry.sql for section in (dump.pre_data, dump.post_data) for entry in section)
    return hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:32]
