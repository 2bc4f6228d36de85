"""Draws what few databases hold: languages, operator classes, casts, wrappers, subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuzz.names import literal
from fuzz.on_tables import ROLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from fuzz.drafts import Draft

SHARE = 0.12


def rare(draft: Draft) -> None:
    """Some of these kinds."""
    for kind in KINDS:
        if draft.chance(SHARE):
            kind(draft)


def _language(draft: Draft) -> None:
    """A language over a handler of its own, PL/pgSQL's by another name, with a function in it."""
    name, function, handler = draft.name(), draft.local(), draft.local()
    draft.add(
        f"CREATE FUNCTION {handler}() RETURNS language_handler LANGUAGE c"
        " AS '$libdir/plpgsql', 'plpgsql_call_handler'"
    )
    trusted = draft.random.choice(("", "TRUSTED "))
    draft.add(f"CREATE {trusted}LANGUAGE {name} HANDLER {handler}")
    draft.made("LANGUAGE", name)
    draft.add(
        f"CREATE FUNCTION {function}() RETURNS integer LANGUAGE {name} AS 'BEGIN RETURN 7; END'"
    )
    draft.made("FUNCTION", f"{function}()")
    draft.functions.append(f"{function}()")
    if draft.chance(0.5):
        draft.add(f"REVOKE USAGE ON LANGUAGE {name} FROM PUBLIC")
        draft.add(f"GRANT USAGE ON LANGUAGE {name} TO {ROLES[0]}")
    if draft.chance(0.3):
        draft.add(f"ALTER LANGUAGE {name} OWNER TO {ROLES[1]}")


def _operator_class(draft: Draft) -> None:
    """A family, a class in it or in one of its own, loose members, and an index that uses it."""
    family, made = draft.local(), draft.local()
    draft.add(f"CREATE OPERATOR FAMILY {family} USING btree")
    draft.made("OPERATOR FAMILY", f"{family} USING btree")
    within = draft.random.choice(("", f" FAMILY {family}"))
    draft.add(
        f"CREATE OPERATOR CLASS {made} FOR TYPE integer USING btree{within} AS OPERATOR 1 <,"
        " OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,"
        " FUNCTION 1 pg_catalog.btint4cmp(integer, integer)"
    )
    draft.made("OPERATOR CLASS", f"{made} USING btree")
    if draft.chance(0.5):
        draft.add(
            f"ALTER OPERATOR FAMILY {family} USING btree ADD OPERATOR 1 < (integer, bigint),"
            " FUNCTION 1 (integer, bigint) pg_catalog.btint48cmp(integer, bigint)"
        )
    for table in draft.tables:
        fitting = [column.name for column in table.columns if column.type == "integer"]
        if fitting:
            draft.add(f"CREATE INDEX {draft.name()} ON {table.name} ({fitting[0]} {made})")
            break
    if draft.chance(0.3):
        draft.add(f"ALTER OPERATOR CLASS {made} USING btree OWNER TO {ROLES[0]}")


def _operators(draft: Draft) -> None:
    """Two operators that name each other, one of them over a drawn type."""
    less, more, schema = draft.local(), draft.local(), draft.schema()
    for function, sign in ((less, "<"), (more, ">")):
        draft.add(
            f"CREATE FUNCTION {function}(integer, integer) RETURNS boolean LANGUAGE sql"
            f" IMMUTABLE AS 'SELECT $1 {sign} $2'"
        )
    for function, sign, other in ((less, "<|", "|>"), (more, "|>", "<|")):
        draft.add(
            f"CREATE OPERATOR {schema}.{sign} (FUNCTION = {function}, LEFTARG = integer,"
            f" RIGHTARG = integer, COMMUTATOR = OPERATOR({schema}.{other}),"
            f" RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel)"
        )
        draft.made("OPERATOR", f"{schema}.{sign} (integer, integer)")
    prefix = draft.local()
    draft.add(f"CREATE FUNCTION {prefix}(text) RETURNS text LANGUAGE sql AS 'SELECT $1'")
    draft.add(f"CREATE OPERATOR {schema}.@#@ (FUNCTION = {prefix}, RIGHTARG = text)")
    if draft.chance(0.3):
        draft.add(f"ALTER OPERATOR {schema}.<| (integer, integer) OWNER TO {ROLES[0]}")


def _cast(draft: Draft) -> None:
    """A cast by the types' own forms, or between types that look alike."""
    first = draft.local()
    draft.add(f"CREATE TYPE {first} AS ENUM ('a', 'b')")
    draft.types[first] = ("a", "b")
    how = draft.random.choice(("WITH INOUT", "WITH INOUT AS ASSIGNMENT", "WITH INOUT AS IMPLICIT"))
    draft.add(f"CREATE CAST ({first} AS integer) {how}")
    draft.made("CAST", f"({first} AS integer)")
    second = draft.local()
    draft.add(f"CREATE TYPE {second} AS (a integer)")
    draft.add(f"CREATE CAST ({second} AS {first}) WITH INOUT")
    draft.add("CREATE CAST (integer AS oidvector) WITH INOUT")
    draft.made("CAST", "(integer AS oidvector)")


def _conversion(draft: Draft) -> None:
    name = draft.local()
    draft.add(f"CREATE CONVERSION {name} FOR 'LATIN1' TO 'UTF8' FROM pg_catalog.iso8859_1_to_utf8")
    draft.made("CONVERSION", name)
    if draft.chance(0.3):
        draft.add(f"ALTER CONVERSION {name} OWNER TO {ROLES[0]}")


def _transform(draft: Draft) -> None:
    draft.add(
        "CREATE TRANSFORM FOR integer LANGUAGE sql (FROM SQL WITH FUNCTION"
        " pg_catalog.prsd_lextype(internal), TO SQL WITH FUNCTION pg_catalog.int4recv(internal))"
    )
    draft.made("TRANSFORM", "FOR integer LANGUAGE sql")


def _text_search(draft: Draft) -> None:
    """A parser and a template over built-in functions, with what is built on them."""
    parser, template, dictionary, configuration = (draft.local() for _ in range(4))
    draft.add(
        f"CREATE TEXT SEARCH PARSER {parser} (START = prsd_start, GETTOKEN = prsd_nexttoken,"
        " END = prsd_end, HEADLINE = prsd_headline, LEXTYPES = prsd_lextype)"
    )
    draft.add(
        f"CREATE TEXT SEARCH TEMPLATE {template} (INIT = dsimple_init, LEXIZE = dsimple_lexize)"
    )
    draft.add(f"CREATE TEXT SEARCH DICTIONARY {dictionary} (TEMPLATE = {template})")
    draft.add(f"CREATE TEXT SEARCH CONFIGURATION {configuration} (PARSER = {parser})")
    draft.add(
        f"ALTER TEXT SEARCH CONFIGURATION {configuration}"
        f" ADD MAPPING FOR word, asciiword WITH {dictionary}, pg_catalog.simple"
    )
    named = (("PARSER", parser), ("TEMPLATE", template), ("DICTIONARY", dictionary))
    for kind, name in (*named, ("CONFIGURATION", configuration)):
        draft.made(f"TEXT SEARCH {kind}", name)
    if draft.chance(0.3):
        draft.add(f"ALTER TEXT SEARCH DICTIONARY {dictionary} OWNER TO {ROLES[0]}")


def _wrapper(draft: Draft) -> None:
    """A wrapper without a handler, a server and a foreign table, none of which can be read."""
    wrapper, server, table = draft.name(), draft.name(), draft.local()
    draft.add(f"CREATE FOREIGN DATA WRAPPER {wrapper} OPTIONS (debug {literal('it' + chr(39))})")
    draft.add(
        f"CREATE SERVER {server} TYPE 'ma''de' VERSION '1' FOREIGN DATA WRAPPER {wrapper}"
        f" OPTIONS ({draft.name()} {literal('größe')})"
    )
    draft.add(
        f"CREATE FOREIGN TABLE {table} ({draft.name()} integer OPTIONS ({draft.name()} 'x')"
        f" NOT NULL, {draft.name()} text DEFAULT 'x') SERVER {server} OPTIONS (a '%s')"
    )
    draft.made("FOREIGN DATA WRAPPER", wrapper)
    draft.made("SERVER", server)
    draft.made("FOREIGN TABLE", table)
    if draft.chance(0.4):
        draft.add(f"GRANT USAGE ON FOREIGN DATA WRAPPER {wrapper} TO {ROLES[0]}")
        draft.add(f"GRANT USAGE ON FOREIGN SERVER {server} TO {ROLES[1]} WITH GRANT OPTION")
        draft.add(f"GRANT SELECT ON {table} TO PUBLIC")
    if draft.chance(0.3):
        draft.add(f"ALTER SERVER {server} OWNER TO {ROLES[0]}")
        draft.add(f"ALTER FOREIGN TABLE {table} OWNER TO {ROLES[0]}")


def _access_method(draft: Draft) -> None:
    """A method of tables, one of indexes, and a table that uses the first."""
    tables, indexes, table = draft.name(), draft.name(), draft.local()
    draft.add(f"CREATE ACCESS METHOD {tables} TYPE TABLE HANDLER heap_tableam_handler")
    draft.add(f"CREATE ACCESS METHOD {indexes} TYPE INDEX HANDLER bthandler")
    draft.add(f"CREATE TABLE {table} (id integer, note text) USING {tables}")
    draft.add(f"INSERT INTO {table} VALUES (1, 'a'), (2, NULL)")
    draft.add(f"CREATE MATERIALIZED VIEW {draft.local()} USING {tables} AS SELECT * FROM {table}")
    draft.made("ACCESS METHOD", tables)
    draft.made("TABLE", table)


def _large_object_of_another(draft: Draft) -> None:
    """A large object with another owner and privileges."""
    number = draft.random.randint(1_000_000, 4_000_000_000)
    draft.add(f"SELECT pg_catalog.lo_from_bytea({number}, {literal('größe' * 999)}::bytea)")
    draft.add(f"GRANT SELECT ON LARGE OBJECT {number} TO {ROLES[1]}, PUBLIC")
    draft.add(f"ALTER LARGE OBJECT {number} OWNER TO {ROLES[0]}")
    draft.made("LARGE OBJECT", str(number))


def _views_on_views(draft: Draft) -> None:
    """Materialized views over one another, with indexes and statistics, one without data."""
    if not draft.tables:
        return
    below = draft.random.choice(draft.tables).name
    for data in ("", "", draft.random.choice(("", " WITH NO DATA")), ""):
        name, number = draft.local(), draft.name()
        draft.add(
            f"CREATE MATERIALIZED VIEW {name} AS SELECT row_number() OVER () AS {number},"
            f" count(*) OVER () AS total FROM {below}{data}"
        )
        draft.add(f"CREATE UNIQUE INDEX {draft.name()} ON {name} ({number})")
        draft.add(f"CREATE STATISTICS {draft.local()} ON {number}, total FROM {name}")
        draft.made("MATERIALIZED VIEW", name)
        draft.matviews.append(name)
        below = name
    if draft.chance(0.1):
        draft.add(f"ALTER MATERIALIZED VIEW {below} OWNER TO {ROLES[0]}")


def _subscription(draft: Draft) -> None:
    """A subscription that was never connected."""
    name = draft.name()
    draft.add(
        f"CREATE SUBSCRIPTION {name} CONNECTION 'host=db.example.test dbname=x' PUBLICATION"
        f" {draft.name()} WITH (connect = false, slot_name = NONE)"
    )
    draft.made("SUBSCRIPTION", name)


KINDS: tuple[Callable[[Draft], None], ...] = (
    _language,
    _operator_class,
    _operators,
    _cast,
    _conversion,
    _transform,
    _text_search,
    _wrapper,
    _access_method,
    _large_object_of_another,
    _views_on_views,
    _subscription,
)
