"""Samples columns of the source, and keeps only what their values look like."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from privaci_core.catalog.privileges import unreadable
from privaci_core.detect.inner_texts import (
    DOCUMENT,
    contains_others,
    holds_documents,
    is_as_document,
    leaves_of,
    texts_in,
)
from privaci_core.detect.recognise import PROSE_WORDS, Looks, looks_of
from privaci_core.detect.row_repeats import repeats_in
from privaci_core.detect.sample_query import CHARACTERS, PAGES, UNIT, sample_query
from privaci_core.detect.statistics import read_statistics
from privaci_core.detect.value_prints import prints_inside, prints_of
from privaci_core.detect.value_words import read_words, searched_in, words_in
from privaci_core.masks.base.shape import DATES, TEXT
from privaci_core.masks.text.named_entities import share_naming_people
from privaci_core.postgres.ahead import one_ahead
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.encoding import bytes_as_stored

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from privaci_core.catalog.catalog import Catalog, Column, Place, Relation
    from privaci_core.detect.statistics import Statistics
    from privaci_core.postgres.session import Connection

    # Of one row; a database without an encoding gives bytes.
    Values = list[str | bytes | None]

# How many tables one statement samples, and of how many pages: their rows are in memory at once.
GROUP_TABLES, GROUP_PAGES = 50, 250
# Texts of a column that a language model reads: more take long and add little.
TEXTS = 50
PAGE_BYTES = 8192
SAMPLED = TEXT | DOCUMENT | DATES | {"int8", "numeric"}
# Texts of so many words on average may have names in them.
WORDS_OF_TEXTS = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What the sampled values of a column look like; in documents, those at each path."""

    looks: Looks = field(default_factory=Looks)
    paths: dict[str, Looks] = field(default_factory=dict)
    # How many documents were sampled.
    documents: int = 0
    # The paths whose scalars are all numbers.
    numeric: frozenset[str] = frozenset()
    # The share of sentences in which a language model finds a person, where nothing else does.
    naming: float = 0.0
    # The columns of its table whose values its texts repeat, and in which share of the rows.
    repeats: dict[str, float] = field(default_factory=dict)
    # Numbers that stand for some of its values, to compare columns with one another.
    prints: frozenset[int] = frozenset()
    # The same for what is inside of its texts.
    inside: frozenset[int] = frozenset()
    # What the search for originals would look for if the column were masked, and what is in it.
    searched: bytes = b""
    words: bytes = b""
    # Of dates: how many differ, and the first and the last year without outliers.
    distinct: int = 0
    years: tuple[int, int] | None = None
    # What the planner knows of the whole column.
    statistics: Statistics | None = None


def read_contents(
    source: Connection, catalog: Catalog, listed: Container[tuple[str, str, str]]
) -> dict[Place, Contents]:
    """Sample the columns that may hold personal data; of listed ones keep only prints of values."""
    tables = [table for table in catalog.row_tables if table.partition_of is None]
    hidden = unreadable(source, [(table.schema, table.name) for table in tables])
    seen = [table for table in tables if (table.schema, table.name) not in hidden]
    samples, known = _samples(catalog, seen, listed), read_statistics(source, catalog)
    groups = ([*_read_group(source, group)] for group in _groups(samples))
    with closing(one_ahead(source, groups)) as read:
        return {
            (place := (sample.table.oid, name)): replace(
                contents, statistics=known.get(place) if contents.looks.sampled else None
            )
            for group in read
            for sample, rows in group
            for name, contents in _with_repeats(sample, rows)
        }


def _samples(
    catalog: Catalog, tables: Iterable[Relation], listed: Container[tuple[str, str, str]]
) -> list[Sample]:
    """What is read of each table: open columns, and where texts are open the listed texts."""
    pages = pages_of(catalog)
    opened = {table: tuple(sampled_columns(catalog, table, listed)) for table in tables}
    compares = any(each.scalar_type in TEXT for columns in opened.values() for each in columns)
    watched = {
        table: tuple(_listed_texts(catalog, table, columns)) if compares else ()
        for table, columns in opened.items()
    }
    return [
        Sample(table=table, columns=columns, watched=watched[table], pages=pages[table.oid])
        for table, columns in opened.items()
        if columns or watched[table]
    ]


def _listed_texts(catalog: Catalog, table: Relation, opened: Sequence[Column]) -> Iterator[Column]:
    for column in catalog.columns.get(table.oid, ()):
        if column.scalar_type in TEXT and not column.generated and column not in opened:
            yield column


def _with_repeats(sample: Sample, rows: Sequence[Values]) -> Iterator[tuple[str, Contents]]:
    """The contents of each column; of texts also what they repeat of their rows."""
    contents = [
        Contents(prints=prints_of(values), searched=searched_in(values))
        if column in sample.watched
        else contents_of(column, values)
        for column, values in _by_column(sample, rows)
    ]
    texts = [place for place, each in enumerate(contents) if each.looks.words >= PROSE_WORDS]
    names = [column.name for column in sample.all]
    repeated = repeats_in([_texts(row) for row in rows], texts, names) if texts else {}
    for place, each in enumerate(contents):
        yield names[place], replace(each, repeats=repeated.get(place, {}))


def _texts(row: Values) -> list[str | None]:
    return [None if value is None else _text(value) for value in row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What is to be read of a table that has so many pages."""

    table: Relation
    columns: tuple[Column, ...]
    pages: int
    # Listed columns, whose values are only compared with those of the others.
    watched: tuple[Column, ...] = ()

    @property
    def all(self) -> tuple[Column, ...]:
        """The columns in the order in which they are read."""
        return (*self.columns, *self.watched)

    @property
    def most_pages(self) -> int:
        """How much its rows may take: documents are long, and may lie outside these pages."""
        documents = any(contains_others(column) for column in self.columns)
        return GROUP_PAGES if documents else min(self.pages, PAGES)


def _groups(samples: Iterable[Sample]) -> Iterator[list[Sample]]:
    """Samples that one statement reads: of many small tables, or of one that is larger."""
    group: list[Sample] = []
    for sample in samples:
        pages = sum(each.most_pages for each in (*group, sample))
        if group and (pages > GROUP_PAGES or len(group) == GROUP_TABLES):
            yield group
            group = []
        group.append(sample)
    if group:
        yield group


def sampled_columns(
    catalog: Catalog, table: Relation, listed: Container[tuple[str, str, str]]
) -> Iterator[Column]:
    """The columns of a table that are sampled: stored ones of types that can hold such data."""
    for column in catalog.columns.get(table.oid, ()):
        is_listed = (table.schema, table.name, column.name) in listed
        may_tell = column.scalar_type in SAMPLED or contains_others(column)
        if may_tell and not column.generated and not is_listed:
            yield column


def pages_of(catalog: Catalog) -> Counter[int]:
    """How many pages each table has, its partitions counted in."""
    heap: Counter[int] = Counter()
    for leaf in catalog.tables:
        heap[catalog.root(leaf).oid] += leaf.heap_bytes
    return Counter({oid: size // PAGE_BYTES for oid, size in heap.items()})


def _read_group(
    source: Connection, group: Sequence[Sample]
) -> Iterator[tuple[Sample, list[Values]]]:
    """Each sample with its rows; of a group that cannot be read, one table after the other."""
    if len(group) > 1 and (rows := _rows_of_all(source, group)):
        yield from zip(group, rows, strict=True)
        return
    for sample in group:
        with driver_errors(f"Sampling {sample.table.qualified}"):
            (found,) = _rows(source, [sample])
        yield sample, found


def _rows_of_all(source: Connection, group: Sequence[Sample]) -> list[list[Values]] | None:
    """The rows of a group, or None: an error would not say which of its tables has it."""
    try:
        # The rollback gives the locks on the tables' indexes back.
        with source.transaction(force_rollback=True):
            return _rows(source, group)
    except psycopg.Error:
        return None


def _rows(source: Connection, group: Sequence[Sample]) -> list[list[Values]]:
    """The sampled rows of each table."""
    width = max(len(sample.all) for sample in group)
    queries = [_numbered(place, sample, width) for place, sample in enumerate(group)]
    statement = sql.SQL(" UNION ALL ").join(queries).as_bytes(source)
    with bytes_as_stored(source):
        found = source.execute(statement).fetchall()
    rows: list[list[Values]] = [[] for _ in group]
    for place, *values in found:
        rows[place].append(values)
    return rows


def _numbered(place: int, sample: Sample, width: int) -> sql.Composed:
    """The query of a sample whose rows begin with its place, and all have so many values."""
    filled = sql.SQL(", NULL::pg_catalog.text") * (width - len(sample.all))
    return sql.SQL("(SELECT {}, sampled.*{} FROM ({}) AS sampled)").format(
        sql.Literal(place), filled, sample_query(sample.table, sample.all, sample.pages)
    )


def _by_column(sample: Sample, rows: Sequence[Values]) -> Iterator[tuple[Column, list[str]]]:
    """The values of each column, without NULL."""
    columns = zip(*rows, strict=True) if rows else ((),) * len(sample.all)
    for column, values in zip(sample.all, columns, strict=False):
        yield column, [v if isinstance(v, str) else _text(v) for v in values if v is not None]


def _text(value: str | bytes) -> str:
    """The text of a value; a database without an encoding gives bytes, and may cut a letter."""
    return value if isinstance(value, str) else value.decode(errors="replace")


def contents_of(column: Column, values: list[str]) -> Contents:
    """What the sampled values of a column look like."""
    if is_as_document(column):
        return _of_documents(column, values)
    if column.scalar_type in DATES:
        return Contents(distinct=len(set(values)), years=_years(values))
    if column.is_array:
        values = [element for value in values for element in value.split(UNIT)]
    if column.scalar_type == "xml":
        return _of_documents(column, values)
    if contains_others(column):
        texts = texts_in(column, values)
        return Contents(looks=looks_of(texts), words=words_in(texts))
    documents = values if not column.is_array and holds_documents(values) else []
    values = [value[:CHARACTERS] for value in values]
    looks = looks_of(values)
    undecided = looks.words >= PROSE_WORDS and not looks.telling
    naming = share_naming_people(sorted(set(values))[:TEXTS]) if undecided else 0.0
    inside = prints_inside(values) if looks.words >= WORDS_OF_TEXTS else frozenset()
    read = read_words(values)
    return replace(
        _of_documents(column, documents) if documents else Contents(),
        looks=looks,
        naming=naming,
        prints=prints_of(values),
        inside=inside,
        searched=read.searched(),
        words=read.contained(),
    )


def _of_documents(column: Column, values: list[str]) -> Contents:
    leaves = leaves_of(column, values)
    paths = {path: looks_of(texts) for path, texts in leaves.common()}
    words = words_in(text for texts in leaves.texts.values() for text in texts)
    numeric = frozenset(paths) - leaves.with_text
    return Contents(paths=paths, documents=leaves.documents, numeric=numeric, words=words)


def _years(dates: list[str]) -> tuple[int, int] | None:
    """The first and the last year, without the outliers: 1900-01-01, say, often means no date."""
    of_our_era = (date[:4] for date in dates if not date.endswith("BC"))
    years = sorted(int(year) for year in of_our_era if year.isdigit())
    outliers = len(years) // 50
    middle = years[outliers : len(years) - outliers]
    return (middle[0], middle[-1]) if middle else None
