"""Draws what stands on tables: indexes, keys, checks, statistics, policies, publications."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fuzz.drafts import Draft, Table

ROLES = ("privaci_fuzz_reader", "privaci_fuzz_writer")


def index(draft: Draft) -> None:
    """An index of one of many kinds."""
    table = _with_columns(draft)
    if table is None:
        return
    column = draft.random.choice(table.columns)
    name = draft.name()
    unique = "UNIQUE " if draft.chance(0.15) else ""
    method = draft.random.choice(("btree", "btree", "btree", "hash", "gist", "gin", "brin"))
    expression = draft.random.choice(
        (
            column.name,
            f"{column.name} DESC NULLS LAST",
            f"({column.name}::text)",
            f"(lower({column.name}::text)) text_pattern_ops",
            f"(({column.name} IS NULL))",
        )
    )
    tail = draft.random.choice(
        (
            "",
            f" WHERE {column.name} IS NOT NULL",
            f" INCLUDE ({table.columns[0].name})",
            " WITH (fillfactor = 50)",
            " NULLS NOT DISTINCT" if draft.version >= 15 and unique else "",
        )
    )
    only = "ONLY " if table.kind == "partitioned" and draft.chance(0.3) else ""
    draft.add(
        f"CREATE {unique}INDEX {name} ON {only}{table.name} USING {method} ({expression}){tail}"
    )
    schema = table.name[: _schema_end(table.name)]
    draft.made("INDEX", f"{schema}.{name}")
    if draft.chance(0.2):
        draft.add(f"ALTER TABLE {table.name} CLUSTER ON {name}")
    if draft.chance(0.2):
        draft.add(f"ALTER TABLE {table.name} REPLICA IDENTITY USING INDEX {name}")


def foreign_key(draft: Draft) -> None:
    """A foreign key over what rows are there, valid or not."""
    child, parent = _with_columns(draft), _with_columns(draft)
    if child is None or parent is None or parent.key is None:
        return
    fitting = [column for column in child.columns if column.type == parent.key.type]
    if not fitting:
        return
    name, column = draft.name(), draft.random.choice(fitting)
    how = draft.random.choice(
        (
            "",
            " ON DELETE CASCADE ON UPDATE SET NULL",
            " MATCH FULL",
            " DEFERRABLE INITIALLY DEFERRED",
            " NOT VALID",
        )
    )
    draft.add(
        f"ALTER TABLE {child.name} ADD CONSTRAINT {name} FOREIGN KEY ({column.name})"
        f" REFERENCES {parent.name} ({parent.key.name}){how}"
    )
    draft.made("CONSTRAINT", f"{name} ON {child.name}")


def constraint(draft: Draft) -> None:
    """A check, a unique or an exclusion constraint."""
    table = _with_columns(draft)
    if table is None:
        return
    name, column = draft.name(), draft.random.choice(table.columns)
    body = draft.random.choice(
        (
            f"CHECK ({column.name} IS NOT NULL OR true)",
            f"CHECK ({column.name} IS NULL) NOT VALID",
            f"CHECK ({column.name}::text <> '%s') NO INHERIT NOT VALID",
            f"UNIQUE ({column.name}) DEFERRABLE",
            f"EXCLUDE USING btree ({column.name} WITH =)",
            f"EXCLUDE USING gist ({column.name} WITH =) WHERE ({column.name} IS NOT NULL)",
        )
    )
    draft.add(f"ALTER TABLE {table.name} ADD CONSTRAINT {name} {body}")
    draft.made("CONSTRAINT", f"{name} ON {table.name}")


def statistics(draft: Draft) -> None:
    """Extended statistics."""
    table = _with_columns(draft)
    if table is None or len(table.columns) < 2:
        return
    name = draft.local()
    first, second = draft.random.sample(table.columns, 2)
    kinds = draft.random.choice(("", " (ndistinct)", " (mcv, dependencies)"))
    over = draft.random.choice(
        (f"{first.name}, {second.name}", f"({first.name}::text), ({second.name} IS NULL)")
    )
    draft.add(f"CREATE STATISTICS {name}{kinds} ON {over} FROM {table.name}")
    if draft.chance(0.3):
        draft.add(f"ALTER STATISTICS {name} SET STATISTICS 33")
    draft.made("STATISTICS", name)


def policy(draft: Draft) -> None:
    """Row level security with a policy."""
    table = _with_columns(draft)
    if table is None:
        return
    name, column = draft.name(), draft.random.choice(table.columns)
    draft.add(f"ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY")
    if draft.chance(0.3):
        draft.add(f"ALTER TABLE {table.name} FORCE ROW LEVEL SECURITY")
    body = draft.random.choice(
        (
            f"USING ({column.name} IS NOT NULL)",
            f"AS RESTRICTIVE FOR SELECT TO {ROLES[0]} USING (true)",
            f"FOR INSERT TO PUBLIC, {ROLES[1]} WITH CHECK ({column.name}::text <> '')",
        )
    )
    draft.add(f"CREATE POLICY {name} ON {table.name} {body}")
    draft.made("POLICY", f"{name} ON {table.name}")


def publication(draft: Draft) -> None:
    """A publication of all tables, of some, of their rows and columns, or of schemas."""
    name, table = draft.name(), _with_columns(draft)
    bodies = ["FOR ALL TABLES", "", f"FOR TABLE {table.name}" if table else ""]
    if draft.version >= 15 and table:
        column = draft.random.choice(table.columns)
        bodies += [
            f"FOR TABLES IN SCHEMA {draft.schema()}",
            f"FOR TABLES IN SCHEMA {draft.schema()}, TABLE {table.name}",
            f"FOR TABLE {table.name} ({column.name})",
            f"FOR TABLE {table.name} WHERE ({column.name} IS NOT NULL)",
            f"FOR TABLES IN SCHEMA {draft.schema()}, TABLE {table.name} WHERE (true)",
        ]
    how = draft.random.choice(
        ("", " WITH (publish = 'insert')", " WITH (publish_via_partition_root = true)")
    )
    draft.add(f"CREATE PUBLICATION {name} {draft.random.choice(bodies)}{how}")
    draft.made("PUBLICATION", name)


def grants(draft: Draft) -> None:
    """Privileges of roles, on tables, columns, schemas, functions, and by default."""
    role = draft.random.choice((*ROLES, "PUBLIC"))
    table = _with_columns(draft)
    if table is not None:
        column = draft.random.choice(table.columns).name
        option = " WITH GRANT OPTION" if role != "PUBLIC" and draft.chance(0.3) else ""
        what = draft.random.choice(("SELECT", "ALL", f"UPDATE ({column})", f"SELECT ({column})"))
        draft.add(f"GRANT {what} ON {table.name} TO {role}{option}")
    if draft.chance(0.4):
        draft.add(f"GRANT USAGE ON SCHEMA {draft.schema()} TO {role}")
    if draft.functions and draft.chance(0.4):
        draft.add(f"REVOKE ALL ON FUNCTION {draft.random.choice(draft.functions)} FROM PUBLIC")
    if draft.chance(0.2):
        draft.add(
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA {draft.schema()} GRANT SELECT ON TABLES TO {role}"
        )
    if draft.chance(0.1):
        draft.add(f"ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM {role}")
    if draft.types and draft.chance(0.2):
        draft.add(f"REVOKE USAGE ON TYPE {draft.random.choice([*draft.types])} FROM PUBLIC")
    if table is not None and draft.chance(0.2):
        draft.add(f"ALTER TABLE {table.name} OWNER TO {ROLES[0]}")


def _with_columns(draft: Draft) -> Table | None:
    tables = [table for table in draft.tables if table.columns]
    return draft.random.choice(tables) if tables else None


def _schema_end(name: str) -> int:
    """Where the quoted schema of a quoted name ends."""
    inside, place = True, 1
    while inside:
        place = name.index('"', place)
        if name[place : place + 2] == '""':
            place += 2
        else:
            inside = False
    return place + 1
