"""Remembers the line of each path in the policy file."""

from __future__ import annotations

from dataclasses import dataclass, field

from privaci_core.policy.findings import Finding, Path, show_path


@dataclass(frozen=True, slots=True)
class Lines:
    """Path to line; never compared, so that equal policies on different lines are equal."""

    known: dict[Path, int] = field(default_factory=dict, compare=False, repr=False)

    def of(self, path: Path) -> int | None:
        """The line of a path, or of the nearest path around it."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.known:
                return self.known[path[:end]]
        return None

    def finding(self, path: Path, reason: str, remedy: str) -> Finding:
        """A finding at a path, with its line."""
        return Finding(path=show_path(path), line=self.of(path), reason=reason, remedy=remedy)
