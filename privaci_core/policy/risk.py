"""The policy's part about risk: which columns together could tell a person, and among how many."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from privaci_core.policy.strict import OrEmpty, Strict, Text, refuse
from privaci_core.policy.values import TableName  # noqa: TC001 - pydantic reads the annotations

# As many as GROUPING() takes, with room to spare.
MOST_COLUMNS = 16


def _no_repeats(names: Any) -> Any:
    if isinstance(names, list) and len(set(map(str, names))) < len(names):
        refuse("a column is named twice", "Name each column once.")
    return names


Columns = Annotated[
    tuple[Text, ...], Field(min_length=1, max_length=MOST_COLUMNS), BeforeValidator(_no_repeats)
]
AtLeast = Annotated[int, Field(ge=2, le=1_000_000)]


class Risk(Strict):
    """How well the rows of the copy hide in groups of rows that look alike."""

    quasi_identifiers: Annotated[dict[TableName, Columns], OrEmpty] = {}
    """Table to the columns that together could tell a person; without it, they are guessed."""

    sensitive: Annotated[dict[TableName, Columns], OrEmpty] = {}
    """Table to the columns that nobody should learn of a person, however well it hides."""

    k: AtLeast | None = None
    """The fewest rows that may share their quasi-identifiers; fewer, and nothing is published."""

    l: AtLeast | None = None  # noqa: E741 - l-diversity is known by this letter
    """The fewest different sensitive values in each such group; fewer, and nothing is published."""

    @model_validator(mode="after")
    def _something_to_compare(self) -> Risk:
        if self.k is not None and not self.quasi_identifiers:
            refuse(
                "`k` needs the columns that it is about: a guess stops no publication",
                "Name them under quasi_identifiers, as {public.person: [birth_date, postcode]}.",
                "k",
            )
        if self.l is not None and not self.sensitive:
            refuse(
                "`l` needs the columns that it is about",
                "Name them under sensitive, as {public.person: [diagnosis]}.",
                "l",
            )
        for name in self.sensitive:
            if name not in self.quasi_identifiers:
                refuse(
                    f"`{name}` has sensitive columns, and no quasi-identifiers",
                    "Name under quasi_identifiers what could tell its people.",
                    "sensitive",
                )
        return self
