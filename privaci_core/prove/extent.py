"""Says how much of a target is searched for originals: all of it, or a sample."""

from __future__ import annotations

from typing import Literal

from privaci_core.errors import PreflightError

Extent = Literal["full", "sample"]


def extent_of(word: str) -> Extent:
    """How much is searched, by the word of a flag or a resource."""
    if word == "full":
        return "full"
    if word == "sample":
        return "sample"
    raise PreflightError(
        "Preparing the search for originals", "`search` is another word", "Write full or sample."
    )
