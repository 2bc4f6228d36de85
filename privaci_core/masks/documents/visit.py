"""Says what a walk through a value of members is given for each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from privaci_core.masks.base.shape import Shape

# The number of the path to a member, what its type demands, and its text -> its new text.
# None is NULL, or an empty text where there is no NULL.
Visit = Callable[[int, "Shape", str], str | None]


class Within(Protocol):
    """A place inside a value: the number of the path that leads there, and the places below it."""

    @property
    def path(self) -> int | None:
        """The number of the path; None where none leads there."""

    def step(self, step: str) -> Within:
        """The place below it that has a name."""
