"""`create` fills every kind of column, and what it fills can be inserted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from psycopg import sql
from testdata.made import built, bundle_of, insert

from privaci_core.testdata.errors import NothingToFind, SeedFailed
from privaci_core.testdata.load_scenario import ScenarioError

if TYPE_CHECKING:
    from psycopg import Connection

pytestmark = pytest.mark.postgres

# By what it shows: the definition of a table t beside its key.
COLUMNS = {
    "types": "a smallint NOT NULL, b integer NOT NULL, c bigint NOT NULL, d numeric(5,2) NOT NULL,"
    " e real NOT NULL, f boolean NOT NULL, g text NOT NULL, h varchar(3) NOT NULL,"
    " i char(4) NOT NULL, j date NOT NULL, k timestamp NOT NULL, l timestamptz(0) NOT NULL,"
    " m time NOT NULL, n interval NOT NULL, o uuid NOT NULL, p json NOT NULL, q jsonb NOT NULL,"
    " r bytea NOT NULL, s inet NOT NULL, t cidr NOT NULL, u macaddr NOT NULL, v bit(7) NOT NULL,"
    " w varbit(9) NOT NULL, x point NOT NULL, y xml NOT NULL, z tsvector NOT NULL",
    "rare types": "a box NOT NULL, b path NOT NULL, c polygon NOT NULL, d circle NOT NULL,"
    " e line NOT NULL, f lseg NOT NULL, g money NOT NULL, h timetz NOT NULL, i macaddr8 NOT NULL,"
    ' j "char" NOT NULL, k name NOT NULL, l oid NOT NULL, m regclass NOT NULL, n pg_lsn NOT NULL,'
    " o tsquery NOT NULL, p jsonpath NOT NULL, q numeric(2,4) NOT NULL, r numeric NOT NULL,"
    " s xid NOT NULL, t tid NOT NULL, u int2vector NOT NULL, v refcursor NOT NULL",
    "ranges": "a int4range NOT NULL, b daterange NOT NULL, c tstzrange NOT NULL,"
    " d numrange NOT NULL, e tsrange NOT NULL, f int8range NOT NULL",
    "arrays": "a text[] NOT NULL, b integer[] NOT NULL, c jsonb[] NOT NULL",
    "defaults": "a text NOT NULL DEFAULT 'x', b timestamptz NOT NULL DEFAULT now(),"
    " c uuid NOT NULL DEFAULT gen_random_uuid(), d serial, e integer NOT NULL DEFAULT 1 + 1",
    "identity": "a bigint GENERATED ALWAYS AS IDENTITY, b text NOT NULL",
    "generated": "a integer NOT NULL, b integer GENERATED ALWAYS AS (a * 2) STORED CHECK (b > 10)",
    "list": "a text NOT NULL CHECK (a IN ('x', 'y')), b varchar(9) CHECK (b = 'p' OR b = 'q')",
    "bounds": "a integer NOT NULL CHECK (a BETWEEN 5 AND 6), b numeric(4,1) NOT NULL"
    " CHECK (b > 0 AND b < 1), c date NOT NULL CHECK (c > '2031-01-01'), d bigint NOT NULL"
    " CHECK (d < 0)",
    "lengths": "a text NOT NULL CHECK (char_length(a) = 12), b text NOT NULL"
    " CHECK (length(b) <= 3), c text NOT NULL CHECK (length(c) >= 40)",
    "columns compared": "a date NOT NULL, b date NOT NULL, CHECK (a < b), c integer NOT NULL,"
    " d integer NOT NULL, CHECK (c >= d * 2), CHECK (d > 1000)",
    "patterns": r"a text NOT NULL CHECK (a ~ '^[A-Z]{3}-\d{4}$'), b text NOT NULL"
    " CHECK (b LIKE 'INV-%'), c text NOT NULL CHECK (c ~* '^(red|green)+$'),"
    " d text NOT NULL CHECK (upper(d) = d)",
    "one of two": "a integer, b integer, CHECK (num_nonnulls(a, b) = 1)",
    "implied": "status text NOT NULL CHECK (status IN ('closed', 'lost')), closed_at timestamptz,"
    " CHECK (status = 'open' OR closed_at IS NOT NULL)",
    "sum": "net numeric(8,2) NOT NULL, vat numeric(8,2) NOT NULL, gross numeric(8,2) NOT NULL,"
    " CHECK (gross = net + vat)",
    "unique": "a smallint UNIQUE NOT NULL, b text NOT NULL, c boolean NOT NULL, UNIQUE (b, c)",
    "no rule": "a text, b integer",
    "quoted": '"a%s" integer NOT NULL CHECK ("a%s" % 7 = 3), "B ""q" text NOT NULL UNIQUE',
}


def test_each_kind_of_column_is_filled(connection: Connection[Any]) -> None:
    """Six rows of each table are filled in two requests, and the server takes them."""
    tables = [
        f'CREATE TABLE public."{shown}" (id integer PRIMARY KEY, {columns})'
        for shown, columns in COLUMNS.items()
    ]
    facts = built(connection, ";".join(tables))
    for shown in COLUMNS:
        rows = f"rows: {{ t: {{ create: 'public.{shown}', count: 3 }} }}"
        made = bundle_of(connection, facts, rows)
        insert(connection, facts, made)
        again = bundle_of(connection, facts, rows)
        insert(connection, facts, again)
        assert len({row.key["id"] for row in (*made.rows, *again.rows)}) == 6, shown


TYPES = """
CREATE TYPE public.mood AS ENUM ('sad', 'glad');
CREATE TYPE public.pair AS (one integer, two text);
CREATE TYPE public.span AS RANGE (subtype = numeric);
CREATE DOMAIN public.positive AS integer CHECK (VALUE > 0) CHECK (VALUE < 3);
CREATE DOMAIN public.code AS text NOT NULL CHECK (VALUE ~ '^[a-f]{2}[0-9]$');
CREATE DOMAIN public.narrow AS public.positive CHECK (VALUE <> 1);
CREATE DOMAIN public.begun AS text DEFAULT 'new' CHECK (VALUE <> '');
CREATE DOMAIN public.never AS "char" NOT NULL;
CREATE DOMAIN public.unset AS public.never DEFAULT NULL;
CREATE TABLE public.t (id integer PRIMARY KEY, a public.mood NOT NULL, b public.pair NOT NULL,
    c public.span NOT NULL, d public.positive NOT NULL, e public.code, f public.narrow NOT NULL,
    g public.begun NOT NULL, h public.mood[] NOT NULL, i public.positive[] NOT NULL,
    j public.unset)
"""


def test_types_that_a_person_made_are_filled(connection: Connection[Any]) -> None:
    """Enums, composites, ranges, domains over domains and arrays of them get values of theirs."""
    facts = built(connection, TYPES)
    made = bundle_of(connection, facts, "rows: { t: { create: public.t, count: 3 } }")
    insert(connection, facts, made)
    assert {row.values["f"] for row in made.rows} == {"2"}
    assert {row.values["g"] for row in made.rows} == {"new"}


def test_an_exclusion_is_kept(connection: Connection[Any]) -> None:
    """Rows of one room get periods that do not overlap, beside those that exist."""
    facts = built(
        connection,
        "CREATE TABLE public.t (id integer PRIMARY KEY, during daterange NOT NULL,"
        " EXCLUDE USING gist (during WITH &&));"
        "INSERT INTO public.t VALUES (1, '[2019-01-01,2024-06-01)')",
    )
    made = bundle_of(connection, facts, "rows: { t: { create: public.t, count: 3 } }")
    insert(connection, facts, made)
    assert len(made.rows) == 3


PARTITIONED = {
    "list": ("LIST (kind)", "FOR VALUES IN ('eu', 'us')"),
    "range": ("RANGE (day)", "FOR VALUES FROM ('2031-01-01') TO ('2032-01-01')"),
    "hash": ("HASH (id)", "FOR VALUES WITH (MODULUS 2, REMAINDER 1)"),
}


def test_a_row_has_a_partition(connection: Connection[Any]) -> None:
    """Keys of partitioned tables and of partitions are drawn until a partition takes them."""
    facts = built(
        connection,
        ";".join(
            f"CREATE TABLE public.{how} (id integer NOT NULL, kind text NOT NULL,"
            f" day date NOT NULL, PRIMARY KEY (id, kind, day)) PARTITION BY {by};"
            f"CREATE TABLE public.{how}_1 PARTITION OF public.{how} {bounds}"
            for how, (by, bounds) in PARTITIONED.items()
        ),
    )
    for how in PARTITIONED:
        rows = f"rows: {{ t: {{create: public.{how}, count: 2}}, p: {{create: public.{how}_1}} }}"
        insert(connection, facts, bundle_of(connection, facts, rows))


def test_a_table_without_a_partition_is_refused(connection: Connection[Any]) -> None:
    """A partitioned table that no row fits is refused, and the error names what is missing."""
    facts = built(
        connection,
        "CREATE TABLE public.t (id integer PRIMARY KEY) PARTITION BY LIST (id)",
    )
    with pytest.raises(SeedFailed, match="the partitions of t"):
        bundle_of(connection, facts, "rows: { t: { create: public.t } }")


FAMILY = """
CREATE TABLE public.org (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE public.person (org integer NOT NULL REFERENCES public.org, id integer NOT NULL,
    boss integer, PRIMARY KEY (org, id), FOREIGN KEY (org, boss) REFERENCES public.person);
CREATE TABLE public.badge (id serial PRIMARY KEY, org integer NOT NULL, person integer NOT NULL,
    spare_org integer REFERENCES public.org, UNIQUE (org, person),
    FOREIGN KEY (org) REFERENCES public.org, FOREIGN KEY (org, person) REFERENCES public.person);
"""


def test_missing_parents_are_created_in_order(connection: Connection[Any]) -> None:
    """A row of empty tables brings its parents, before it; keys that share columns agree."""
    facts = built(connection, FAMILY)
    made = bundle_of(connection, facts, "rows: { badge: { create: public.badge, count: 3 } }")
    insert(connection, facts, made)
    tables = [row.table for row in made.rows]
    assert tables.index("public.org") < tables.index("public.person") < tables.index("public.badge")
    # The unique key of badges needs a person for each.
    assert tables.count("public.person") == 3
    assert made.rows[-1].role == "badge"
    assert made.rows[0].role.startswith("badge/")


def test_existing_parents_are_chosen(connection: Connection[Any]) -> None:
    """A row refers to parents that exist, other than those that a run has."""
    facts = built(
        connection,
        FAMILY + "INSERT INTO public.org (name) VALUES ('a'), ('b');"
        "INSERT INTO public.person (org, id) VALUES (1, 7), (2, 8);"
        "CREATE TABLE public.taken AS SELECT 'public.person' AS relation,"
        """ '{"org": "1", "id": "7"}'::jsonb AS key""",
    )
    taken = sql.Identifier("public", "taken")
    rows = "rows: { badge: { create: public.badge } }"
    made = bundle_of(connection, facts, rows, taken=taken)
    insert(connection, facts, made)
    (badge,) = made.rows
    assert (badge.values["org"], badge.values["person"]) == ("2", "8")


def test_a_parent_of_one_row_is_free(connection: Connection[Any]) -> None:
    """Where a unique key allows one row for each parent, or pair of them, free ones are found."""
    facts = built(
        connection,
        "CREATE TABLE public.a (id integer PRIMARY KEY); CREATE TABLE public.b (LIKE public.a"
        " INCLUDING ALL); INSERT INTO public.a SELECT generate_series(1, 150);"
        "INSERT INTO public.b SELECT generate_series(1, 110);"
        "CREATE TABLE public.one (a integer PRIMARY KEY REFERENCES public.a);"
        "CREATE TABLE public.two (a integer REFERENCES public.a, b integer REFERENCES public.b,"
        " PRIMARY KEY (a, b));"
        "INSERT INTO public.one SELECT n FROM generate_series(1, 149) AS n;"
        "INSERT INTO public.two SELECT a.id, b.id FROM public.a, public.b",
    )
    rows = "rows: { one: { create: public.one, count: 2 }, two: { create: public.two } }"
    made = bundle_of(connection, facts, rows)
    insert(connection, facts, made)
    assert made.of_role("one")[0].key == {"a": "150"}


def test_a_reference_fills_the_rest_of_its_key(connection: Connection[Any]) -> None:
    """`@role` in one column of a key takes the key's other columns from the same row."""
    facts = built(connection, FAMILY)
    rows = """
default_constraints: { name: Ada }
rows:
  badge: { create: public.badge, values: { person: "@person" }, count: 2 }
  person: { create: public.person, values: { org: "@org", id: 41 }, count: 1 }
  org: { create: public.org, values: { name: "{name} & Co" } }
  other: { create: public.org, values: { name: "@org.name" } }
"""
    with pytest.raises(SeedFailed, match="badge_org_person_key"):
        bundle_of(connection, facts, rows)
    made = bundle_of(connection, facts, rows.replace("count: 2", "count: 1"))
    insert(connection, facts, made)
    ((org,), (badge,)) = (made.of_role(role) for role in ("org", "badge"))
    assert badge.values["org"] == org.values["id"]
    assert badge.values["person"] == "41"
    assert made.of_role("other")[0].values["name"] == "Ada & Co"


def test_a_circle_of_parents_is_refused_by_its_edge(connection: Connection[Any]) -> None:
    """Two tables that need one another are refused, and the key that closes the circle is named."""
    facts = built(
        connection,
        "CREATE TABLE public.a (id integer PRIMARY KEY, b integer NOT NULL);"
        "CREATE TABLE public.b (id integer PRIMARY KEY, a integer NOT NULL REFERENCES public.a);"
        "ALTER TABLE public.a ADD FOREIGN KEY (b) REFERENCES public.b",
    )
    with pytest.raises(SeedFailed, match=r"public\.b\(a\) refers to public\.a"):
        bundle_of(connection, facts, "rows: { a: { create: public.a } }")


def test_rows_refer_to_themselves_or_to_nothing(connection: Connection[Any]) -> None:
    """A key into its own table is NULL where it may be, else the row's own."""
    facts = built(
        connection,
        "CREATE TABLE public.a (id serial PRIMARY KEY, up integer REFERENCES public.a,"
        " top integer NOT NULL REFERENCES public.a)",
    )
    made = bundle_of(connection, facts, "rows: { a: { create: public.a } }")
    insert(connection, facts, made)
    (row,) = made.rows
    assert row.values["up"] is None
    assert row.values["top"] == row.values["id"]


PEOPLE = """
CREATE TABLE public.member (id serial PRIMARY KEY, email text NOT NULL UNIQUE, first_name text,
    last_name varchar(9), date_of_birth date NOT NULL, phone text, status text NOT NULL,
    deleted_at timestamptz, level text NOT NULL DEFAULT 'low' CHECK (level IN ('low', 'high')))
"""
TWO = "rows: { m: { create: public.member, values: { status: ok }, count: 2 } }"


def test_the_same_seed_gives_the_same_rows(connection: Connection[Any]) -> None:
    """Rows depend on the seed alone, apart from sequences; each row has values of its own."""
    facts = built(connection, PEOPLE)
    first, same, other = (bundle_of(connection, facts, TWO, seed=seed) for seed in ("1", "1", "2"))

    def values_of(bundle: Any) -> list[dict[str, Any]]:
        return [{**row.values, "id": None} for row in bundle.rows]

    assert values_of(first) == values_of(same)
    assert values_of(first) != values_of(other)
    one, two = values_of(first)
    assert one["email"] != two["email"]
    assert one["email"].endswith(("example.test", "example.com", "example.org", "example.net"))
    assert one["deleted_at"] is None


def test_made_up_texts_are_marked(connection: Connection[Any]) -> None:
    """`made_up` puts FAKE_ before texts that are filled in and have room, not before given ones."""
    facts = built(connection, PEOPLE)
    (row, _) = bundle_of(connection, facts, f"made_up: true\n{TWO}").rows
    assert str(row.values["email"]).startswith("FAKE_")
    assert row.values["status"] == "ok"
    assert row.values["level"] in {"low", "high"}
    assert len(row.values["last_name"] or "") <= 9


FOUND = (
    PEOPLE
    + """;
INSERT INTO public.member (email, date_of_birth, status)
SELECT n || '@example.test', '2000-01-01', CASE WHEN n % 2 = 0 THEN 'active' ELSE 'gone' END
FROM generate_series(1, 6) AS n;
CREATE TABLE public.taken AS SELECT 'public.member' AS relation, '{"id": "2"}'::jsonb AS key
"""
)


def test_free_rows_are_found(connection: Connection[Any]) -> None:
    """Rows of a role are those that match, belong to no other run, and to no other role."""
    facts = built(connection, FOUND)
    rows = """
default_constraints: { status: active, ids: [1, 3, 5] }
rows:
  one: { find: public.member, where: { status: "{status}", deleted_at: null }, reserve: true }
  two: { find: public.member, where: { status: "{status}" } }
  odd: { find: public.member, where: { id: "{ids}" }, count: 2 }
  same: { find: public.member, where: { id: "@one" } }
"""
    taken = sql.Identifier("public", "taken")
    with pytest.raises(NothingToFind, match="0 of 1"):
        bundle_of(connection, facts, rows, taken=taken)
    made = bundle_of(connection, facts, rows.partition("  same")[0], taken=taken)
    assert [row.key["id"] for row in made.rows] == ["4", "6", "1", "3"]
    assert made.rows[0].reserve
    assert made.rows[0].values["status"] == "active"


def test_a_value_that_no_row_can_have_is_refused(connection: Connection[Any]) -> None:
    """A `where` of another type, or of a column without equality, is refused by its column."""
    facts = built(connection, "CREATE TABLE public.t (id integer PRIMARY KEY, doc json)")
    for where, why in (("{ id: x9 }", "id.*not of its type"), ('{ doc: "{}" }', "doc.*compared")):
        with pytest.raises(SeedFailed) as refused:
            bundle_of(connection, facts, f"rows: {{ t: {{ find: public.t, where: {where} }} }}")
        assert re.search(why, str(refused.value), re.DOTALL)
        assert "x9" not in str(refused.value)


REFUSED = {
    "a value that is no number": ("{ id: x }", r"public\.t\.id.*not of the type integer"),
    "a text that is too long": ("{ name: abcdef }", "longer than 3"),
    "a NULL": ("{ name: null }", "cannot be NULL"),
    "a key that exists": ("{ id: 1 }", "t_pkey"),
    "a value that a check forbids": (
        "{ low: 7 }",
        "what is given does not meet the check t_low_check.*Give other values for low",
    ),
}


def test_given_values_that_cannot_be_are_refused(connection: Connection[Any]) -> None:
    """A value of the scenario that the table cannot hold is refused by its column or constraint."""
    facts = built(
        connection,
        "CREATE TABLE public.t (id integer PRIMARY KEY, name varchar(3) NOT NULL,"
        " low integer CHECK (low < 5)); INSERT INTO public.t VALUES (1, 'a')",
    )
    for case, (given, why) in REFUSED.items():
        with pytest.raises(SeedFailed) as refused:
            bundle_of(connection, facts, f"rows: {{ t: {{ create: public.t, values: {given} }} }}")
        assert re.search(why, str(refused.value), re.DOTALL), case
        assert "abcdef" not in str(refused.value)


def test_a_check_that_nothing_meets_is_refused_by_name(connection: Connection[Any]) -> None:
    """A check without a solution ends after a limit, with its name and nothing written."""
    facts = built(
        connection, "CREATE TABLE public.t (id integer PRIMARY KEY, a integer CHECK (false))"
    )
    with pytest.raises(SeedFailed, match=r"t_check|t_a_check"):
        bundle_of(connection, facts, "rows: { t: { create: public.t } }")


def test_a_scenario_that_the_target_does_not_fit_is_told_whole(connection: Connection[Any]) -> None:
    """Tables, columns, keys and rules that the target lacks are told at once, with their lines."""
    facts = built(
        connection,
        f"{PEOPLE}; CREATE TABLE public.keyless"
        " (a integer, twice integer GENERATED ALWAYS AS (a * 2) STORED)",
    )
    rows = """rows:
  a: { create: public.membr }
  b: { create: public.member, values: { emial: x } }
  c: { find: public.keyless }
  d: { create: public.member, values: { email: "@b.emial" } }
  e: { create: public.keyless }
  f: { create: public.member, values: { email: "@e.twice" } }
validators:
  - { name: v, rule: "b.statu == 'x'" }
"""
    with pytest.raises(ScenarioError) as refused:
        bundle_of(connection, facts, rows)
    told = [str(finding) for finding in refused.value.findings]
    assert [line.split(",")[0] for line in told] == [
        "line 3",
        "line 5",
        "line 4",
        "line 6",
        "line 8",
    ]
    fitting = rows.replace("  a: { create: public.membr }\n", "").replace("emial", "email")
    with pytest.raises(ScenarioError) as refused:
        bundle_of(connection, facts, fitting.replace("  c: { find: public.keyless }\n", ""))
    assert "Did you mean `status`?" in str(refused.value)
    assert "the server computes public.keyless.twice" in str(refused.value)
