"""The survivors that are accepted, each with its reason: tests/mutants/survivors.toml."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.mutants.suites import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from scripts.mutants.generate import Mutant

LIST = ROOT / "tests" / "mutants" / "survivors.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """Names a mutant as long as its line stays: line numbers are not in it."""

    module: str
    function: str
    operator: str
    before: str
    after: str


def description_of(mutant: Mutant) -> Description:
    """The stable description of a mutant."""
    return Description(
        module=mutant.module,
        function=mutant.function,
        operator=mutant.operator,
        before=mutant.before,
        after=mutant.after,
    )


def read_accepted(path: Path) -> dict[Description, str]:
    """The accepted survivors and why each is accepted."""
    if not path.exists():
        return {}
    return {
        Description(**{name: text for name, text in entry.items() if name != "reason"}): entry[
            "reason"
        ]
        for entry in tomllib.loads(path.read_text()).get("survivor", [])
    }


def entries(mutants: Iterable[Mutant]) -> str:
    """Entries for the list, their reasons still to be written."""
    return "\n".join(_entry(mutant) for mutant in mutants)


def _entry(mutant: Mutant) -> str:
    parts = description_of(mutant)
    lines = [
        f"{name} = {json.dumps(getattr(parts, name), ensure_ascii=False)}"
        for name in parts.__slots__
    ]
    return "\n".join(["[[survivor]]", *lines, 'reason = ""', ""])
