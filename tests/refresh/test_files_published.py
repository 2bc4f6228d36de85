"""Which files count: those of a published refresh, whatever befell it before."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest
from builders.copies import KEYS, chunks
from builders.selections import SOURCE as SELECTED
from builders.selections import refresh, rows, run
from psycopg import sql
from refresh.test_dropped_rows import SOURCE as ORPHANED
from refresh.test_files import files_of, manifest_in

from privaci_core.demo import POLICY
from privaci_core.errors import CopyError
from privaci_core.loading import streams
from privaci_core.policy import parse_policy
from privaci_core.refresh import files, resume, steps
from privaci_core.refresh.open import opened
from privaci_core.refresh.resume import load_many
from privaci_core.refresh.steps import copy_database, create_target, finish_target, publish_target
from privaci_core.stores.extra import optional_module
from privaci_core.stores.files_read_again import IS_GONE, NOT_WRITTEN_SO, read_again
from privaci_core.stores.store import open_store
from privaci_core.target.claim import Claim

if TYPE_CHECKING:
    from pathlib import Path

    from substrate.object_storage import Bucket

pytestmark = pytest.mark.postgres

HEAD = 'version: "1.0"\nauto_detect: false\non_existing_data: drop_create\n'
THINGS = "CREATE TABLE {0} (id int); INSERT INTO {0} SELECT generate_series(1, {1});"


def policy(folder: Path, rest: str = "", form: str = "parquet") -> Any:
    """A policy that asks for files."""
    return parse_policy(f"{HEAD}sink: {{ format: {form}, url: 'file://{folder}' }}\n{rest}")


def counted(folder: Path, table: str) -> int:
    """How many rows the files of a table hold; the manifest says the same."""
    (said,) = [each for each in manifest_in(folder)["tables"] if each["table"] == table]
    found = sum(pl.read_parquet(file).height for file in files_of(folder, table))
    assert found == said["rows"]
    return found


def named_files(folder: Path) -> set[str]:
    """The files that the newest manifest names, with itself."""
    manifest = manifest_in(folder)
    named = {file["name"] for table in manifest["tables"] for file in table["files"]}
    return {f"{manifest['refresh']}/{name}" for name in (*named, "manifest.json")}


def files_in(folder: Path) -> set[str]:
    """All files but the pointer."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)) for path in found} - {"latest.json"}


def test_a_resumed_refresh_keeps_the_files_of_its_chunks(
    source_db: str, target_db: str, tmp_path: Path
) -> None:
    """What was committed is not written again; what a kill left behind is removed."""
    run(source_db, THINGS.format("one", 3) + THINGS.format("two", 4))
    asks, claim = policy(tmp_path), Claim(refresh="monday")
    with opened(source_db, target_db, asks, KEYS, claim=claim) as begun:
        create_target(begun.copy, begun.connections.source, begun.earlier)
        first = [table for table in begun.copy.plan.tables if table.relation == "one"]
        list(load_many(begun, first, lambda _: lambda *_: None))
    (kept,) = files_in(tmp_path)
    left = tmp_path / "monday" / "public.two" / "part-000001-killed-001.parquet"
    left.parent.mkdir()
    left.write_bytes(b"left")
    left.with_name("part-000001-killed-002.parquet#1").write_bytes(b"half")
    again = Claim(refresh="monday", resumes=True)
    with opened(source_db, target_db, asks, KEYS, claim=again) as resumed:
        copy, connections, earlier = resumed.copy, resumed.connections, resumed.earlier
        create_target(copy, connections.source, earlier)
        list(load_many(resumed, copy.plan.tables, lambda _: lambda *_: None))
        connections.sessions.close()
        finish_target(copy, connections.source, earlier)
        assert not (tmp_path / "latest.json").exists()
        with files.files_published(copy):
            publish_target(copy, connections)
    assert kept in named_files(tmp_path)
    assert files_in(tmp_path) == named_files(tmp_path)
    assert (counted(tmp_path, "public.one"), counted(tmp_path, "public.two")) == (3, 4)


def test_slices_of_several_runs_make_up_one_table(
    source_db: str, target_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each run writes the files of its own chunks, and the last one names them all."""
    run(source_db, THINGS.format("one", 100))
    bounds = ["id <= 25", "id > 25 AND id <= 50", "id > 50 AND id <= 75", "id > 75"]
    cut = tuple(replace(chunk, where=sql.SQL(bounds[chunk.number])) for chunk in chunks(4))
    monkeypatch.setattr(resume, "cut", lambda *_: cut)
    asks = policy(tmp_path)
    for slice_ in (0, 1):
        claim = Claim(refresh="monday", resumes=bool(slice_))
        with opened(source_db, target_db, asks, KEYS, claim=claim) as part:
            copy, connections, earlier = part.copy, part.connections, part.earlier
            create_target(copy, connections.source, earlier)
            tables = copy.plan.tables
            list(
                load_many(
                    part,
                    tables,
                    lambda _: lambda *_: None,
                    lambda chunk, wanted=slice_: chunk.number // 2 == wanted,
                )
            )
            if slice_:
                connections.sessions.close()
                finish_target(copy, connections.source, earlier)
                with files.files_published(copy):
                    publish_target(copy, connections)
    assert len(files_of(tmp_path, "public.one")) == 4
    assert counted(tmp_path, "public.one") == 100


def test_a_refused_refresh_leaves_no_manifest(
    source_db: str, target_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files count for nothing, and the next refresh removes them."""
    run(source_db, THINGS.format("one", 3))

    def refuse(_evidence: object) -> None:
        raise CopyError("Proving", "a row is missing", "Find it.")

    with monkeypatch.context() as patch:
        patch.setattr(steps, "prove_rows", refuse)
        with pytest.raises(CopyError):
            copy_database(source_db, target_db, policy(tmp_path), KEYS)
    (refused,) = files_in(tmp_path)
    assert not (tmp_path / "latest.json").exists()
    copy_database(source_db, target_db, policy(tmp_path), KEYS)
    assert files_in(tmp_path) == named_files(tmp_path)
    assert refused not in files_in(tmp_path)


def test_an_earlier_refresh_stays_readable(source_db: str, target_db: str, tmp_path: Path) -> None:
    """Each has a folder of its own, and the pointer names the newest."""
    run(source_db, THINGS.format("one", 3))
    copy_database(source_db, target_db, policy(tmp_path), KEYS)
    before = files_in(tmp_path)
    run(source_db, "INSERT INTO one VALUES (4)")
    copy_database(source_db, target_db, policy(tmp_path), KEYS)
    assert before < files_in(tmp_path)
    assert counted(tmp_path, "public.one") == 4


def test_orphans_are_in_no_file(source_db: str, target_db: str, tmp_path: Path) -> None:
    """Rows that were left out after they were loaded are not in the files either."""
    run(source_db, ORPHANED)
    rules = (
        "tables: {public.team: {where: id <> 31},"
        " public.person: {orphan_rows: drop, columns: {email: {action: hash}}}}"
    )
    copy_database(source_db, target_db, policy(tmp_path, rules), KEYS)
    for table in ("person", "visit", "bill"):
        assert counted(tmp_path, f"public.{table}") == 30
    (people,) = files_of(tmp_path, "public.person")
    wanted = rows(target_db, "SELECT id, email, boss FROM person")
    assert sorted(duckdb.sql(f"SELECT * FROM '{people}'").fetchall()) == sorted(wanted)
    assert files_in(tmp_path) == named_files(tmp_path)


def test_all_files_of_a_table_have_one_schema(
    source_db: str, target_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers write chunks side by side; one infinite date makes the column text in all files."""
    monkeypatch.setattr(streams, "WORTH_WORKERS_BYTES", 1 << 18)
    monkeypatch.setattr(streams, "CORES", 4)
    run(
        source_db,
        "CREATE TABLE plain (id int, day date, filler text); CREATE TABLE odd (LIKE plain);"
        "INSERT INTO plain SELECT n, date '2026-01-01' + n, repeat('x', 200)"
        " FROM generate_series(1, 4000) AS n;"
        "INSERT INTO odd SELECT * FROM plain; UPDATE odd SET day = 'infinity' WHERE id = 4000",
    )
    copy_database(source_db, target_db, policy(tmp_path), KEYS)
    assert len(files_of(tmp_path, "public.plain")) > 1
    for table, kind in (("plain", pl.Date), ("odd", pl.String)):
        assert counted(tmp_path, f"public.{table}") == 4000
        found = {
            str(pl.read_parquet_schema(file)["day"])
            for file in files_of(tmp_path, f"public.{table}")
        }
        assert found == {str(kind)}


def test_the_masked_company_is_in_files(company_db: str, target_db: str, tmp_path: Path) -> None:
    """Partitions lie with their table, a subset has its own rows, and no original is anywhere."""
    text = POLICY.read_text(encoding="utf-8")
    sink = f"sink: {{ format: jsonl, url: 'file://{tmp_path}' }}\n"
    start = "subset: { start: [{ table: public.organization, percent: 50 }] }\n"
    copy_database(company_db, target_db, parse_policy(text + sink + start), KEYS)
    manifest = manifest_in(tmp_path)
    for table in manifest["tables"]:
        (wanted,) = rows(target_db, f"SELECT count(*) FROM {table['table']}")
        lines = "".join(
            path.read_text(encoding="utf-8") for path in files_of(tmp_path, table["table"])
        )
        assert lines.count("\n") == table["rows"] == wanted[0], table["table"]
    written = "".join(path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.jsonl"))
    emails = rows(company_db, "SELECT email FROM app_user")
    assert emails
    assert not [email for (email,) in emails if f'"{email}"' in written]


def test_tables_alone_bring_files_of_all(source_db: str, target_db: str, tmp_path: Path) -> None:
    """An exchange reads what readers see; a refresh's folder is whole by itself."""
    run(source_db, SELECTED)
    asks = policy(tmp_path)
    copy_database(source_db, target_db, asks, KEYS)
    run(source_db, "INSERT INTO visit VALUES (1000, 1, '2024-07-01', 'new')")
    first = manifest_in(tmp_path)["refresh"]
    refresh(source_db, target_db, ["visit"], policy=asks)
    assert manifest_in(tmp_path)["refresh"] != first
    shutil.rmtree(tmp_path / first)
    assert counted(tmp_path, "public.visit") == 401
    assert counted(tmp_path, "public.person") == 50
    run(target_db, "UPDATE city SET name = 'not proved' WHERE id = 1")
    with pytest.raises(CopyError, match=r"public\.city: values differ in name"):
        refresh(source_db, target_db, ["visit"], policy=asks)
    assert counted(tmp_path, "public.visit") == 401


def test_a_target_that_is_swapped_in_has_files(
    source_db: str, target_db: str, tmp_path: Path
) -> None:
    """They are written while the new database is loaded beside the old one."""
    run(source_db, THINGS.format("one", 3))
    swaps = parse_policy(
        f"{HEAD.replace('drop_create', 'swap')}"
        f"sink: {{ format: parquet, url: 'file://{tmp_path}' }}\n"
    )
    copy_database(source_db, target_db, swaps, KEYS)
    assert counted(tmp_path, "public.one") == 3


def test_a_file_that_is_gone_is_written_again(
    source_db: str, target_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that is not there is named: the table comes from the target then."""
    run(source_db, THINGS.format("one", 3))

    def spoil(_evidence: object) -> None:
        for path in tmp_path.rglob("*.parquet"):
            path.unlink()

    monkeypatch.setattr(steps, "prove_rows", spoil)
    copy_database(source_db, target_db, policy(tmp_path), KEYS)
    assert counted(tmp_path, "public.one") == 3


def test_a_file_that_was_changed_is_written_again(
    source_db: str, target_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One flipped byte before the publication; its size and its rows are the same."""
    run(source_db, THINGS.format("one", 3))

    def spoil(_evidence: object) -> None:
        for path in tmp_path.rglob("*.csv"):
            path.write_bytes(path.read_bytes().replace(b"3", b"4"))

    monkeypatch.setattr(steps, "prove_rows", spoil)
    copy_database(source_db, target_db, policy(tmp_path, form="csv"), KEYS)
    (file,) = files_of(tmp_path, "public.one")
    assert file.read_text(encoding="utf-8").split() == ['"id"', "1", "2", "3"]


def test_published_files_are_read_again(source_db: str, target_db: str, tmp_path: Path) -> None:
    """Every flipped byte is told of by table and file; folders that are values are not named."""
    run(source_db, THINGS.format("one", 3))
    folders = f"partition_by: {{ public.one: {{ column: name }} }}, url: 'file://{tmp_path}'"
    run(source_db, "ALTER TABLE one ADD COLUMN name text DEFAULT 'nimue'")
    asks = parse_policy(f"{HEAD}sink: {{ format: csv, {folders} }}\n")
    store = open_store(f"file://{tmp_path}", {})
    assert read_again(store) is None
    copy_database(source_db, target_db, asks, KEYS)
    found = read_again(store)
    assert found is not None
    assert (found.files, found.rows, found.wrong) == (1, 3, {})
    (file,) = files_of(tmp_path, "public.one")
    written = file.read_bytes()
    file.write_bytes(written.replace(b"2", b"3"))
    changed = read_again(store)
    assert changed is not None
    assert changed.wrong == {f"public.one: {file.name}": NOT_WRITTEN_SO}
    file.unlink()
    gone = read_again(store)
    assert gone is not None
    assert gone.wrong == {f"public.one: {file.name}": IS_GONE}
    file.write_bytes(written)
    for path in (tmp_path / "latest.json", file.parents[2] / "manifest.json"):
        whole = path.read_bytes()
        for place in range(0, len(whole), 7):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            with pytest.raises(CopyError, match="Reading "):
                read_again(store)
        path.write_bytes(whole)


def test_a_store_that_fails_says_so_in_a_sentence(
    source_db: str, target_db: str, tmp_path: Path
) -> None:
    """While rows are loaded, their transaction ends; the pointer names the files of before."""
    run(source_db, THINGS.format("one", 3))
    copy_database(source_db, target_db, policy(tmp_path), KEYS)
    before = json.loads((tmp_path / "latest.json").read_text(encoding="utf-8"))
    run(source_db, "INSERT INTO one VALUES (4)")
    asks = policy(tmp_path)
    with opened(source_db, target_db, asks, KEYS) as begun:
        create_target(begun.copy, begun.connections.source, begun.earlier)
        (tmp_path / begun.copy.mark.refresh).write_text("in the way", encoding="utf-8")
        with pytest.raises(CopyError, match=re.escape("rows of public.one to the store")):
            list(load_many(begun, begun.copy.plan.tables, lambda _: lambda *_: None))
    assert rows(target_db, "SELECT count(*) FROM one") == [(0,)]
    assert json.loads((tmp_path / "latest.json").read_text(encoding="utf-8")) == before


def test_files_that_cannot_be_published_are_told_apart_from_the_target(
    source_db: str, target_db: str, tmp_path: Path
) -> None:
    """The target is published by then, and the sentence says so."""
    run(source_db, THINGS.format("one", 3))
    (tmp_path / "latest.json" / "in the way").mkdir(parents=True)
    with pytest.raises(CopyError, match="its target is published"):
        copy_database(source_db, target_db, policy(tmp_path), KEYS)
    assert rows(target_db, "SELECT count(*) FROM one") == [(3,)]
    assert rows(target_db, "SELECT to_regclass('_privaci.file')") == [(None,)]


def test_encrypted_files_lie_in_a_bucket(source_db: str, target_db: str, bucket: Bucket) -> None:
    """Their reader needs the private key alone; credentials come with the options."""
    pyrage = optional_module("pyrage")
    mine = pyrage.x25519.Identity.generate()
    run(source_db, THINGS.format("one", 3))
    asks = parse_policy(
        f"{HEAD}sink: {{ format: csv, url: '{bucket.url}', recipients: [{mine.to_public()}] }}\n"
    )
    copy_database(source_db, target_db, asks, KEYS, claim=Claim(environ=bucket.environ))
    (path,) = files_of(bucket.folder / "kept", "public.one")
    assert path.name.endswith(".csv.age")
    assert pyrage.decrypt(path.read_bytes(), [mine]) == b'"id"\n1\n2\n3\n'
