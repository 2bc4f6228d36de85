"""Suspects columns of holding personal data: by their names, types, tables and sampled values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from privaci_core.detect import weights
from privaci_core.detect.by_contents import (
    HALF,
    NAMES_OF_PEOPLE,
    Confidence,
    Suspicion,
    by_contents,
    by_looks,
    contradicted,
    plainly_other,
    share_of,
)
from privaci_core.detect.column_names import NEVER_SURE, SHARED_WITH_THINGS
from privaci_core.detect.document_context import contexts_of
from privaci_core.detect.inner_texts import DOCUMENT
from privaci_core.detect.key_roles import NO_KEY, key_roles
from privaci_core.detect.name_verdict import judge_name
from privaci_core.detect.sample import Contents
from privaci_core.detect.suspect_secrets import suspect_secret
from privaci_core.detect.table_context import TableContext, languages_of
from privaci_core.masks.base.shape import ADDRESSES, HARDWARE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from privaci_core.catalog.catalog import Catalog, Column, Place, Relation
    from privaci_core.detect.key_roles import KeyRole
    from privaci_core.detect.name_verdict import NameVerdict
    from privaci_core.detect.recognise import Looks

__all__ = ["Confidence", "Suspicion", "kinds_by_name", "suspicions"]

# A person's home in a table about people; elsewhere a shop's or a clinic's address.
LOCATED = frozenset({"city", "postcode", "street", "lat_lon"})
# Kinds that have types of their own.
OF_TYPES = (("ip_address", ADDRESSES), ("mac_address", frozenset(HARDWARE)))
COMPOSITE = "c"
NAME_AND_TABLE = "its name and its table's"
OTHER_WORDS = {"free_text": "its name: text of people about people"}
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
    weighed = {
        place: _with_key(verdict, keyed.get(place, NO_KEY), verdicts)
        for place, verdict in verdicts.items()
    }
    return {
        (relation.oid, name): suspicion
        for relation in catalog.row_tables
        for name, suspicion in _suspect_table(
            relation, catalog.columns.get(relation.oid, ()), weighed, contents or {}, spoken
        )
    }


def _with_key(
    verdict: NameVerdict, role: KeyRole, verdicts: Mapping[Place, NameVerdict]
) -> NameVerdict:
    """What keys add to a name: `owner` that refers to the number of a team is no person."""
    points = 0
    if role.unique and verdict.kind == "username":
        points += weights.UNIQUE_LOGIN
    elif role.unique and verdict.bare:
        points += weights.UNIQUE_NAME
    if role.refers_to and role.refers_to not in verdicts and verdict.kind in SHARED_WITH_THINGS:
        points += weights.REFERENCE
    return replace(verdict, score=verdict.score + points)


def _suspect_table(
    relation: Relation,
    columns: Iterable[Column],
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
    columns: Iterable[Column], spoken: tuple[str, ...]
) -> Iterator[tuple[str, NameVerdict]]:
    for column in columns:
        is_whole = column.scalar_kind == COMPOSITE
        type_name = "text" if is_whole else column.scalar_type
        verdict = judge_name(column.name, type_name, spoken)
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
    named = _by_name(verdict, column.scalar_type, context, contents.looks) if verdict else None
    if column.scalar_kind == COMPOSITE:
        evidence = "its name; a composite can hold anything"
        return replace(named, confidence="medium", evidence=evidence) if named else None
    if named is None:
        named = _by_type(column.scalar_type)
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


def _by_name(
    verdict: NameVerdict, type_name: str, context: TableContext, looks: Looks
) -> Suspicion | None:
    """What a name says in its table, and before its values; None where they are plainly others."""
    kind = verdict.kind
    if plainly_other(kind, looks):
        return None
    points, because = _in_table(verdict, context)
    score, evidence = verdict.score + points, f"its name and its type {type_name}{because}"
    evidence = OTHER_WORDS.get(kind, evidence)
    if kind in NAMES_OF_PEOPLE and points > 0:
        evidence = NAME_AND_TABLE
    if looks.share(kind) >= HALF:
        score, evidence = score + weights.CONFIRMED, f"its name; {share_of(kind, looks)}"
    elif contradicted(kind, looks, bare=verdict.bare):
        score = min(score + weights.CONTRADICTED, weights.HIGH - 1)
    if kind in NEVER_SURE:
        score = min(score, weights.HIGH - 1)
    confidence = _confidence(score)
    return confidence and Suspicion(kind=kind, confidence=confidence, evidence=evidence)


def _in_table(verdict: NameVerdict, context: TableContext) -> tuple[int, str]:
    """What a column's table and neighbours add to its name, and how that is said."""
    unsure = verdict.score < weights.CERTAIN and not verdict.doubted
    shared = verdict.kind in SHARED_WITH_THINGS
    if context.about == "people" and unsure:
        return weights.TABLE_OF_PEOPLE, "; its table is about people"
    if context.about == "access" and unsure and verdict.kind in {"secret", "username", "device"}:
        return weights.TABLE_OF_PEOPLE, "; its table is about people"
    if context.about == "access" and verdict.kind == "full_name":
        of_client = verdict.bare and not unsure
        return (weights.TABLE_OF_THINGS if of_client or not verdict.of_person else 0), ""
    if context.about == "things" and (shared or verdict.kind == "lat_lon"):
        return (0 if verdict.of_person or not shared else weights.TABLE_OF_THINGS), ""
    if unsure and (shared or verdict.kind in LOCATED) and context.identifies(verdict.kind):
        return weights.BESIDE_A_PERSON, "; its table is about people"
    return 0, ""


def _confidence(score: int) -> Confidence | None:
    if score >= weights.HIGH:
        return "high"
    if score >= weights.MEDIUM:
        return "medium"
    return "low" if score >= weights.LOW else None


def _part_of_name(suspicion: Suspicion, context: TableContext) -> Suspicion:
    """A bare name beside given names is a family name, and the other way round."""
    if suspicion.kind != "full_name" or suspicion.evidence != NAME_AND_TABLE:
        return suspicion
    has_first, has_last = ("first_name" in context.sure), ("last_name" in context.sure)
    if has_first == has_last:
        return suspicion
    return replace(suspicion, kind="last_name" if has_first else "first_name")


def _surer(by_name: Suspicion | None, by_values: Suspicion | None) -> Suspicion | None:
    """The surer of two suspicions; the name's where both are as sure."""
    if by_name is None or by_values is None:
        return by_name or by_values
    ranks = ("low", "medium", "high")
    surer = ranks.index(by_values.confidence) > ranks.index(by_name.confidence)
    return by_values if surer else by_name


def kinds_by_name(columns: Mapping[str, str]) -> set[str]:
    """The kinds of personal data that names and types of columns speak of, without their values."""
    found = set()
    for name, type_name in columns.items():
        verdict = judge_name(name, type_name)
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
        if found is not None and found.confidence == "high":
            sure[path] = found.kind
    if not sure:
        return _untold(column)
    listed = ", ".join(f"{path} ({kind})" for path, kind in sure.items())
    # Only documents are masked path by path.
    paths = tuple(sure.items()) if column.scalar_type in DOCUMENT else ()
    return Suspicion(
        kind="document", confidence="high", evidence=f"its paths {listed}", paths=paths
    )


def _untold(column: Column) -> Suspicion | None:
    """A composite has the members that its type names; documents can hold anything."""
    if column.scalar_kind == COMPOSITE:
        return None
    noun = "a document" if column.scalar_type in DOCUMENT else column.scalar_type
    evidence = f"{noun} can hold anything"
    return Suspicion(kind="document", confidence="medium", evidence=evidence)


def _suspect_path(
    path: str, type_name: str, context: TableContext, looks: Looks
) -> Suspicion | None:
    """What the last key of a path says in its object; else what its values say."""
    verdict = judge_name(path.replace("[*]", "").rpartition(".")[2], type_name)
    # A path is masked or left, so that few known names are no reason to leave it.
    known = replace(verdict, bare=False) if verdict else None
    named = _by_name(known, type_name, context, looks) if known else None
    if named and named.confidence == "high":
        return named
    return next(by_looks(looks, about_people=context.about == "people"), None)
