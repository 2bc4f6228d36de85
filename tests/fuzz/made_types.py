"""Draws types: enums, domains, composites, ranges, and what belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuzz.names import literal, quoted
from fuzz.values import TEXTS, types_of

if TYPE_CHECKING:
    from fuzz.drafts import Draft

EXTENSIONS = ("hstore", "ltree", "citext", "cube", "pg_trgm", "btree_gist", "btree_gin", "intarray")
RANGED = {
    "text": ("[a,b)", "empty"),
    "time": ("[00:00,12:00)",),
    "inet": ("[192.0.2.1,192.0.2.9]",),
}


def extensions(draft: Draft) -> None:
    """Some extensions, in a schema of their own or in public; their types need them all."""
    for name in EXTENSIONS:
        if name not in draft.extensions:
            continue
        if name in {"hstore", "ltree", "citext", "cube"} or draft.chance(0.3):
            draft.add(f"CREATE EXTENSION IF NOT EXISTS {name} SCHEMA public")
            draft.made("EXTENSION", name)


def made_type(draft: Draft) -> None:
    """A type of one kind."""
    draft.random.choice((_enum, _domain, _domain, _composite, _range, _collation))(draft)


def _enum(draft: Draft) -> None:
    name = draft.local()
    labels = draft.random.sample(["", "it's", "größe", "A", "a", "new\nline", "%s"], k=3)
    draft.add(f"CREATE TYPE {name} AS ENUM ({', '.join(map(literal, labels))})")
    if draft.chance(0.3):
        draft.add(f"ALTER TYPE {name} ADD VALUE 'added' BEFORE {literal(labels[1])}")
    draft.types[name] = tuple(labels)
    draft.made("TYPE", name)


def _domain(draft: Draft) -> None:
    name = draft.local()
    base, values = draft.any_type()
    extra = draft.random.choice(("", "NOT NULL", "CHECK (VALUE IS NOT NULL)", "DEFAULT NULL"))
    if base == "text":
        extra = draft.random.choice(
            (extra, "CHECK (length(VALUE) < 5000)", 'COLLATE "C"', "DEFAULT 'it''s'")
        )
    draft.add(f"CREATE DOMAIN {name} AS {base} {extra}")
    if draft.chance(0.3):
        check = draft.name()
        draft.add(f"ALTER DOMAIN {name} ADD CONSTRAINT {check} CHECK (true) NOT VALID")
        draft.made("CONSTRAINT", f"{check} ON DOMAIN {name}")
    draft.types[name] = values
    draft.made("DOMAIN", name)
    if draft.chance(0.4):
        draft.types[f"{name}[]"] = ("{}", "{NULL}")


def _composite(draft: Draft) -> None:
    name = draft.local()
    attributes = [
        f"{draft.name()} {draft.any_type()[0]}" for _ in range(draft.random.randint(0, 3))
    ]
    draft.add(f"CREATE TYPE {name} AS ({', '.join(attributes)})")
    empty = f"({',' * max(len(attributes) - 1, 0)})"
    draft.types[name] = (empty,)
    draft.made("TYPE", name)
    if draft.chance(0.4):
        draft.types[f"{name}[]"] = ("{}", "{NULL}")


def _range(draft: Draft) -> None:
    name = draft.local()
    subtype = draft.random.choice(list(RANGED))
    draft.add(f"CREATE TYPE {name} AS RANGE (subtype = {subtype})")
    draft.types[name] = RANGED[subtype]
    draft.made("TYPE", name)


def _collation(draft: Draft) -> None:
    name = draft.local()
    how = draft.random.choice(
        ('FROM "C"', "(provider = icu, locale = 'de', deterministic = false)", "(locale = 'C')")
    )
    draft.add(f"CREATE COLLATION {name} {how}")
    draft.made("COLLATION", name)
    domain = draft.local()
    draft.add(f"CREATE DOMAIN {domain} AS text COLLATE {name}")
    draft.types[domain] = TEXTS[:6]


def search_configuration(draft: Draft) -> None:
    """A dictionary and a configuration of text search."""
    dictionary, configuration = draft.local(), draft.local()
    draft.add(
        f"CREATE TEXT SEARCH DICTIONARY {dictionary} (TEMPLATE = simple, stopwords = 'english')"
    )
    draft.add(f"CREATE TEXT SEARCH CONFIGURATION {configuration} (COPY = pg_catalog.simple)")
    draft.add(
        f"ALTER TEXT SEARCH CONFIGURATION {configuration}"
        f" ALTER MAPPING FOR word WITH {dictionary}, pg_catalog.english_stem"
    )
    draft.made("TEXT SEARCH DICTIONARY", dictionary)
    draft.made("TEXT SEARCH CONFIGURATION", configuration)


def operator_and_cast(draft: Draft) -> None:
    """An operator, an aggregate and a cast over functions of the draft's own."""
    function, operator = draft.local(), draft.schema() + ".<#>"
    draft.add(
        f"CREATE FUNCTION {function}(integer, integer) RETURNS integer"
        " LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2'"
    )
    draft.add(
        f"CREATE OPERATOR {operator} (FUNCTION = {function}, LEFTARG = integer, RIGHTARG = integer)"
    )
    draft.made("OPERATOR", f"{operator} (integer, integer)")
    aggregate = draft.local()
    draft.add(
        f"CREATE AGGREGATE {aggregate}(integer) (SFUNC = {function}, STYPE = integer,"
        " INITCOND = '0')"
    )
    draft.made("AGGREGATE", f"{aggregate}(integer)")
    if draft.types and draft.chance(0.5):
        name = draft.random.choice([*draft.types])
        cast = draft.local()
        draft.add(f"CREATE FUNCTION {cast}({name}) RETURNS integer LANGUAGE sql AS 'SELECT 1'")
        draft.add(f"CREATE CAST ({name} AS integer) WITH FUNCTION {cast}({name})")
        draft.made("CAST", f"({name} AS integer)")


def foreign_server(draft: Draft) -> None:
    """A foreign server with a foreign table; nothing connects to it."""
    if "postgres_fdw" not in draft.extensions:
        return
    server = draft.name()
    draft.add("CREATE EXTENSION IF NOT EXISTS postgres_fdw SCHEMA public")
    draft.add(
        f"CREATE SERVER {server} FOREIGN DATA WRAPPER postgres_fdw"
        f" OPTIONS (host 'db.example.test', dbname {literal('it is')})"
    )
    draft.made("SERVER", server)
    table = draft.local()
    type_ = draft.random.choice(types_of(draft.extensions))
    draft.add(
        f"CREATE FOREIGN TABLE {table} ({draft.name()} {type_}) SERVER {server}"
        f" OPTIONS (schema_name {literal('a schema')})"
    )
    draft.made("FOREIGN TABLE", table)


def of_type(draft: Draft) -> str:
    """A composite type for a typed table, made for it."""
    name = draft.local()
    draft.add(f"CREATE TYPE {name} AS ({quoted('id')} integer, {quoted('the note')} text)")
    return name
