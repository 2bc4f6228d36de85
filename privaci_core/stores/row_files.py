"""Writes the masked rows of one chunk into files of a store, while they go to the target."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from privaci_core.errors import CopyError
from privaci_core.stores.parquet import FILE_BYTES, group_of
from privaci_core.stores.parquet_types import UnfitError
from privaci_core.stores.row_folders import MOST_FOLDERS, by_folder, without_folder_column
from privaci_core.stores.row_formats import FORMATS
from privaci_core.stores.sink import DOCS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from privaci_core.stores.parquet_types import Field, Form
    from privaci_core.stores.row_formats import Encoder
    from privaci_core.stores.sink import FileSink, FileTable
    from privaci_core.stores.store import Store
    from privaci_core.stream.binary_rows import Buffer

# A row group comes from about so much text, even where a row is cut into several buffers. It is
# half of a baseline's: workers mask meanwhile.
GROUP_BYTES = 4 << 20
LINE_END = b"\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFile:
    """One file as it was written."""

    # Below the folder of the refresh.
    name: str
    rows: int
    bytes: int
    sha256: str
    # How it holds each column.
    forms: Mapping[str, Form]


@dataclass(slots=True)
class _Open:
    """A file that is being made."""

    encoder: Encoder
    rows: int = 0


@dataclass(slots=True, kw_only=True)
class RowFiles:
    """The files of one chunk; each has a name that no other attempt gives."""

    sink: FileSink
    store: Store
    table: FileTable
    chunk: int = 0
    done: list[RowFile] = field(default_factory=list)
    _fields: tuple[Field, ...] = ()
    _held: list[Buffer] = field(default_factory=list)
    _size: int = 0
    _open: dict[str, _Open] = field(default_factory=dict)
    _token: str = field(default_factory=lambda: secrets.token_hex(3))

    def __post_init__(self) -> None:
        """Each value has its column's own type, until one does not fit."""
        self._fields = FORMATS[self.sink.sink.format].fields(self.table.fields)

    def passing(self, buffers: Iterable[Buffer]) -> Iterator[Buffer]:
        """The rows as they came, each written here before it goes on."""
        for buffer in buffers:
            self.add(buffer)
            yield buffer

    def add(self, buffer: Buffer) -> None:
        """Take some rows as COPY sends them in text; a huge one comes in pieces."""
        self._held.append(buffer)
        self._size += len(buffer)
        # A line break inside a value is escaped.
        if self._size >= GROUP_BYTES and bytes(buffer[-1:]) == LINE_END:
            self._flush()

    def finish(self) -> tuple[RowFile, ...]:
        """Write what is left; a table without rows is a file without rows."""
        self._flush()
        if not (self.done or self._open) and self.table.fields and not self.table.folders:
            self._opened("")
        while self._open:
            self._write(next(iter(self._open)))
        return tuple(self.done)

    def _flush(self) -> None:
        text = self._held[0] if len(self._held) == 1 else b"".join(self._held)
        self._held, self._size = [], 0
        # Rows without columns are a number, which the ledger has.
        if not len(text) or not self.table.fields:
            return
        for folder, rows in by_folder(self._group(text), self.table):
            file = self._opened(folder)
            file.encoder.add(rows)
            file.rows += len(rows)
        while self._holds_enough():
            self._write(max(self._open, key=lambda name: self._open[name].encoder.size()))

    def _holds_enough(self) -> bool:
        """Whether a file is to be written, so that memory stays bounded."""
        size = sum(file.encoder.size() for file in self._open.values())
        return size >= FILE_BYTES or len(self._open) > MOST_FOLDERS

    def _group(self, text: Buffer) -> pa.RecordBatch:
        try:
            group = group_of(text, self._fields)
        except UnfitError as unfit:
            if not FORMATS[self.sink.sink.format].is_typed:
                raise self._not_text(unfit) from None
            while self._open:
                self._write(next(iter(self._open)))
            self._fields = unfit.fields
            group = group_of(text, self._fields)
        return group.rename_columns([each.name for each in self._fields])

    def _opened(self, folder: str) -> _Open:
        if folder not in self._open:
            of_name = {each.name: each for each in self._fields}
            fields = [of_name[name] for name in without_folder_column(self.table)]
            made = FORMATS[self.sink.sink.format].open(fields, self.table.root, self.table.masks)
            self._open[folder] = _Open(made)
        return self._open[folder]

    def _write(self, folder: str) -> None:
        """Put a whole file into the store; an error does not name its folder, which is a value."""
        file = self._open.pop(folder)
        table, format_ = self.table, FORMATS[self.sink.sink.format]
        number = f"{self.chunk + 1:06}-{self._token}-{len(self.done) + 1:03}"
        place = f"{table.folder}/{folder}/" if folder else f"{table.folder}/"
        name = f"{place}{table.stem}-{number}.{format_.ending}"
        stored = self.store.put(
            f"{self.sink.folder}/{name}",
            (memoryview(piece).cast("B") for piece in file.encoder.close()),
            called=f"rows of {table.name}",
        )
        written = RowFile(
            name=stored.name.removeprefix(f"{self.sink.folder}/"),
            rows=file.rows,
            bytes=stored.bytes,
            sha256=stored.sha256,
            forms={each.name: each.form for each in self._fields},
        )
        self.done.append(written)
        # Arrow keeps what it freed; the next file would come on top of it.
        pa.default_memory_pool().release_unused()

    def _not_text(self, unfit: UnfitError) -> CopyError:
        pairs = zip(unfit.fields, self._fields, strict=True)
        names = ", ".join(new.name for new, old in pairs if new.form != old.form)
        return CopyError(
            f"Writing rows of {self.table.name} as {self.sink.sink.format}",
            f"{names} holds bytes that are no UTF-8 text: the source's encoding is SQL_ASCII",
            "Write sink.format: parquet, which keeps them as bytes; or convert these values.",
            DOCS,
        )
