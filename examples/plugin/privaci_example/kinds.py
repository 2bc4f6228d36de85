"""A plugin of each kind in the group `privaci.plugins`: a class with one method."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Capitals:
    """A connector: would ask a language model here; the texts contain only fakes."""

    def refine(
        self, texts: Sequence[str], *, model: str, params: Mapping[str, str]
    ) -> Sequence[str]:
        """As many texts, in their order."""
        del model, params
        return [text.upper() for text in texts]


class Outbox:
    """A notifier that adds each message to a file."""

    def notify(self, subject: str, text: str) -> None:
        """Send a message, which holds names and counts."""
        with Path(os.environ["OUTBOX"]).open("a", encoding="utf-8") as file:
            file.write(f"{subject}\n{text}\n")


class CsvReport:
    """A renderer: each masked column in a line."""

    def render(self, content: Mapping[str, Any]) -> bytes:
        """The report of what a proof says."""
        lines = [
            f"{column['table']},{column['column']},{column['action']}"
            for column in content["columns"]
        ]
        return "\n".join(["table,column,action", *lines, ""]).encode()


class Folder:
    """A writer for addresses such as folder:///srv/reports/last.csv."""

    def write(self, address: str, content: bytes) -> None:
        """Write the file whole: it gets its name when it is complete."""
        path = Path(urlsplit(address).path)
        part = path.with_name(f"{path.name}.part")
        part.write_bytes(content)
        part.replace(path)


class LoudDrift:
    """A detector for which every change of a table of money needs a review."""

    def detect(self, changes: Sequence[str]) -> Sequence[str]:
        """What else needs a review, in sentences."""
        return [f"{change}: it is about money" for change in changes if "invoice" in change]


class Careful:
    """An enhancer: columns that no rule names are masked if they look personal."""

    def enhance(self, policy: Mapping[str, Any]) -> Mapping[str, Any]:
        """The policy to use, as the file would hold it."""
        return {"auto_detect": True, **policy, "unlisted": "mask"}
