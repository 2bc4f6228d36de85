"""Says where the files of a refresh lie, and how each table's rows are written into them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from privaci_core.errors import PreflightError
from privaci_core.plan.inputs import policy_name
from privaci_core.plan.show import what_masks
from privaci_core.stores.clients import LOCAL
from privaci_core.stores.names import file_name
from privaci_core.stores.parquet_types import field_of
from privaci_core.stores.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.plan.plan import Plan, TablePlan
    from privaci_core.policy.sink import Folders, Sink
    from privaci_core.stores.parquet_types import Field

DOCS = "docs/how-to/files.md"
# What is said of a column that no mask changes.
AS_IT_IS = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTable:
    """How the rows of one table, or of one partition, are written."""

    # The ledger's name of it; and the table as people name it, whose folder has the files of all
    # its partitions.
    name: str
    root: str
    # In the order in which rows are sent.
    fields: tuple[Field, ...]
    # The names of the columns in the table's own order.
    order: tuple[str, ...]
    # What masked each column.
    masks: Mapping[str, str]
    folders: Folders | None = None

    @property
    def folder(self) -> str:
        """The folder of the table below that of the refresh."""
        return file_name(self.root)

    @property
    def stem(self) -> str:
        """What the names of its files begin with: those of partitions lie side by side."""
        return "part" if self.name == self.root else file_name(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSink:
    """Where a refresh writes files, and how."""

    sink: Sink
    refresh: str
    tables: Mapping[str, FileTable] = field(repr=False)
    # Where the credentials of the store are.
    environ: Mapping[str, str] = field(repr=False)

    @property
    def folder(self) -> str:
        """The folder of the refresh below the URL."""
        return file_name(self.refresh)

    def store(self) -> Store:
        """The store; refuses to write readable files to another machine, unless that is asked."""
        sink = self.sink
        # It refuses a URL that holds credentials, before any error names the URL.
        store = open_store(sink.url, self.environ, sink.recipients)
        is_local = urlsplit(sink.url).scheme in LOCAL
        if not (sink.recipients or is_local) and sink.encrypt:
            _refuse_readable(sink.url)
        return store


def tables_of(catalog: Catalog, plan: Plan, sink: Sink) -> dict[str, FileTable]:
    """How the rows of each planned table are written."""
    return {table.name: _file_table(catalog, table, sink) for table in plan.tables}


def _file_table(catalog: Catalog, table: TablePlan, sink: Sink) -> FileTable:
    relation = catalog.by_name[table.name]
    root = catalog.root(relation)
    columns = {column.name: column for column in catalog.columns.get(relation.oid, ())}
    sent = (*table.leading, *table.carried)
    own = (column.name for column in catalog.columns.get(root.oid, ()) if column.name in sent)
    return FileTable(
        name=table.name,
        root=root.qualified,
        fields=tuple(field_of(columns[name]) for name in sent),
        order=tuple(dict.fromkeys((*own, *sent))),
        masks=dict(_masks(table)),
        folders=sink.partition_by.get(policy_name(root)),
    )


def _masks(table: TablePlan) -> Iterator[tuple[str, str]]:
    for column in table.masked:
        action, _ = what_masks(column)
        yield column.name, action


def _refuse_readable(url: str) -> NoReturn:
    raise PreflightError(
        f"Writing files to {url}",
        "nothing says who can read what is stored there",
        "Name the public key of at least one recipient in the policy (sink.recipients), or write"
        " sink.encrypt: false.",
        DOCS,
    )
