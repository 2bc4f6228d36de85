"""What the run found, for people: a table, and each survivor with its two lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.mutants.survivors import Description, description_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scripts.mutants.generate import Mutant
    from scripts.mutants.results import Result

MOST_SURVIVORS = 0.08
COLUMNS = ("mutants", "killed", "survived", "timeouts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A mutant and what became of it."""

    mutant: Mutant
    result: Result


def table(tried: Iterable[Tried]) -> list[str]:
    """A line for each module, and one for all."""
    counts: dict[str, Counter[str]] = {}
    for one in tried:
        counts.setdefault(one.mutant.module, Counter())[one.result.status] += 1
    width = max([len("all"), *map(len, counts)])
    total = sum(counts.values(), Counter[str]())
    head = f"{'':{width}}" + "".join(f"{name:>10}" for name in (*COLUMNS, "%"))
    rows = [_row(name, counts[name], width) for name in sorted(counts)]
    return [head, *rows, _row("all", total, width)]


def _row(name: str, count: Counter[str], width: int) -> str:
    numbers = (count.total(), count["killed"], count["survived"], count["timeout"])
    share = 100 * count["survived"] / max(count.total(), 1)
    return f"{name:{width}}" + "".join(f"{number:>10}" for number in numbers) + f"{share:>10.1f}"


def shown(mutant: Mutant) -> str:
    """A survivor: where it is, and the line before and after."""
    place = f"{mutant.module}:{mutant.line} {mutant.function} ({mutant.operator})"
    return f"{place}\n  - {mutant.before}\n  + {mutant.after}"


def survivors(tried: Iterable[Tried]) -> list[Mutant]:
    """The mutants that no test noticed."""
    return [one.mutant for one in tried if one.result.status == "survived"]


def problems(
    tried: Sequence[Tried], accepted: dict[Description, str], *, modules: set[str]
) -> list[str]:
    """Why the run fails: survivors that nobody accepted, entries of none, too many of them."""
    alive = survivors(tried)
    known = {description_of(mutant) for mutant in alive}
    new = [mutant for mutant in alive if description_of(mutant) not in accepted]
    gone = [one for one in accepted if one.module in modules and one not in known]
    unexplained = [one for one, reason in accepted.items() if not reason.strip()]
    broken = [one for one in tried if one.result.status == "broken"]
    found = [f"survived, and is not in the list:\n{shown(mutant)}" for mutant in new]
    found += [f"in the list, and does not survive: {_said(one)}" for one in gone]
    found += [f"in the list without a reason: {_said(one)}" for one in unexplained]
    found += [f"could not be tried: {shown(one.mutant)}\n{one.result.test}" for one in broken]
    if len(alive) > MOST_SURVIVORS * len(tried):
        found.append(f"{len(alive)} of {len(tried)} survived, more than {MOST_SURVIVORS:.0%}.")
    return found


def _said(one: Description) -> str:
    return f"{one.module} {one.function} ({one.operator}): {one.before} -> {one.after}"
