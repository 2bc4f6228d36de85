"""Draws what holds code: functions, views, triggers, rules, event triggers, sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuzz.names import literal

if TYPE_CHECKING:
    from fuzz.drafts import Draft

BODIES = (
    "SELECT 1",
    "SELECT 'it''s; -- no end'::text IS NULL; SELECT 2",
    "/* -- Name: x; Type: TABLE; Schema: public; Owner: me\n\n--\n-- TOC entry */ SELECT 3",
    "SELECT count(*)::integer FROM pg_catalog.pg_class",
)


def function(draft: Draft) -> None:
    """A function or a procedure."""
    name = draft.local()
    kind = draft.random.randrange(5)
    if kind == 0:
        draft.add(
            f"CREATE FUNCTION {name}({draft.name()} integer DEFAULT 3, VARIADIC {draft.name()}"
            " text[] DEFAULT '{}') RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE COST 7"
            f" SET work_mem = '8MB' SET search_path = {draft.schema()}, pg_temp"
            f" AS $a_body${draft.random.choice(BODIES)}$a_body$"
        )
        draft.functions.append(f"{name}(integer, text[])")
    elif kind == 1:
        type_, _ = draft.any_type()
        draft.add(
            f"CREATE FUNCTION {name}(INOUT {draft.name()} {type_}, OUT {draft.name()} integer)"
            " LANGUAGE plpgsql AS $$BEGIN RETURN; END$$"
        )
        draft.functions.append(f"{name}({type_})")
    elif kind == 2:
        draft.add(
            f"CREATE PROCEDURE {name}() LANGUAGE plpgsql SECURITY DEFINER"
            f" AS {literal('BEGIN NULL; -- it' + chr(39) + 's' + chr(10) + 'END')}"
        )
        draft.made("PROCEDURE", f"{name}()")
        return
    elif kind == 3 and draft.tables:
        table = draft.random.choice(draft.tables)
        draft.add(
            f"CREATE FUNCTION {name}() RETURNS SETOF {table.name} LANGUAGE sql"
            f" AS 'SELECT * FROM ONLY {table.name.replace(chr(39), chr(39) * 2)}'"
        )
        draft.functions.append(f"{name}()")
    else:
        table_rows = f"SELECT count(*) FROM {draft.tables[0].name}" if draft.tables else "SELECT 4"
        draft.add(f"CREATE FUNCTION {name}() RETURNS bigint BEGIN ATOMIC {table_rows}; END")
        draft.functions.append(f"{name}()")
    draft.made("FUNCTION", draft.functions[-1])


def trigger_function(draft: Draft) -> None:
    """A function that triggers call; it would change every row if a copy let it fire."""
    name = draft.local()
    draft.add(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RAISE EXCEPTION 'a trigger fired'; END$$"
    )
    draft.trigger_functions.append(name)


def trigger(draft: Draft) -> None:
    """A trigger of one kind and state."""
    if not draft.tables or not draft.trigger_functions:
        return
    table = draft.random.choice(draft.tables)
    name, calls = draft.name(), draft.random.choice(draft.trigger_functions)
    when = draft.random.choice(
        (
            "BEFORE INSERT OR UPDATE",
            "AFTER INSERT",
            "AFTER DELETE OR TRUNCATE",
            "BEFORE TRUNCATE",
        )
    )
    each = "STATEMENT" if "TRUNCATE" in when else draft.random.choice(("ROW", "STATEMENT"))
    argument = literal(draft.random.choice(("", "it's", "x\\y", "größe")))
    draft.add(
        f"CREATE TRIGGER {name} {when} ON {table.name} FOR EACH {each}"
        f" EXECUTE FUNCTION {calls}({argument})"
    )
    draft.made("TRIGGER", f"{name} ON {table.name}")
    if draft.chance(0.5):
        state = draft.random.choice(("DISABLE", "ENABLE ALWAYS", "ENABLE REPLICA"))
        draft.add(f"ALTER TABLE {table.name} {state} TRIGGER {name}")
    if draft.chance(0.3):
        constraint = draft.name()
        draft.add(
            f"CREATE CONSTRAINT TRIGGER {constraint} AFTER INSERT ON {table.name} DEFERRABLE"
            f" INITIALLY DEFERRED FOR EACH ROW WHEN (NEW IS NULL) EXECUTE FUNCTION {calls}()"
        )
        draft.made("TRIGGER", f"{constraint} ON {table.name}")


def rule(draft: Draft) -> None:
    """A rule, which would swallow rows if a copy let it act."""
    if not draft.tables:
        return
    table, name = draft.random.choice(draft.tables), draft.name()
    body = draft.random.choice(
        (
            "ON INSERT DO INSTEAD NOTHING",
            "ON DELETE DO ALSO SELECT 1",
            "ON UPDATE DO ALSO NOTIFY nobody",
        )
    )
    draft.add(f"CREATE RULE {name} AS {body.replace(' DO ', f' TO {table.name} DO ', 1)}")
    draft.made("RULE", f"{name} ON {table.name}")
    if draft.chance(0.3):
        state = draft.random.choice(("DISABLE", "ENABLE ALWAYS"))
        draft.add(f"ALTER TABLE {table.name} {state} RULE {name}")


def view(draft: Draft) -> None:
    """A view or a materialized view over tables and views."""
    origins = [table.name for table in draft.tables] + draft.views + draft.matviews
    if not origins:
        return
    first, second = draft.random.choice(origins), draft.random.choice(origins)
    name = draft.local()
    query = draft.random.choice(
        (
            f"SELECT * FROM {first}",
            f"SELECT count(*) AS {draft.name()} FROM {first} AS a, {second} AS b",
            f"SELECT {literal('it' + chr(39) + 's %s')}::text AS {draft.name()} FROM {first}",
            (
                "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3)"
                f" SELECT n AS {draft.name()} FROM r"
            ),
            f"SELECT row_number() OVER () AS {draft.name()}, a.* FROM {first} AS a",
            f"TABLE {first}",
        )
    )
    if draft.chance(0.3):
        draft.add(
            f"CREATE MATERIALIZED VIEW {name} AS {query}"
            f"{draft.random.choice(('', '', ' WITH NO DATA'))}"
        )
        draft.matviews.append(name)
        draft.made("MATERIALIZED VIEW", name)
        return
    options = draft.random.choice(("", "", " WITH (security_barrier = true)"))
    draft.add(f"CREATE VIEW {name}{options} AS {query}")
    draft.views.append(name)
    draft.made("VIEW", name)


def sequence(draft: Draft) -> None:
    """A sequence with a position, perhaps a column's default."""
    name = draft.local()
    how = draft.random.choice(
        ("", "AS smallint CYCLE", "INCREMENT BY -3 MINVALUE -1000 CACHE 5", "START WITH 41")
    )
    draft.add(f"CREATE SEQUENCE {name} {how}")
    if draft.chance(0.7):
        draft.add(f"SELECT pg_catalog.nextval({literal(name)}::regclass)")
    draft.made("SEQUENCE", name)
    if draft.tables and draft.chance(0.5):
        table, column = draft.random.choice(draft.tables), draft.name()
        draft.add(
            f"ALTER TABLE {table.name} ADD COLUMN {column} bigint"
            f" DEFAULT pg_catalog.nextval({literal(name)}::regclass)"
        )
        draft.add(f"ALTER SEQUENCE {name} OWNED BY {table.name}.{column}")


def event_trigger(draft: Draft) -> None:
    """An event trigger in one of its states; it does nothing."""
    function, name = draft.local(), draft.name()
    draft.add(
        f"CREATE FUNCTION {function}() RETURNS event_trigger LANGUAGE plpgsql AS"
        " $$BEGIN IF tg_tag = 'CREATE TABLE AS' THEN RAISE NOTICE 'event'; END IF; END$$"
    )
    event = draft.random.choice(
        ("ddl_command_start", "ddl_command_end WHEN TAG IN ('CREATE TABLE')", "sql_drop")
    )
    draft.add(f"CREATE EVENT TRIGGER {name} ON {event} EXECUTE FUNCTION {function}()")
    draft.made("EVENT TRIGGER", name)
    if draft.chance(0.5):
        state = draft.random.choice(("DISABLE", "ENABLE ALWAYS", "ENABLE REPLICA"))
        draft.add(f"ALTER EVENT TRIGGER {name} {state}")


def large_object(draft: Draft) -> None:
    """A large object with some bytes."""
    number = draft.random.randint(100000, 900000)
    draft.add(f"SELECT pg_catalog.lo_from_bytea({number}, '\\x00ff'::bytea)")
    draft.made("LARGE OBJECT", str(number))


def comments(draft: Draft) -> None:
    """Comments on a part of what was drawn."""
    for what in draft.commented:
        if draft.chance(0.4):
            text = draft.random.choice(("plain", "it's 100% $$ \\ ;\n-- Name: x; Type: y", "größe"))
            draft.add(f"COMMENT ON {what} IS {literal(text)}")
