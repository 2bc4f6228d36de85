"""Writes the files of a table from the proved rows of the target, where the load wrote none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.stores.files_manifest import WrittenTable
from privaci_core.stores.parquet_types import merged
from privaci_core.stores.row_files import RowFile, RowFiles
from privaci_core.stream.read import read_blocks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.session import Connection
    from privaci_core.stores.parquet_types import Form
    from privaci_core.stores.sink import FileSink, FileTable
    from privaci_core.stores.store import Store

COPY = sql.SQL("COPY {}{} TO STDOUT")


def written_from_target(
    session: Connection, sink: FileSink, store: Store, plans: Sequence[TablePlan]
) -> WrittenTable:
    """Write a table, all of its partitions, in files that hold its columns alike."""
    tables = [sink.tables[plan.name] for plan in plans]
    while True:
        rows, files = 0, list[RowFile]()
        for plan, table in zip(plans, tables, strict=True):
            count, written = _leaf(session, RowFiles(sink=sink, store=store, table=table), plan)
            rows += count
            files += written
        forms = _widest(tables, files)
        if all(file.forms == forms for file in files):
            return WrittenTable(table=tables[0], rows=rows, files=tuple(files))
        tables = [_in_forms(table, forms) for table in tables]


def _leaf(session: Connection, files: RowFiles, plan: TablePlan) -> tuple[int, tuple[RowFile, ...]]:
    """Write one partition; how many rows it has, and its files."""
    rows = 0
    with driver_errors(f"Reading {plan.name} for its files"):
        for block in read_blocks(session, COPY.format(plan.identifier, plan.listed)):
            files.add(block.buffer)
            rows += len(block.lengths)
    return rows, files.finish()


def _widest(tables: Sequence[FileTable], files: Sequence[RowFile]) -> Mapping[str, Form]:
    """The form of each column that holds its values in all files."""
    fields = sorted(tables[0].fields, key=lambda field: field.name)
    found = [
        tuple(replace(field, form=file.forms[field.name]) for field in fields) for file in files
    ]
    return {field.name: field.form for field in (merged(found) if found else fields)}


def _in_forms(table: FileTable, forms: Mapping[str, Form]) -> FileTable:
    return replace(
        table, fields=tuple(replace(field, form=forms[field.name]) for field in table.fields)
    )
