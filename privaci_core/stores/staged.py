"""Removes the files that a killed writer was about to name: a store on disk does not list them."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

# The client writes `name#1`, and names it when it is whole.
STAGED = re.compile(r"#\d+$")


def remove_staged(url: str, folder: str) -> None:
    """Remove them below a folder of the store that a URL names, and folders that are empty then."""
    top = Path(unquote(urlsplit(url).path)) / folder
    # Deepest first: a folder is empty once those in it are gone.
    for path in sorted(top.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif STAGED.search(path.name):
            path.unlink(missing_ok=True)
    if top.is_dir() and not any(top.iterdir()):
        top.rmdir()
