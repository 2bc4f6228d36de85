"""Spells names of tables as names of folders and files."""

from __future__ import annotations

import hashlib
import re

# What every store and every file system takes in a name.
UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")
LONGEST_NAME = 100


def file_name(table: str) -> str:
    """A table's name as a folder; one with other letters than plain ones gets a digest too."""
    safe = UNSAFE.sub("_", table)[:LONGEST_NAME]
    digest = hashlib.sha256(table.encode()).hexdigest()[:8]
    return safe if safe == table else f"{safe}-{digest}"
