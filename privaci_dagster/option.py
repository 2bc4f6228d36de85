"""What is said of an option, once for every place where it can be set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Place = Literal[
    "core",
    "project",
    "resource",
    "component",
    "run",
    "resume",
    "plan",
    "verify",
    "subset",
    "baseline",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option: a field of this name in each Python place, a flag in each command."""

    name: str
    type: object
    default: object
    help: str
    # `core` is the core's `Options`; `run`, `resume`, `verify`, `subset` and `baseline` are
    # commands.
    places: tuple[Place, ...]
    flag: str = ""
    # The name of the same flag in PrivaCI.
    alias: str = ""
    variable: str = ""
