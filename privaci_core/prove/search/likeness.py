"""Tells which originals a fake may look like, and adds them to the index with that mark."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from privaci_core.compiled.texts import large_text
from privaci_core.policy import Bucket, Fake, Json, Pseudonym, Static
from privaci_core.prove.search.forms import Likeness

if TYPE_CHECKING:
    from privaci_core.plan.plan import Plan
    from privaci_core.policy import Action, JsonAction
    from privaci_core.prove.search.fingerprints import Index

# The forms of our fakes: an original of such a form looks like one.
LIKE_FAKES = (
    r"^(?i:\+\d{1,3}(555|000)\d+"
    r"|.*@example\.(test|com|org|net)"
    r"|192\.0\.2\..*"
    r"|198\.51\.100\..*"
    r"|203\.0\.113\..*"
    r"|2001:db8:.*"
    r"|00:00:5e:00:53:.*"
    r"|000-.*"
    r"|https?://([\w-]+\.)*example\.(test|com|org|net).*"
    r"|privaci-test-pw)$"
)
ADDRESS = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
MOMENT = r"^\d{4}-\d\d-\d\d([T ].*)?$"
# So many bytes of values are looked at together: more would only take memory.
TOGETHER_BYTES = 4 << 20


class Gathered:
    """Adds values to the index, those of many small tables together.

    What looking at a hundred values costs is the call, not the values.
    """

    def __init__(self, index: Index, likeness: pl.Expr) -> None:
        """Nothing waits yet."""
        self._index = index
        self._likeness = likeness
        self._waiting: list[tuple[int, pl.Series]] = []
        self._bytes = 0

    def add(self, number: int, values: pl.Series) -> None:
        """Add values of a column, by its number; `flush` ends the last of them."""
        values = values.drop_nulls()
        if len(values):
            self._waiting.append((number, values.alias("value")))
            self._bytes += int(values.estimated_size())
        if self._bytes >= TOGETHER_BYTES:
            self.flush()

    def add_after(self, first: int, number: int, values: pl.Series) -> None:
        """Add values of a column of a table, by the number of the table's first column."""
        self.add(first + number, values)

    def flush(self) -> None:
        """Look at what waits, and add it."""
        if not self._waiting:
            return
        values = pl.concat([values for _, values in self._waiting], rechunk=False)
        marks = values.to_frame().select(self._likeness).to_series().to_numpy()
        at = 0
        for number, values in self._waiting:
            own = np.ascontiguousarray(marks[at : at + len(values)])
            self._index.add(number, large_text(values), own)
            at += len(values)
        self._waiting, self._bytes = [], 0


def likeness_of(plan: Plan) -> pl.Expr:
    """Whether a fake of the plan may look like a value, or none can."""
    value = pl.col("value")
    like = value.str.contains(LIKE_FAKES) | value.is_in(_constants(plan).implode())
    unlike = value.str.contains(ADDRESS) & ~value.str.contains(_domains(plan))
    likeness = (
        pl.when(value.str.contains(MOMENT))
        .then(Likeness.A_MOMENT.value)
        .when(like)
        .then(Likeness.LIKE_FAKES.value)
        .when(unlike)
        .then(Likeness.UNLIKE_FAKES.value)
        .otherwise(Likeness.BY_WORDS.value)
    )
    return likeness.cast(pl.UInt8)


def _actions(plan: Plan) -> list[Action | JsonAction]:
    """Every action of the plan, those inside documents too."""
    actions = [column.action for table in plan.tables for column in table.masked]
    inside = [a for action in actions if isinstance(action, Json) for a in action.paths.values()]
    return [*actions, *inside]


def _domains(plan: Plan) -> str:
    """The domains that the policy gives to fake addresses, as a pattern."""
    actions = _actions(plan)
    given = {a.params.get("domain", "") for a in actions if isinstance(a, Fake | Pseudonym)}
    # Something that no address ends with, where the policy gives none.
    return "(?i)@(" + "|".join(map(re.escape, sorted(given - {""}) or ["\n"])) + ")"


def _constants(plan: Plan) -> pl.Series:
    """Texts that the policy itself writes into columns."""
    actions = _actions(plan)
    found = {action.value for action in actions if isinstance(action, Static)}
    found.update(
        label for action in actions if isinstance(action, Bucket) for label in action.labels or ()
    )
    return pl.Series(sorted(found), dtype=pl.String)
