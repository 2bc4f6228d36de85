"""Reads the list of capabilities, and says which of them this machine has room to prove."""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterable

LIST = Path(__file__).with_name("list.toml")
MEBIBYTE = 1 << 20

Scope = Literal["infrastructure", "masking"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What tests measure: a sum, a sum of a whole, or the lowest of all."""

    name: str
    sum: str = ""
    of: str = ""
    lowest: str = ""

    @property
    def properties(self) -> tuple[str, ...]:
        """The names under which tests record it."""
        return tuple(name for name in (self.sum, self.of, self.lowest) if name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """Something that the product does, and the tests that prove it."""

    id: str
    says: str
    scope: Scope
    # Words of README's table that stand on it.
    readme: tuple[str, ...]
    tests: tuple[str, ...]
    figures: tuple[Figure, ...] = ()
    # What its tests need, in MiB.
    memory: int = 300
    disk: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much memory and disk is free, in MiB."""

    memory: int
    disk: int


def capabilities(only: Iterable[str] = ()) -> tuple[Capability, ...]:
    """The capabilities of the list, or those that are named."""
    listed = tomllib.loads(LIST.read_text(encoding="utf-8"))["capability"]
    found = tuple(map(_capability, listed))
    wanted = set(only)
    unknown = wanted - {each.id for each in found}
    if unknown:
        message = f"no such capability: {', '.join(sorted(unknown))}; see --list"
        raise SystemExit(message)
    return tuple(each for each in found if not wanted or each.id in wanted)


def free_room() -> Room:
    """What this machine has free, where tests keep their servers."""
    free = shutil.disk_usage(tempfile.gettempdir()).free
    memory: int = psutil.virtual_memory().available
    return Room(memory=memory // MEBIBYTE, disk=free // MEBIBYTE)


def refusal(capability: Capability, room: Room) -> str:
    """Why a capability cannot be proved here; empty where it can."""
    short = [
        f"{needed:,} MiB of {name}, and {free:,} are free"
        for name, needed, free in (
            ("memory", capability.memory, room.memory),
            ("disk", capability.disk, room.disk),
        )
        if needed > free
    ]
    return f"its tests need {'; '.join(short)}" if short else ""


def _capability(entry: dict[str, Any]) -> Capability:
    figures = entry.pop("figures", {})
    many = {name: tuple(entry.pop(name)) for name in ("readme", "tests")}
    named = tuple(Figure(name=name, **parts) for name, parts in figures.items())
    return Capability(**entry, **many, figures=named)
