"""Says which files hold the rows of a published refresh; without it, none of them counts."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from privaci_core.stores.sink import AS_IT_IS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from privaci_core.stores.row_files import RowFile
    from privaci_core.stores.sink import FileSink, FileTable
    from privaci_core.stores.store import Store

FORMAT = 1
MANIFEST, LATEST = "manifest.json", "latest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenTable:
    """A table, its partitions among it, and the files that hold its rows."""

    table: FileTable
    rows: int
    files: tuple[RowFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesManifest:
    """The files of one refresh; it holds no value of a row but what names folders."""

    sink: FileSink
    at: datetime
    tables: Sequence[WrittenTable]

    def publish(self, store: Store) -> None:
        """Make the files count: the manifest first, then the pointer to it."""
        folder = self.sink.folder
        document = {"format": FORMAT, "sha256": digest_of(self._content()), **self._content()}
        written = store.put_plain(f"{folder}/{MANIFEST}", [json.dumps(document, indent=1).encode()])
        pointer = {
            "format": FORMAT,
            "refresh": self.sink.refresh,
            "at": self.at.isoformat(),
            "manifest": written.name,
            "sha256": written.sha256,
        }
        store.put_plain(LATEST, [json.dumps(pointer, indent=1).encode()])

    def _content(self) -> dict[str, object]:
        return {
            "refresh": self.sink.refresh,
            "at": self.at.isoformat(),
            "files": self.sink.sink.format,
            "encrypted": bool(self.sink.sink.recipients),
            "tables": [_described(each) for each in self.tables],
        }


def _described(written: WrittenTable) -> dict[str, object]:
    table, forms = written.table, written.files[0].forms if written.files else {}
    of_name = {field.name: field for field in table.fields}
    columns = [
        {
            "name": name,
            "type": of_name[name].type,
            "form": forms.get(name, ""),
            "mask": table.masks.get(name, AS_IT_IS),
        }
        for name in table.order
    ]
    files = [
        {key: value for key, value in asdict(file).items() if key != "forms"}
        for file in written.files
    ]
    return {
        "table": table.root,
        "rows": written.rows,
        "partition_by": table.folders.model_dump() if table.folders else None,
        "columns": columns,
        "files": files,
    }


def digest_of(content: object) -> str:
    """The digest of what a manifest says."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
