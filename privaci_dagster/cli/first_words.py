"""Says at once that a command has begun, before its libraries are imported."""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

LEVEL_VARIABLE = "PRIVACI_LOG_LEVEL"
# These end before a person would wonder, or print their own first line.
QUICK = frozenset(
    {
        "validate",
        "schema config",
        "schema scenario",
        "gen-salt",
        "install-pack",
        "packs keygen",
        "packs sign",
        "migrate-config",
        "generate-ci",
        "report",
        "docs",
        "psql",
    }
)
# These print lines of JSON where no terminal is.
FOR_PROGRAMS = frozenset({"run", "resume"})
SILENCING = frozenset({"-h", "--help", "-q", "--quiet"})


def say_first_words(command: str, words: Sequence[str]) -> None:
    """Print the first line of a command that takes a while, unless it is to be quiet."""
    if not command or command in QUICK or SILENCING & {*words} or _is_at_least_warning(words):
        return
    form = _value_of("--log-format", words)
    if sys.stderr.isatty() and form != "json":
        sys.stderr.write(f"privaci {command}: loading\n")
    elif command in FOR_PROGRAMS and form in {"", "auto", "json"}:
        at = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
        sys.stderr.write(f'{{"at": "{at}", "event": "starting"}}\n')
    sys.stderr.flush()


def _is_at_least_warning(words: Sequence[str]) -> bool:
    level = _value_of("--log-level", words) or os.environ.get(LEVEL_VARIABLE, "")
    return level.lower() in {"warning", "error"}


def _value_of(option: str, words: Sequence[str]) -> str:
    """The value that follows an option, if it is given."""
    for place, word in enumerate(words):
        if word == option:
            return words[place + 1] if place + 1 < len(words) else ""
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
    return ""
