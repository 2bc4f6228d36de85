"""Reads a subset's start from one text, as a command or a run's configuration gives it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import ValidationError

from privaci_core.errors import PolicyError
from privaci_core.policy.subset import Subset, SubsetStart
from privaci_core.postgres.names import QUOTED

if TYPE_CHECKING:
    from privaci_core.policy.document import Policy

DOING = "Reading the start of the subset"
EXAMPLE = "Write it as schema.table: predicate, as in public.customer: id = 42."
DOCS = "docs/how-to/subsets.md"
PART = rf'(?:{QUOTED}|[^\s".:]+)'
# Without a colon and a predicate, all rows of the table.
START = re.compile(rf"\s*(?P<table>{PART}\.{PART})\s*(?::\s*(?P<where>\S.*))?", re.DOTALL)


def with_start(policy: Policy, text: str) -> Policy:
    """The policy with this start instead of its own; what else it says of subsets stays."""
    start = read_start(text)
    before = policy.subset
    subset = before.model_copy(update={"start": (start,)}) if before else Subset(start=(start,))
    return policy.model_copy(update={"subset": subset})


def read_start(text: str) -> SubsetStart:
    """The start that `public.customer: id = 42` means."""
    found = START.fullmatch(text)
    if found is None:
        why = "it is not a table, a colon and a predicate"
        raise PolicyError(DOING, why, EXAMPLE, DOCS)
    values = {name: value for name, value in found.groupdict().items() if value}
    refused = ""
    try:
        return SubsetStart.model_validate(values)
    except ValidationError as error:
        # Its text holds the predicate, and it must not be the context of ours.
        refused = "; ".join(detail["msg"] for detail in error.errors(include_input=False))
    raise PolicyError(DOING, refused, EXAMPLE, DOCS)
