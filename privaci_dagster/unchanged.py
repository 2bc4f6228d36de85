"""Finds the tables of a target that a refresh need not load: their version is the same, and nobody wrote to them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from dagster._core.definitions.data_version import DATA_VERSION_TAG

from privaci_core.catalog import read_catalog
from privaci_core.dump import dump_schema
from privaci_core.lock import shape_fingerprint
from privaci_core.postgres import target_session
from privaci_core.unchanged import states_of
from privaci_core.versions import version_of

if TYPE_CHECKING:
    import dagster as dg

    from privaci_core.lock import Lock
    from privaci_core.plan import TablePlan
    from privaci_core.under_way import Copy
    from privaci_dagster.names import Names

# Where the last step notes the counters of what it published, and what the source's definitions were.
STATES, DEFINITIONS = "state of the target", "definitions of the source"
# Under these the policy lets a refresh take rows away and put others in their place, table by table.
IN_PLACE = ("truncate", "drop_create")


def kept_tables(instance: dg.DagsterInstance, copy: Copy, lock: Lock, names: Names) -> frozenset[str]:
    """The tables, by name, whose rows in the target would be the same again."""
    published = _noted(instance, names.published)
    if copy.policy.on_existing_data not in IN_PLACE or published.get(DEFINITIONS) != definitions_of(copy):
        return frozenset()
    with target_session(copy.live, autocommit=True) as target:
        states = {f"{schema}.{name}": state for (schema, name), state in states_of(target).items()}
        if shape_fingerprint(read_catalog(target)) != shape_fingerprint(copy.catalog):
            return frozenset()
    plans: dict[str, list[TablePlan]] = {}
    for plan in copy.plan.tables:
        root = copy.catalog.root(copy.catalog.by_name[plan.name]).qualified
        plans.setdefault(root, []).append(plan)
    loaded = _versions(instance, {names.target(table): table.qualified for table in lock.tables})
    return frozenset(
        name
        for name, leaves in plans.items()
        if loaded.get(name) == version_of(copy, leaves)
        and all(states.get(leaf.name) == published[STATES].get(leaf.name, "") for leaf in leaves)
    )


def definitions_of(copy: Copy) -> str:
    """A fingerprint of everything that pg_dump says about the source: views and functions are the copy's as well."""
    dump = dump_schema(copy.ends.source, copy.catalog.server_version, copy.ends.snapshot, copy.options.of_dump)
    said = (entry.sql for section in (dump.pre_data, dump.post_data) for entry in section)
    return hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:32]


def _noted(instance: dg.DagsterInstance, key: dg.AssetKey) -> dict[str, Any]:
    event = instance.get_latest_materialization_event(key)
    materialization = event.asset_materialization if event else None
    return {name: value.value for name, value in materialization.metadata.items()} if materialization else {}


def _versions(instance: dg.DagsterInstance, keys: dict[dg.AssetKey, str]) -> dict[str, str]:
    """The version that each table was last loaded in, by one query."""
    found = {}
    for record in instance.get_asset_records(list(keys)):
        event = record.asset_entry.last_materialization
        materialization = event.asset_materialization if event else None
        if materialization is not None and materialization.tags:
            found[keys[record.asset_entry.asset_key]] = materialization.tags.get(DATA_VERSION_TAG, "")
    return found
