"""Checks that the source's user may read every table that is to be copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.errors import PreflightError
from privaci_core.postgres.dsn import describe
from privaci_core.postgres.names import table_name
from privaci_core.sql import query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.postgres.session import Connection


def unreadable(source: Connection, tables: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The tables of which the user may not read every row and column, with the reason."""
    schemas, names = [schema for schema, _ in tables], [name for _, name in tables]
    return {
        (schema, name): why
        for schema, name, why in source.execute(query("unreadable"), [schemas, names])
    }


def refuse_unreadable(source: Connection, tables: Sequence[tuple[str, str]]) -> None:
    """Refuse a source with tables that its user may not read whole, before anything is written."""
    denied = [
        f"{table_name(schema, name)}{why}"
        for (schema, name), why in unreadable(source, tables).items()
    ]
    if denied:
        user = source.info.user
        raise PreflightError(
            f"Checking what {user} may read in {describe(source.info.dsn)}",
            "\n    - ".join([f"{len(denied)} tables cannot be read whole", *denied]),
            f"GRANT SELECT on them (and USAGE on their schemas) TO {user};"
            " row-level security needs BYPASSRLS.",
        )
