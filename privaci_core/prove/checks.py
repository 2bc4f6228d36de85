"""Lists the checks of a copy: each entry is a check in the graph, in the proof and in the docs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.prove.k_anonymity import k_anonymity
from privaci_core.prove.keys import keys_hold
from privaci_core.prove.rows import rows_are_masked, same_rows
from privaci_core.prove.search.no_originals import no_originals
from privaci_core.prove.sentences import (
    OF_TARGET_ONLY,
    say_count,
    say_exposed,
    say_key,
    say_missing_parents,
    say_originals,
    say_rows,
    say_unreviewed,
    sentences_of,
)
from privaci_core.prove.subset_closed import subset_is_closed
from privaci_core.prove.verdicts import all_columns_reviewed

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_core.prove.evidence import Evidence
    from privaci_core.prove.sentences import Say
    from privaci_core.prove.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a check proves, what finds out, and what to do about what it finds."""

    name: str
    proves: str
    remedy: str
    # Whether a target that fails it is not published.
    blocks: bool = True
    find: Callable[[Evidence], Verdict]
    # A difference as a sentence, where the verdict does not bring its own.
    say: Say

    def verdict(self, evidence: Evidence) -> Verdict:
        """What the check finds; it looks once, whoever asks."""
        if self.name not in evidence.verdicts:
            evidence.verdicts[self.name] = self.find(evidence)
        return evidence.verdicts[self.name]

    def sentences(self, verdict: Verdict) -> list[str]:
        """What the check found, in sentences that say what to do."""
        return sentences_of(verdict, self.say)


CHECKS = (
    Check(
        name="same_rows",
        proves="Every table has as many rows as the policy selects from the source's snapshot.",
        remedy="Find what writes to the target while it is loaded.",
        find=same_rows,
        say=say_count,
    ),
    Check(
        name="rows_are_masked",
        proves="Every value of every row of the target is the one that the masks sent, and masked"
        " values are none of the source's where their action changes all.",
        remedy="Find what writes to the target: nothing else may do so while it is loaded. Then"
        " begin a new refresh: privaci run.",
        find=rows_are_masked,
        say=say_rows,
    ),
    Check(
        name="no_originals",
        proves="No original that is searched appears in the target: `searched` of `originals`;"
        " `left_out` says why others are not.",
        remedy="Each line names a place and the masked column whose originals it has. Mask the"
        " place (ner_mask, json, static), or allow it with passthrough.",
        find=no_originals,
        say=say_originals,
    ),
    Check(
        name="keys_hold",
        proves="Every key, index, check, trigger, policy and column of the source has the same"
        " definition in the target, is valid and enabled, and no foreign key has orphans.",
        remedy="Create or enable these in the target, or let `on_existing_data: drop_create` create"
        " its schema again from the source's. Orphans: find what writes to the target.",
        find=keys_hold,
        say=say_key,
    ),
    Check(
        name="subset_is_closed",
        proves="No row of a subset refers to a row that was not copied; cut references and orphans"
        " of the source aside.",
        remedy="Find what writes to the target while it is loaded. If nothing does, report it.",
        find=subset_is_closed,
        say=say_missing_parents,
    ),
    Check(
        name="k_anonymity",
        proves="By the columns that could tell a person, each row looks like at least `k - 1`"
        " others of its table, and such rows have at least `l` sensitive values; where the policy"
        " names neither, it is measured alone.",
        remedy="Coarsen the columns (generalize, bucket), mask more of them, or leave such rows out"
        " with `where`.",
        find=k_anonymity,
        say=say_exposed,
    ),
    Check(
        name="all_columns_reviewed",
        proves="Every column that looks personal is masked or explicitly allowed.",
        remedy="List these columns in the policy: each with an action, or with passthrough.",
        blocks=False,
        find=all_columns_reviewed,
        say=say_unreviewed,
    ),
)
CHECK_NAMED = {check.name: check for check in CHECKS}


def verdicts(evidence: Evidence) -> dict[str, Verdict]:
    """The verdict of every check that the policy asks for and that blocks publication, by name."""
    found = {check.name: check.verdict(evidence) for check in CHECKS if check.blocks}
    return {name: verdict for name, verdict in found.items() if not verdict.not_asked}


def sentences(check: str, verdict: Verdict) -> list[str]:
    """What a check found, in sentences, whether it is of a refresh or of a target alone."""
    if check in CHECK_NAMED:
        return CHECK_NAMED[check].sentences(verdict)
    return sentences_of(verdict, OF_TARGET_ONLY[check])
