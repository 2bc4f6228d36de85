"""Suspects columns of holding personal data: by their names, types, tables and sampled values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from privaci_core.detect import weights
from privaci_core.detect.by_contents import (
    Confidence,
    Suspicion,
    are_labels,
    by_contents,
    by_looks,
    surely_tells,
)
from privaci_core.detect.document_context import contexts_of
from privaci_core.detect.inner_texts import DOCUMENT
from privaci_core.detect.key_roles import NO_KEY, key_roles
from privaci_core.detect.name_verdict import judge_name
from privaci_core.detect.names_of_things import lower_names_of_things
from privaci_core.detect.sample import Contents
from privaci_core.detect.score import LOCATED, NAME_AND_TABLE, by_name, with_key
from privaci_core.detect.suspect_secrets import suspect_secret
from privaci_core.detect.table_context import TableContext, common_prefix, languages_of, spoken_in
from privaci_core.masks.base.shape import ADDRESSES, HARDWARE, TEXT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from privaci_core.catalog.catalog import Catalog, Column, Place, Relation
    from privaci_core.detect.name_verdict import NameVerdict
    from privaci_core.detect.recognise import Looks

__all__ = ["Confidence", "Suspicion", "kinds_by_name", "suspicions"]

# Kinds that have types of their own.
OF_TYPES = (("ip_address", ADDRESSES), ("mac_address", frozenset(HARDWARE)))
COMPOSITE = "c"
NO_CONTENTS = Contents()


def suspicions(
    catalog: Catalog, contents: Mapping[Place, Contents] | None = None
) -> dict[Place, Suspicion]:
    """The columns that look personal, by what is known of them and by what was sampled."""
    spoken, keyed = languages_of(catalog), key_roles(catalog)
    verdicts = {
        (relation.oid, name): verdict
        for relation in catalog.row_tables
        for name, verdict in _verdicts(catalog.columns.get(relation.oid, ()), spoken)
    }
    # The code of a member of staff is no name, though one stands in it.
    personal = {place for place, verdict in verdicts.items() if not verdict.doubted}
    weighed = {
        place: with_key(verdict, keyed.get(place, NO_KEY), personal)
        for place, verdict in verdicts.items()
    }
    found = {
        (relation.oid, name): suspicion
        for relation in catalog.row_tables
        for name, suspicion in _suspect_table(
            relation, catalog.columns.get(relation.oid, ()), weighed, contents or {}, spoken
        )
    }
    return lower_names_of_things(catalog, contents or {}, spoken, found)


def _suspect_table(
    relation: Relation,
    columns: Collection[Column],
    weighed: Mapping[Place, NameVerdict],
    sampled: Mapping[Place, Contents],
    spoken: tuple[str, ...],
) -> Iterator[tuple[str, Suspicion]]:
    places = {column.name: (relation.oid, column.name) for column in columns}
    verdicts = {name: weighed[place] for name, place in places.items() if place in weighed}
    context = TableContext.of(relation.name, verdicts, spoken)
    for column in columns:
        contents = sampled.get((relation.oid, column.name), NO_CONTENTS)
        found = _suspect_column(column, verdicts.get(column.name), context, contents)
        if found is not None:
            yield column.name, _part_of_name(found, context)


def _verdicts(
    columns: Collection[Column], spoken: tuple[str, ...]
) -> Iterator[tuple[str, NameVerdict]]:
    prefix = common_prefix([column.name for column in columns])
    for column in columns:
        is_whole = column.scalar_kind == COMPOSITE
        type_name = "text" if is_whole else column.scalar_type
        verdict = judge_name(column.name.removeprefix(prefix), type_name, spoken)
        if verdict is not None:
            yield column.name, verdict


def _suspect_column(
    column: Column, verdict: NameVerdict | None, context: TableContext, contents: Contents
) -> Suspicion | None:
    """What the name says, unless the values disagree; else what the values say."""
    if contents.paths or column.scalar_type in {*DOCUMENT, "xml", "hstore"}:
        inner = _suspect_inner(column, context, contents)
        if inner is not None:
            return inner
    named = by_name(verdict, column.scalar_type, context, contents.looks) if verdict else None
    is_bare = verdict is not None and verdict.bare and not verdict.of_person
    if is_bare and verdict and are_labels(verdict.kind, contents):
        named = None
    if column.scalar_kind == COMPOSITE:
        evidence = "its name; a composite can hold anything"
        return replace(named, confidence="medium", evidence=evidence) if named else None
    if named is None:
        named = _by_type(column.scalar_type) or _where_people_are(column.scalar_type, context)
    found = by_contents(contents, about_people=context.about == "people")
    secret = suspect_secret(column.name, context.about, contents.looks)
    of_person = verdict is not None and verdict.of_person
    return _at_home(_surer(_surer(named, secret), found), context, of_person=of_person)


def _at_home(
    suspicion: Suspicion | None, context: TableContext, *, of_person: bool
) -> Suspicion | None:
    """A street of a table of things is only named, however well its values look like one."""
    if suspicion is None or suspicion.kind not in LOCATED - {"lat_lon"} or of_person:
        return suspicion
    if context.about != "things" or context.identifies(suspicion.kind):
        return suspicion
    is_high = suspicion.confidence == "high"
    return replace(suspicion, confidence="medium") if is_high else suspicion


def _by_type(type_name: str) -> Suspicion | None:
    kind = next((kind for kind, types in OF_TYPES if type_name in types), None)
    if kind is None:
        return None
    return Suspicion(kind=kind, confidence="high", evidence=f"its type {type_name}")


def _where_people_are(type_name: str, context: TableContext) -> Suspicion | None:
    """A point beside a person is where the person is, whatever it is called."""
    if type_name != "point" or not (context.about == "people" or context.identifies("lat_lon")):
        return None
    evidence = "its type point; its table is about people"
    return Suspicion(kind="lat_lon", confidence="high", evidence=evidence)


def _part_of_name(suspicion: Suspicion, context: TableContext) -> Suspicion:
    """A bare name beside given names is a family name, and the other way round."""
    if suspicion.kind != "full_name" or suspicion.evidence != NAME_AND_TABLE:
        return suspicion
    has_first, has_last = ("first_name" in context.sure), ("last_name" in context.sure)
    if has_first == has_last:
        return suspicion
    return replace(suspicion, kind="last_name" if has_first else "first_name")


def _surer(of_name: Suspicion | None, of_values: Suspicion | None) -> Suspicion | None:
    """The surer of two suspicions; the name's where both are as sure."""
    if of_name is None or of_values is None:
        return of_name or of_values
    ranks = ("low", "medium", "high")
    surer = ranks.index(of_values.confidence) > ranks.index(of_name.confidence)
    return of_values if surer else of_name


def kinds_by_name(columns: Mapping[str, str]) -> set[str]:
    """The kinds of personal data that names and types of columns speak of, without their values."""
    found, spoken = set(), spoken_in(columns)
    for name, type_name in columns.items():
        verdict = judge_name(name, type_name, spoken)
        if verdict and (verdict.score >= weights.MEDIUM or verdict.kind in LOCATED):
            found.add(verdict.kind)
        elif by_type := _by_type(type_name):
            found.add(by_type.kind)
    return found


def _suspect_inner(column: Column, context: TableContext, contents: Contents) -> Suspicion | None:
    """What is in a document or another value of members; an untold rest can hold anything."""
    sure = {}
    contexts = contexts_of(contents.paths, column.name, context)
    for path, looks in contents.paths.items():
        type_name = "numeric" if path in contents.numeric else "text"
        found = _suspect_path(path, type_name, contexts[path], looks)
        if found is not None and (found.confidence == "high" or _tells(found, looks)):
            sure[path] = found.kind
    if not sure:
        return _untold(column)
    listed = ", ".join(f"{path} ({kind})" for path, kind in sure.items())
    evidence = f"its paths {listed}"
    return Suspicion(
        kind="document", confidence="high", evidence=evidence, paths=tuple(sure.items())
    )


def _tells(found: Suspicion, looks: Looks) -> bool:
    """Whether texts at a path surely name people."""
    return found.kind == "free_text" and surely_tells(looks)


def _untold(column: Column) -> Suspicion | None:
    """A composite has the members that its type names; documents can hold anything.

    Texts that are documents are suspected as other texts are.
    """
    if column.scalar_kind == COMPOSITE or column.scalar_type in TEXT:
        return None
    noun = "a document" if column.scalar_type in DOCUMENT else column.scalar_type
    evidence = f"{noun} can hold anything"
    return Suspicion(kind="document", confidence="medium", evidence=evidence)


def _suspect_path(
    path: str, type_name: str, context: TableContext, looks: Looks
) -> Suspicion | None:
    """What the last key of a path says in its object; else what its values say."""
    key = path.replace("[*]", "").rpartition(".")[2].lstrip("@")
    verdict = judge_name(key, type_name, context.spoken)
    # A path is masked or left, so that few known names are no reason to leave it.
    known = replace(verdict, bare=False) if verdict else None
    named = by_name(known, type_name, context, looks) if known else None
    if named and named.confidence == "high":
        return named
    return next(by_looks(looks, about_people=context.about == "people"), None)
