"""Finds by their names columns that refer to a key of another table without a foreign key."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from privaci_core.codecs.registry import types_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from privaci_core.catalog.catalog import Catalog, Column, Place, Relation

# How a reference is known: the policy declares it, an alias names the column, or it is found.
How = Literal["declared", "alias", "name", "values"]
Words = tuple[str, ...]
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_a-zA-Z]+|\d+")
# The last word of a column that refers to a key, and the key that it may mean.
OF_KEY = frozenset({"id", "ids", "uuid", "uuids", "guid", "key", "no", "ref", "fk"})
# Names of columns that say nothing without their table's.
PLAIN = frozenset({"id", "uuid", "key", "code", "name", "title", "slug", "number", "no", "type"})
# A row of the same table, whatever the table is called.
OF_ITSELF = frozenset({"parent", "ancestor", "root", "manager", "supervisor", "boss", "reports to"})
IRREGULAR = {"people": "person", "children": "child", "men": "man", "women": "woman"}
INTEGERS, TEXTS = types_of("integer"), types_of("text")
# How well a name can fit.
EXACT = 4
# More columns of one name are no reference to one of them.
MOST_ALIKE = 3
# Nor do so many keys of one name, whose tables another word of the column has to tell.
MOST_OF_A_NAME = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftReference:
    """A column, and the key that it seems to refer to."""

    referencing: Place
    referenced: Place
    how: How
    # Of a polymorphic reference, the column that names the table, and the condition that it gives.
    type_column: str | None = None
    when: str | None = None
    # Of its sampled values, how many were looked for in the key, and how many were there.
    sampled: int | None = None
    there: int = 0
    # Whether equal values get equal fakes at both ends.
    matches: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferredKey:
    """A column that is a key by itself, with the words of its names."""

    relation: Relation
    column: Column
    is_primary: bool

    @property
    def place(self) -> Place:
        """The column."""
        return self.relation.oid, self.column.name


class _KeysByName:
    """The keys of a database by the words of their columns and tables."""

    def __init__(self, keys: Iterable[ReferredKey], masked: Collection[Place] | None) -> None:
        self.all, self.masked = tuple(keys), masked
        self.places = frozenset(key.place for key in self.all)
        self.primary = tuple(key for key in self.all if key.is_primary)
        # By the words of the key; by those of its table and of the key; of a primary key as well
        # by those of its table alone.
        self._of_column: dict[Words, list[ReferredKey]] = defaultdict(list)
        self._of_table: dict[tuple[Words, Words], list[ReferredKey]] = defaultdict(list)
        for key in self.all:
            words, table = words_of(key.column.name), words_of(key.relation.name)
            if not PLAIN.issuperset(words):
                self._of_column[words].append(key)
            for start in range(len(table)):
                self._of_table[table[start:], words].append(key)
                if key.is_primary:
                    self._of_table[table[start:], ()].append(key)

    def near(self, relation: Relation, words: Words) -> list[ReferredKey]:
        """The keys that a column's words may mean: by their own name, by their table's, or own."""
        found: dict[int, ReferredKey] = {}
        found |= {id(key): key for key in self._after(words, ())}
        if words[-1:] and words[-1] in OF_KEY:
            found |= {id(key): key for key in self._after(words[:-1], ())}
            own = self._of_table.get((words_of(relation.name), ()), ())
            found |= {id(key): key for key in own if key.relation == relation}
        for place in range(len(words)):
            of_name = self._of_column.get(words[place:], ())
            found |= {id(key): key for key in of_name if len(of_name) <= MOST_OF_A_NAME}
            found |= {id(key): key for key in self._after(words[:place], words[place:])}
        return list(found.values())

    def _after(self, stem: Words, of_key: Words) -> Iterator[ReferredKey]:
        """The keys of tables whose names end with the stem, or are the end of it."""
        yield from self._of_table.get((stem, of_key), ())
        for start in range(1, len(stem)):
            for key in self._of_table.get((stem[start:], of_key), ()):
                if words_of(key.relation.name) == stem[start:]:
                    yield key

    def concerned(self, place: Place, keys: Sequence[ReferredKey]) -> Sequence[ReferredKey]:
        """The keys, but none if neither they nor the column are masked: nothing can differ."""
        if self.masked is None or place in self.masked:
            return keys
        return keys if any(key.place in self.masked for key in keys) else ()


def references_by_name(
    catalog: Catalog, known: Iterable[Place], masked: Collection[Place] | None = None
) -> tuple[SoftReference, ...]:
    """The columns whose names mean a key of some table, but the known ones, which have a link.

    With `masked`, only references that can fail to match: an end of each is among these columns.
    """
    if masked is not None and not masked:
        return ()
    keys, linked = _KeysByName(referred_keys(catalog), masked), frozenset(known)
    return tuple(
        reference
        for relation in catalog.roots
        for column in catalog.columns.get(relation.oid, ())
        if (relation.oid, column.name) not in linked and not column.generated
        for reference in _of_column(catalog, relation, column, keys)
    )


def referred_keys(catalog: Catalog) -> Iterator[ReferredKey]:
    """The columns that an index of all rows keeps unique, by themselves or in lower case, say."""
    for relation in catalog.roots:
        for key in catalog.keys.get(relation.oid, ()):
            names = (*key.columns, *key.expression_columns)
            if key.predicate is None and len(names) == 1:
                column = catalog.column(relation, names[0])
                if column is not None and not column.is_array:
                    yield ReferredKey(relation=relation, column=column, is_primary=key.is_primary)


def _of_column(
    catalog: Catalog, relation: Relation, column: Column, keys: _KeysByName
) -> Iterator[SoftReference]:
    """The references that a column's name means; one with a column of types beside it means any."""
    place = (relation.oid, column.name)
    type_column = _type_column(catalog, relation, column)
    any_table = type_column is not None
    meant = keys.primary if any_table else keys.near(relation, words_of(column.name))
    near = keys.concerned(place, meant)
    fitting = [key for key in near if key.place != place and comparable(column, key.column)]
    if place in keys.places:
        # Two keys of one name are two tables' own; only their values could tell.
        words = words_of(column.name)
        fitting = [key for key in fitting if words_of(key.column.name) != words]
    for key in fitting if any_table else _best(relation, column, fitting):
        yield SoftReference(
            referencing=place, referenced=key.place, how="name", type_column=type_column
        )


def comparable(column: Column, key: Column) -> bool:
    """Whether a column, or an element of it, has a type whose values a key can hold."""
    families = (INTEGERS, TEXTS)
    return column.scalar_type == key.scalar_type or any(
        column.scalar_type in family and key.scalar_type in family for family in families
    )


def _type_column(catalog: Catalog, relation: Relation, column: Column) -> str | None:
    """`commentable_type` beside `commentable_id`: text or an enum."""
    *stem, last = words_of(column.name) or ("",)
    if last not in OF_KEY or not stem:
        return None
    for other in catalog.columns.get(relation.oid, ()):
        is_text = other.scalar_type in TEXTS or other.scalar_kind == "e"
        if is_text and words_of(other.name) == (*stem, "type"):
            return other.name
    return None


def _best(relation: Relation, column: Column, keys: Iterable[ReferredKey]) -> list[ReferredKey]:
    """The keys whose names fit best; of several tables, the one in the column's own schema."""
    scores = {key.place: _score(relation, column, key) for key in keys}
    most = max(scores.values(), default=0)
    best = [key for key in keys if most and scores[key.place] == most]
    near = [key for key in best if key.relation.schema == relation.schema] or best
    # A number is in many tables; a text or a UUID tells by itself which one is meant.
    ambiguous = len(near) > 1 and column.scalar_type in INTEGERS
    return [] if ambiguous or len(near) > MOST_ALIKE else near


def _score(relation: Relation, column: Column, key: ReferredKey) -> int:
    """How well a column's name fits a key: 0 if not at all."""
    words, of_key = words_of(column.name), words_of(key.column.name)
    of_table = words_of(key.relation.name)
    if not words or not of_key:
        return 0
    by_number = words[-1] in OF_KEY and key.is_primary and of_key[-1] in OF_KEY
    if key.relation == relation:
        return EXACT if by_number and " ".join(words[:-1]) in OF_ITSELF else 0
    if by_number and (fits := _fit(words[:-1], of_table)):
        return fits
    if words[-len(of_key) :] == of_key:
        telling = not PLAIN.issuperset(of_key) and column.scalar_type not in INTEGERS
        return _fit(words[: -len(of_key)], of_table) or int(telling)
    return EXACT if words == of_table and key.is_primary else 0


def _fit(stem: Words, of_table: Words) -> int:
    """How well the words before a key's name fit the name of its table."""
    if not stem or not of_table:
        return 0
    if stem == of_table:
        return EXACT
    if stem[-len(of_table) :] == of_table:
        return 3
    return 2 if of_table[-len(stem) :] == stem else 0


@cache
def words_of(name: str) -> Words:
    """The words of a name in lower case, each as one thing and not as many."""
    return tuple(_one(word.lower()) for word in WORD.findall(name))


def _one(word: str) -> str:
    if word in IRREGULAR:
        return IRREGULAR[word]
    if word.endswith("ies") and len(word) > len("ties"):
        return word[:-3] + "y"
    if word.endswith(("ses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    plural = word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > len("as")
    return word[:-1] if plural else word
