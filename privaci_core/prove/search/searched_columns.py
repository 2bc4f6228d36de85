"""Decides which masked columns have originals to search for, and what each column may hold.

A masked column is searched only for originals that no fake can be: a text with a word that fakes do
not use, or a long code. Names of the pools, numbers and short codes may be another row's fake by
chance. Columns whose mask makes other rows' originals by design (`fpe`, `shuffle`), or coarse and
moved values, are not searched: every value of theirs is compared with what its row was sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.codecs.registry import WIRE_TYPES
from privaci_core.compiled.search import FOR_ALL, FOR_NOTHING, FOR_SURE_ONES
from privaci_core.policy import (
    Bucket,
    DateShift,
    Fake,
    Fpe,
    Generalize,
    Noise,
    Passthrough,
    Plugin,
    Pseudonym,
    Shuffle,
)

if TYPE_CHECKING:
    from privaci_core.plan.plan import ColumnPlan
    from privaci_core.policy import Action

COARSE = (Noise, DateShift, Generalize, Bucket)
# Providers whose originals many people share.
SHARED = frozenset({"city", "country", "job_title", "postcode", "user_agent"})
UNTRACEABLE = frozenset(known.name for known in WIRE_TYPES if not known.traceable)


def why_not_collected(column: ColumnPlan) -> str:
    """Why a column's originals are not searched; empty where they are."""
    if column.shape.labels:
        return "labels of enums"
    if column.shape.type_name in UNTRACEABLE:
        return "dates, times, fractions and truth values"
    return why_not_searched(column.action)


def why_not_searched(action: Action) -> str:
    """Why an action's originals are not searched, whatever their type."""
    if isinstance(action, Passthrough):
        return "passed through"
    if isinstance(action, Shuffle):
        return "shuffled: the values stay in their column"
    if isinstance(action, COARSE):
        return "moved or coarser amounts and dates"
    if isinstance(action, Fake | Pseudonym):
        if action.provider in SHARED:
            return "places, titles and browsers that many people share"
        if action.provider == "dob":
            return "dates, times, fractions and truth values"
    return ""


def searched_for(column: ColumnPlan | None) -> int:
    """What a column of the target is searched for; None stands for an unmasked one."""
    if column is None:
        return FOR_ALL
    if isinstance(column.action, (Fpe, Shuffle, *COARSE)):
        return FOR_NOTHING
    return FOR_SURE_ONES


def may_keep_its_own(column: ColumnPlan) -> bool:
    """Whether the policy itself may leave an original of the column in another of its rows."""
    return column.when is not None or isinstance(column.action, Plugin)
