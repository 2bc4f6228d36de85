"""Publishes the files of a refresh with its target: all of them are there before any counts."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from privaci_core.catalog.catalog import read_catalog
from privaci_core.errors import CopyError, PrivaciError
from privaci_core.postgres.session import source_session, target_session
from privaci_core.postgres.snapshot import take_snapshot
from privaci_core.prove.proved_rows import differing_rows
from privaci_core.target.file_parts import begin_files, recorded_files

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from privaci_core.loading.copy import Copy
    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.session import Connection
    from privaci_core.refresh.earlier_run import EarlierRun
    from privaci_core.stores.files_manifest import FilesManifest, WrittenTable
    from privaci_core.stores.sink import FileSink
    from privaci_core.stores.store import Store
    from privaci_core.target.claim import Claim
    from privaci_core.target.file_parts import FilePart


def with_files(copy: Copy, claim: Claim) -> Copy:
    """The copy whose rows are written to files, too, if the policy asks for them.

    Of some tables alone, rows may still change when they are exchanged: the files of such a
    refresh are read from the target.
    """
    if copy.policy.sink is None:
        return copy
    # The client of the store and pyarrow's formats, where files are wanted.
    from privaci_core.stores.sink import FileSink, tables_of  # noqa: PLC0415

    sink = FileSink(
        sink=copy.policy.sink,
        refresh=copy.mark.refresh,
        tables=tables_of(copy.catalog, copy.searched_plan, copy.policy.sink),
        environ=dict(os.environ if claim.environ is None else claim.environ),
    )
    # What the store refuses is better known before any row is read.
    sink.store().names(sink.folder)
    ends = copy.ends if copy.selection else replace(copy.ends, files=sink)
    return replace(copy, ends=ends, files=sink)


def begin_with_files(copy: Copy, earlier: EarlierRun) -> None:
    """Prepare the target for files, and remove those of a refresh that was never published."""
    sink = copy.ends.files
    if sink is None:
        return
    with target_session(copy.ends.target, autocommit=True) as target:
        begin_files(target)
    if earlier.found is not None:
        discard_files(replace(sink, refresh=earlier.found.refresh))


def discard_files(sink: FileSink) -> None:
    """Remove the files of a refresh that was not published; one that was keeps them."""
    from privaci_core.stores.files_manifest import MANIFEST  # noqa: PLC0415 - as above

    store = sink.store()
    if f"{sink.folder}/{MANIFEST}" not in store.names(sink.folder):
        store.clear(sink.folder)


@contextmanager
def files_published(copy: Copy) -> Iterator[str]:
    """Publish the files behind the target, which the block publishes; yields where they will be.

    An error in the block leaves no manifest, and without it no file counts.
    """
    sink = copy.files
    if sink is None:
        yield ""
        return
    store = sink.store()
    manifest = None if copy.selection else _prepared(copy, sink, store, copy.ends.target)
    yield f"{sink.sink.url.rstrip('/')}/{sink.folder}"
    with _behind_the_target():
        manifest = manifest or _prepared(copy, sink, store, copy.live)
        manifest.publish(store)


@contextmanager
def _behind_the_target() -> Iterator[None]:
    """Say of an error that the target has been published already."""
    try:
        yield
    except PrivaciError as error:
        raise CopyError(
            "Publishing the files of the refresh; its target is published",
            f"{error.context}: {error.cause}",
            f"{error.remediation} The next refresh writes its own files.",
            error.docs,
        ) from None


def _prepared(copy: Copy, sink: FileSink, store: Store, dsn: str) -> FilesManifest:
    """The manifest of files that are there; what was not written with its rows is written now."""
    from privaci_core.refresh.files_of_target import written_from_target  # noqa: PLC0415 - as above
    from privaci_core.stores.files_manifest import FilesManifest  # noqa: PLC0415 - as above

    with target_session(dsn, autocommit=True) as target:
        parts = recorded_files(target)
    changed = _changed(store, sink, parts)
    leaves: dict[str, list[TablePlan]] = {}
    for plan in copy.searched_plan.tables:
        leaves.setdefault(copy.root_of(plan), []).append(plan)
    with source_session(dsn) as session:
        if copy.selection:
            _refuse_unproved(session, dsn)
        tables = tuple(
            _written_with_rows(sink, plans, parts, changed)
            or written_from_target(session, sink, store, plans)
            for _, plans in sorted(leaves.items())
        )
    named = {f"{sink.folder}/{file.name}" for table in tables for file in table.files}
    store.clear(sink.folder, named)
    return FilesManifest(sink=sink, at=datetime.now(UTC), tables=tables)


def _changed(
    store: Store, sink: FileSink, parts: Mapping[str, Sequence[FilePart]]
) -> Container[str]:
    """The recorded files whose bytes in the store are not those that were written."""
    from privaci_core.stores.files_read_again import unlike  # noqa: PLC0415 - as above
    from privaci_core.stores.store import Stored  # noqa: PLC0415 - as above

    files = (file for of_table in parts.values() for part in of_table for file in part.files or ())
    return unlike(
        store,
        sink.folder,
        (
            Stored(name=f"{sink.folder}/{file['name']}", bytes=file["bytes"], sha256=file["sha256"])
            for file in files
        ),
    )


def _refuse_unproved(session: Connection, dsn: str) -> None:
    """Refuse rows that people wrote to the tables of a published target since they were proved."""
    wrong = differing_rows(dsn, session, read_catalog(session), take_snapshot(session))
    if wrong:
        raise CopyError(
            "Reading the files of tables that were not refreshed from the target",
            "\n    - ".join(
                ["its rows are not those that were proved", *map(": ".join, wrong.items())]
            ),
            "Refresh the whole: privaci run.",
            "docs/how-to/files.md",
        )


def _written_with_rows(
    sink: FileSink,
    plans: Sequence[TablePlan],
    parts: Mapping[str, Sequence[FilePart]],
    changed: Container[str],
) -> WrittenTable | None:
    """The files of a table if they hold all of its rows, alike; None if they do not.

    Rows that were kept from before, and rows that references to missing ones changed, are not in
    files of this refresh.
    """
    from privaci_core.stores.files_manifest import WrittenTable  # noqa: PLC0415 - as above
    from privaci_core.stores.row_files import RowFile  # noqa: PLC0415

    found = [part for plan in plans for part in parts.get(plan.name, ())]
    if not all(parts.get(plan.name) for plan in plans) or any(part.files is None for part in found):
        return None
    files = tuple(RowFile(**each) for part in found for each in part.files or ())
    rows = sum(part.rows for part in found)
    table = sink.tables[plans[0].name]
    are_there = not any(f"{sink.folder}/{file.name}" in changed for file in files)
    are_alike = all(file.forms == files[0].forms for file in files)
    are_whole = not table.fields or sum(file.rows for file in files) == rows
    if are_there and are_alike and are_whole:
        return WrittenTable(table=table, rows=rows, files=files)
    return None
