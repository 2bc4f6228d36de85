"""Reads `privaci` without a subcommand as `privaci run`, and finds the policy where it may be."""

from __future__ import annotations

from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

POLICY = Path("mask-rules.yaml")
# Where a container gets its policy.
MOUNTED = Path("/config/mask-rules.yaml")
# These stand before a subcommand, or instead of one.
OWN = frozenset({"-h", "--help", "--version", "--install-completion", "--show-completion"})
# These may stand before a subcommand too, and each takes so many words.
SHARED = {"--log-level": 2, "--quiet": 1, "-q": 1}


def policy_at(named: Path) -> Path:
    """The policy that is named; the usual name may also be that of the mounted file."""
    return MOUNTED if named == POLICY and not POLICY.exists() and MOUNTED.exists() else named


def with_command(words: Sequence[str], commands: Collection[str]) -> list[str]:
    """The words with their subcommand first; without one it is `run`, if there is a policy."""
    before = _shared_before(words)
    if before and words[before:] and words[before] in commands:
        return [*words[before:], *words[:before]]
    if not words:
        return ["run"] if policy_at(POLICY).exists() else []
    is_bare = words[0].startswith("-") and words[0] not in OWN
    return ["run", *words] if is_bare else [*words]


def _shared_before(words: Sequence[str]) -> int:
    """How many words stand before the first that is no shared option."""
    place = 0
    while place < len(words):
        name, _, value = words[place].partition("=")
        if name not in SHARED:
            break
        place += 1 if value else SHARED[name]
    return place
