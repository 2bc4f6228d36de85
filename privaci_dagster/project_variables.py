"""Reads the variables of a project that hold more than a word."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from privaci_core.errors import PreflightError
from privaci_dagster.variables import (
    CONNECTIONS_VARIABLE,
    KEEP_VARIABLE,
    RECIPIENTS_VARIABLE,
    SLICES_PER_RUN_VARIABLE,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

HOME_VARIABLE = "DAGSTER_HOME"
DEFAULT_HOME = Path(".privaci/dagster")


def words_in(text: str) -> tuple[str, ...]:
    """What a variable lists, separated by blanks or commas."""
    return tuple(text.replace(",", " ").split())


def recipients_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The public keys that a variable lists, with commas or line breaks between."""
    words = environ.get(RECIPIENTS_VARIABLE, "").replace("\n", ",").split(",")
    return tuple(word.strip() for word in words if word.strip())


def slices_per_run_of(environ: Mapping[str, str]) -> int | None:
    """How many slices one run of a backfill loads, if a variable says so; else all."""
    value = environ.get(SLICES_PER_RUN_VARIABLE, "")
    if value in {"", "all"}:
        return None
    if not value.isdecimal() or int(value) < 1:
        raise PreflightError(
            f"Reading {SLICES_PER_RUN_VARIABLE}",
            "it must be a whole number above 0, or all",
            "Set it to the number of slices that one run should load, or leave it out.",
        )
    return int(value)


def connections_of(environ: Mapping[str, str]) -> int | None:
    """How many connections may read the source at once, if a variable limits them."""
    value = environ.get(CONNECTIONS_VARIABLE, "")
    if not value:
        return None
    if not value.isdecimal() or int(value) < 2:  # noqa: PLR2004 - one for the snapshot, one to read
        why = "it must be a whole number above 1: one connection holds the snapshot, others read"
        raise PreflightError(
            f"Reading {CONNECTIONS_VARIABLE}", why, "Set it to 2 or more, or leave it out."
        )
    return int(value)


def keep_of(environ: Mapping[str, str]) -> dict[str, int] | None:
    """How many backups stay, if a variable says so: daily=7 weekly=4."""
    words = words_in(environ.get(KEEP_VARIABLE, ""))
    if not words:
        return None
    pairs = [word.partition("=") for word in words]
    if not all(equals and count.isdecimal() for _, equals, count in pairs):
        raise PreflightError(
            f"Reading {KEEP_VARIABLE}",
            "it must say how many backups stay",
            "Write daily=7 weekly=4, or leave it out.",
        )
    return {period: int(count) for period, _, count in pairs}
