"""Collects the mistakes in a policy or a plan, so that a person sees all of them at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from privaci_core.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DOCS = "docs/reference/policy.md"
Path = tuple[str | int, ...]
PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
# What finds the same mistakes again: the file's own, or those that only its source shows.
IN_FILE = "privaci validate"
AGAINST_SOURCE = 'privaci validate --source "$SOURCE_DB_URL"'
# Without a space after the colon, a whole line becomes the key, with its secret.
LEAKING_KEY = re.compile(r"(global_salt|pseudonym_key)\s*[:=]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A mistake: where it is, why it is one, and what to do about it."""

    path: str
    reason: str
    remedy: str
    line: int | None = None

    @property
    def is_of_file(self) -> bool:
        """Whether it is about the file as a whole, as one that is not there."""
        return not self.path and self.line is None

    def __str__(self) -> str:
        where = self.path or "the file"
        at = f"line {self.line}, {where}" if self.line is not None else where
        return f"{at}: {self.reason}. {self.remedy}".rstrip()


class FindingsError(PolicyError):
    """A refused policy or plan, with every finding."""

    def __init__(
        self, context: str, findings: Sequence[Finding], again: str = AGAINST_SOURCE
    ) -> None:
        self.findings, self.again = tuple(findings), again
        count = f"{len(self.findings)} finding" + ("s" if len(self.findings) != 1 else "")
        cause = "\n    - ".join([count, *(str(finding) for finding in self.findings)])
        remedy = f"Correct every line named above, then run `{again}`."
        if len(self.findings) == 1 and self.findings[0].is_of_file:
            cause, remedy = self.findings[0].reason, self.findings[0].remedy
        super().__init__(context, cause, remedy, DOCS)

    def __reduce__(self) -> tuple[type[FindingsError], tuple[str, tuple[Finding, ...], str]]:
        return FindingsError, (self.context, self.findings, self.again)


def show_path(path: Path) -> str:
    """A path as text: `tables."public.users".columns.email.provider`, `relations[0].from`."""
    shown = ""
    for step in path:
        if isinstance(step, int):
            shown += f"[{step}]"
            continue
        shown += f".{_key(step)}" if shown else _key(step)
    return shown


def _key(step: str) -> str:
    """A key as a path shows it: in quotes where it is not a plain word, and without a secret."""
    leaking = LEAKING_KEY.match(step)
    shown = f"{leaking[1]}:..." if leaking else step
    if PLAIN_KEY.fullmatch(shown):
        return shown
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'


def suggest(word: object, known: Iterable[str]) -> str:
    """`Did you mean x?` where a known word is similar, else all known words."""
    names = sorted(known)
    near = get_close_matches(str(word).lower(), names, n=1, cutoff=0.6)
    return f"Did you mean `{near[0]}`?" if near else f"Known: {', '.join(names)}."
