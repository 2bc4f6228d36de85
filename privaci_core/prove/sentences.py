"""Says what a check found: a sentence for each place, with what to do there.

The graph, the command line, the proof's page and messages show these sentences as they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from privaci_core.postgres.names import QUOTED
from privaci_core.prove.ledgers import NO_LEDGER, NOT_THERE
from privaci_core.prove.nouns import counted, plural_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from privaci_core.prove.verdict import Verdict

    # A place and what was found there, as a sentence.
    Say = Callable[[str, Any], str]

MOST_SENTENCES = 20
WRITER = "Find what writes to the target: nothing else may while it is loaded."
AGAIN = "Then begin a new refresh: privaci run."
CREATE = "Create it in the target, or let `on_existing_data: drop_create` create it again."
ENABLE = "Enable or validate it in the target."
TRAIL = "Find who changed the audit trail: only a refresh adds lines to it."
# What a verdict says of one object of a table.
OBJECT = re.compile(r"the (?P<kind>[a-z ]+?) (?P<what>(?:is|has|calls) .+)", re.DOTALL)
# A kind's evidence in brackets.
SUSPICION = re.compile(r"(?P<kind>[^ (]+) \((?P<evidence>.*)\)", re.DOTALL)
# A table, and an object of it.
PLACE = re.compile(rf"((?:{QUOTED}|[\w-]+)\.(?:{QUOTED}|[\w-]+))(?:: (.*))?", re.DOTALL)
MISSING = "is not in the target"
AUDIT_TRAIL = "_privaci.audit_log"


def sentences_of(verdict: Verdict, say: Say) -> list[str]:
    """What is wrong by place, then what the policy allows; of many the first; then the closing."""
    wrong = verdict.wrong
    places = sorted(verdict.differences, key=lambda place: (place not in wrong, place))
    said = [each for place in places for each in sentences_at(verdict, place, say)]
    return [*first_of(said), *verdict.closing]


def sentences_at(verdict: Verdict, place: str, say: Say) -> list[str]:
    """What is said of one place."""
    if place in verdict.said:
        return list(verdict.said[place])
    if place not in verdict.wrong:
        return [f"{place} is allowed by the policy."]
    return [say(place, verdict.differences[place])]


def first_of(sentences: list[str], most: int = MOST_SENTENCES) -> list[str]:
    """The first sentences, and how many more there are."""
    more = len(sentences) - most
    return sentences[:most] + ([f"And {more:,} more."] if more > 0 else [])


def say_originals(place: str, origins: Mapping[str, int]) -> str:
    """A place that has originals, where no plan tells more of it."""
    found = ", ".join(f"{count:,} of {origin}" for origin, count in origins.items())
    return f"{place} holds originals: {found}. Mask it, or allow it with `passthrough`."


def say_count(table: str, found: Iterable[int]) -> str:
    """A table with another number of rows than the policy selects."""
    expected, there = found
    lacks = expected - there
    what = f"{counted(lacks, 'is', 'are')} missing" if lacks > 0 else f"{-lacks:,} too many"
    rows = counted(there, "row", "rows")
    return f"{table} has {rows} where the policy selects {expected:,}: {what}. {WRITER} {AGAIN}"


def say_rows(table: str, why: str) -> str:
    """A table whose rows are not those that were loaded."""
    if why == NO_LEDGER:
        return f"An earlier version loaded {table}, without a ledger. Load it again: privaci run."
    if why == NOT_THERE:
        return f"{table} is not in the target. Find who dropped it. {AGAIN}"
    return f"{table} does not hold what was loaded: {why}. {WRITER} {AGAIN}"


def say_proved_rows(table: str, why: str) -> str:
    """A table of a published target whose rows are not those that were proved."""
    if why == NO_LEDGER:
        return say_rows(table, why)
    if why == NOT_THERE:
        return f"{table} is not in the target. Find who dropped it. {AGAIN}"
    return f"{table} does not hold what was proved: {why}. Find who wrote to it. {AGAIN}"


def say_key(place: str, what: str) -> str:
    """A definition that the target lacks, or rows that refer to nothing."""
    if place.startswith(AUDIT_TRAIL):
        return f"{place}: {what}. {TRAIL}"
    table, name = _table_and_object(place)
    found = OBJECT.fullmatch(what)
    if found is None:
        return f"In {table} {what} by the foreign key {name}. {WRITER} {AGAIN}"
    if not name:
        return f"The table {table} {found['what']}. {CREATE}"
    named = name if name == found["kind"] else f"{found['kind']} {name}"
    is_there = found["what"].startswith("is ") and found["what"] != MISSING
    return f"The {named} of {table} {found['what']}. {ENABLE if is_there else CREATE}"


def _table_and_object(place: str) -> tuple[str, str]:
    """The table of a place and the object's name; a name in quotes may hold a colon."""
    found = PLACE.fullmatch(place)
    table, _, name = place.partition(": ") if found is None else (found[1], "", found[2] or "")
    return table, name


def say_missing_parents(reference: str, count: int) -> str:
    """Rows of a subset that refer to a row which is not there."""
    rows = counted(count, "row", "rows")
    verb = "refers" if count == 1 else "refer"
    return f"{rows} of {reference} {verb} to a row that was not copied. {WRITER} {AGAIN}"


def say_exposed(table: str, fewest: int) -> str:
    """A table in which too few rows look alike, where no measurement tells more of it."""
    return f"In {table} only {counted(fewest, 'row', 'rows')} may look alike. Coarsen its columns."


def say_object(name: str, what: str) -> str:
    """A definition of a published target that is not the proved one."""
    return f"The {name} {what}. Find who changed it. {AGAIN}"


def say_trail(place: str, what: str) -> str:
    """An audit trail that is not the proved one."""
    return f"{place}: {what}. {TRAIL}"


def say_unreviewed(column: str, found: str) -> str:
    """A column that looks personal and is copied."""
    parts = SUSPICION.fullmatch(found)
    kind, evidence = (parts["kind"], parts["evidence"]) if parts else (found, "its sample")
    return (
        f"{column} seems to hold {plural_of(kind)} ({evidence}) and is copied unmasked."
        " Mask it, or allow it with `passthrough`."
    )


# What `privaci verify --target-only` compares with the proof.
OF_TARGET_ONLY: Mapping[str, Say] = {
    "rows_are_proved": say_proved_rows,
    "objects_are_proved": say_object,
    "trail_is_proved": say_trail,
}
