"""Gathers references without a foreign key, by names and by values, and says them in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from privaci_core.plan.column_aliases import resolve_aliases
from privaci_core.plan.inputs import Inputs
from privaci_core.plan.linked_columns import link_columns
from privaci_core.plan.reference_masks import find_references, judged, not_ignored, plans_of
from privaci_core.plan.reference_values import looked_up, references_by_value
from privaci_core.plan.review import Reference
from privaci_core.plan.rules import read_rules
from privaci_core.policy import KeyColumns
from privaci_core.postgres.names import spelled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from privaci_core.catalog.catalog import Catalog, Place
    from privaci_core.plan.plan import Plan
    from privaci_core.plan.soft_references import SoftReference
    from privaci_core.policy import Policy
    from privaci_core.postgres.session import Connection

HOW = {"declared": "a relation of the policy", "alias": "its seed_alias", "name": "its name"}
REMEDY = "Declare it under `relations`, or list the column under `implied_fk_ignore`."
SAME_RULE = "Give both the same rule."


def with_unmatched(source: Connection, catalog: Catalog, plan: Plan) -> Plan:
    """The plan with the references that will not match; what values refute is left out.

    A refresh asks the source about no others: most databases have none.
    """
    unmatched = [each for each in plan.references if not each.matches]
    named = [each for each in unmatched if each.how == "name"]
    seen = looked_up(source, catalog, named) if named else ()
    sure = [each for each in unmatched if each.how != "name"]
    return replace(plan, references=(*sure, *seen))


def references_of(
    source: Connection, catalog: Catalog, policy: Policy, plan: Plan
) -> tuple[SoftReference, ...]:
    """Every reference without a foreign key, those that will not match first."""
    inputs = Inputs(catalog=catalog, policy=policy, contents={})
    links, plans = link_columns(inputs), plans_of(plan, catalog)
    aliases = resolve_aliases(inputs, read_rules(inputs).columns, links)
    found = find_references(inputs, links, aliases, plans, everything=True)
    named = looked_up(source, catalog, [each for each in found if each.how == "name"])
    sure = [each for each in found if each.how != "name"]
    known = {each.referencing for each in (*sure, *named)} | {
        link.referencing for link in links.links
    }
    by_value = not_ignored(inputs, references_by_value(source, catalog, known))
    everything = judged((*sure, *named, *by_value), plans)
    return tuple(sorted(everything, key=lambda each: (each.matches, each.how != "declared")))


def ends_of(reference: SoftReference, catalog: Catalog) -> tuple[KeyColumns, KeyColumns]:
    """Both ends, as the policy's `relations` name them."""
    return key_of(reference.referencing, catalog), key_of(reference.referenced, catalog)


def key_of(place: Place, catalog: Catalog) -> KeyColumns:
    """A column as one end of a relation."""
    relation = catalog.by_oid[place[0]]
    return KeyColumns(schema=relation.schema, table=relation.name, columns=(place[1],))


def evidence_of(reference: SoftReference, *, quotes_class: bool = True) -> str:
    """What shows that a column refers to a key; it quotes no value but the name of a class.

    Notes are kept with the refresh, and quote none at all.
    """
    words = [HOW[reference.how]] if reference.how in HOW else []
    if reference.sampled:
        values = "value is" if reference.sampled == 1 else "values are"
        words.append(f"{reference.there} of {reference.sampled} sampled {values} there")
    if reference.type_column:
        condition = reference.when if quotes_class else None
        words.append(f"when {condition or f'{spelled(reference.type_column)} says so'}")
    return "; ".join(words)


def in_words(references: Iterable[SoftReference], catalog: Catalog) -> tuple[Reference, ...]:
    """The references as a plan shows them."""
    return tuple(
        Reference(
            referencing=catalog.path_of(each.referencing),
            referenced=catalog.path_of(each.referenced),
            evidence=evidence_of(each),
            matches=each.matches,
        )
        for each in references
    )


def unmatched_notes(plan: Plan, catalog: Catalog) -> tuple[str, ...]:
    """A note for each reference whose joins find nothing in the copy."""
    return tuple(_note(each, catalog) for each in plan.references if not each.matches)


def _note(reference: SoftReference, catalog: Catalog) -> str:
    ends = map(catalog.path_of, (reference.referencing, reference.referenced))
    said = "REFERENCE {}: refers to {}".format(*ends)
    why = evidence_of(reference, quotes_class=False)
    remedy = REMEDY if reference.how in {"name", "values"} else SAME_RULE
    return f"{said} ({why}), and the two are masked differently: joins find nothing. {remedy}"
