"""Chooses the rows of a subset in a real database, and names them by their first column."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from builders.copies import KEYS
from psycopg import sql

from privaci_core.catalog.catalog import read_catalog
from privaci_core.choose.choose import choose_rows
from privaci_core.plan.where import at_their_moments
from privaci_core.policy import parse_policy
from privaci_core.postgres.session import source_session
from privaci_core.refresh.open import plan_of

if TYPE_CHECKING:
    from datetime import datetime

    from privaci_core.choose.choose import Chosen
    from privaci_core.policy import Policy
    from privaci_core.postgres.session import Connection


def subset_policy(**keys: Any) -> Policy:
    """A policy of one subset: `tables` and `relations` are the policy's own, the rest its keys."""
    own = {name: keys.pop(name) for name in ("tables", "relations") if name in keys}
    document = {"version": "1.0", "auto_detect": False, "subset": keys, "tables": {}, **own}
    return parse_policy(json.dumps(document))


def chosen(dsn: str, policy: Policy, moment: datetime | None = None) -> Chosen:
    """What is chosen of a database, where `now()` means some moment."""
    with source_session(dsn) as source:
        return _chosen(source, policy, moment)


def ids(dsn: str, policy: Policy) -> dict[str, list[Any]]:
    """The first column of each chosen row, by the name of its table; tables without one too."""
    with source_session(dsn) as source:
        found = _chosen(source, policy)
        return {name: _ids(source, name, found) for name in found.rows}


def _chosen(source: Connection, policy: Policy, moment: datetime | None = None) -> Chosen:
    catalog = read_catalog(source)
    plan = plan_of(source, catalog, policy)
    if moment is not None:
        plan = at_their_moments(plan, lambda _: moment)
    return choose_rows(source, catalog, plan, KEYS)


def _ids(source: Connection, name: str, found: Chosen) -> list[Any]:
    rows = found.rows[name]
    where = sql.SQL("true") if rows is None else rows.condition
    query = sql.SQL("SELECT * FROM ONLY {} AS t WHERE {}").format(
        sql.Identifier(*name.split(".")), where
    )
    return sorted((row[0] for row in source.execute(query)), key=str)
