"""Labels of metadata that later steps read from Dagster's event log, and their former spellings."""

from __future__ import annotations

# Of `target/schema`: remarks on the copy, the bytes of each table, the columns to review.
NOTES, SIZES, SUSPECTED = "notes", "bytes to load", "suspected columns"
# Of `target/schema`: what went into the refresh.
POLICY_DIGEST, SCHEMA_DIGEST = "policy fingerprint", "schema fingerprint"
SALT_DIGEST, SOURCE_DIGEST = "salt fingerprint", "source fingerprint"
# Of `target/schema`: each suspected column, with its evidence.
SUSPECTED_COLUMNS = "columns to review"
# Of `target/schema` the tables whose rows stay in the target, of a table that its rows do.
UNCHANGED = "unchanged"
# Of a table: rows, bytes and write counters of each of its partitions.
PARTS = "parts"
# Of `target/published`: write counters of its tables, a fingerprint of the source's definitions.
WRITE_COUNTERS, DEFINITIONS = "target write counters", "source DDL fingerprint"
# Of `target/published`: how many orphans were left out, by table.
LEFT_OUT = "orphans left out"
# Of `target/published`: where the files of the refresh are, if the policy asks for any.
FILES = "files"
# Of a check: what it found, by name.
DIFFERENCES = "differences"
# Of a check and of `target/schema`: the refresh that it is about.
REFRESH = "refresh"
# Of a check: what it found in sentences, each with what to do.
WHAT_TO_DO = "what_to_do"
# Of a check: how many places it found.
DIFFERENCE_COUNT = "difference_count"
# Of a check: why it had nothing to look at.
NOT_ASKED = "not asked for"
# Of a check of drift: each change in words, and how many of them stop a refresh.
CHANGES, AWAITING_REVIEW = "changes", "awaiting review"
# Of the held snapshot: its name, its beginning, its holder, its age, whose dead rows it keeps.
SNAPSHOT, HELD_SINCE, HELD_BY = "snapshot", "held since", "held by"
HELD_SECONDS, KEEPS = "held for seconds", "transactions since"

# Events of earlier versions stay in the log, and a refresh may resume from them.
FORMER_LABELS = {
    "left out": NOTES,
    "kept from before": UNCHANGED,
    "state of the target": WRITE_COUNTERS,
    "definitions of the source": DEFINITIONS,
    "different": DIFFERENCES,
}


def current(label: str) -> str:
    """The label that an earlier version's has become, or the label itself."""
    return FORMER_LABELS.get(label, label)
