"""What one check found: names and counts, and what of it the policy allows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one check found, in names and counts."""

    # What is not as it should be, by the place where it was found.
    differences: Mapping[str, Any]
    # Places among them where the policy wants what was found.
    allowed: Container[str] = frozenset()
    # How much was looked at.
    details: Mapping[str, int | list[str] | dict[str, float] | dict[str, int] | str] = field(
        default_factory=dict
    )

    # Why the check had nothing to look at: the policy asks for none of it. It is no proof then.
    not_asked: str = ""

    # What is said of each place, where the check that found it knows more than its name.
    said: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # What is said after all places.
    closing: Sequence[str] = ()

    @property
    def wrong(self) -> dict[str, Any]:
        """The differences that the policy does not allow."""
        return {
            place: found for place, found in self.differences.items() if place not in self.allowed
        }

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong
