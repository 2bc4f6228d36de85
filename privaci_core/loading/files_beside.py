"""Writes the rows of a batch into files too, and records these with the rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from privaci_core.target.file_parts import record_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.session import Connection
    from privaci_core.stores.row_files import RowFile, RowFiles
    from privaci_core.stores.sink import FileSink
    from privaci_core.stream.binary_rows import Buffer
    from privaci_core.stream.load import Destination


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesBeside:
    """What writes the files of each table of a batch; nothing where no files are wanted."""

    writers: Mapping[str, RowFiles]
    # The numbers of the chunks, and the files that hold their rows.
    chunks: Mapping[str, int]
    written: dict[str, tuple[RowFile, ...]] = field(default_factory=dict)

    def into_both(self, load: Destination) -> Destination:
        """A destination whose rows go into files, too: they are read and masked once."""
        if not self.writers:
            return load

        def load_and_write(table: TablePlan, buffers: Iterable[Buffer]) -> tuple[int, int]:
            files = self.writers[table.name]
            loaded = load(table, files.passing(buffers))
            self.written[table.name] = files.finish()
            return loaded

        return load_and_write

    def record(self, target: Connection) -> None:
        """Record the files; they count once the caller commits."""
        if self.writers:
            record_files(
                target,
                [
                    (name, str(self.chunks[name]), [asdict(file) for file in files])
                    for name, files in self.written.items()
                ],
            )


def files_beside(sink: FileSink | None, chunks: Mapping[str, int]) -> FilesBeside:
    """What writes the files of a batch: of each table one chunk, by its number."""
    if sink is None:
        return FilesBeside(writers={}, chunks=chunks)
    # pyarrow's formats and the client of the store, where files are wanted.
    from privaci_core.stores.row_files import RowFiles  # noqa: PLC0415

    store = sink.store()
    writers = {
        name: RowFiles(sink=sink, store=store, table=sink.tables[name], chunk=number)
        for name, number in chunks.items()
    }
    return FilesBeside(writers=writers, chunks=chunks)
