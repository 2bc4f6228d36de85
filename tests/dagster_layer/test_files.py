"""A run writes files beside the target: a killed one's stay, and its resume publishes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from dagster_layer.interrupted import target_table
from dagster_layer.runs import NOTHING_MASKED, project_in, refresh
from dagster_layer.test_resume import PARTITION_TAG, in_slices
from substrate.databases import run

from privaci_dagster.asset_keys import Names

if TYPE_CHECKING:
    from pathlib import Path

    from dagster_layer.interrupted import Refreshes

pytestmark = pytest.mark.dagster


def parts_in(folder: Path) -> set[str]:
    """The names of all Parquet files."""
    return {path.name for path in folder.rglob("*.parquet")}


def test_a_killed_run_and_its_resume_publish_each_row_once(
    chunked: Refreshes, tmp_path: Path
) -> None:
    """Files of committed chunks stay, the others are written; the asset says where they are."""
    folder = tmp_path / "files"
    asks = f"{NOTHING_MASKED}sink: {{ format: parquet, url: 'file://{folder}' }}\n"
    killed = chunked.run(asks, interrupt_at=("b", 2))
    assert not killed.success
    committed = parts_in(folder)
    assert len(committed) >= 2
    assert not (folder / "latest.json").exists()
    done = chunked.run(asks, resumes=killed)
    assert done.success
    assert ("b", 0) not in chunked.loaded
    found = json.loads((folder / "latest.json").read_text(encoding="utf-8"))
    assert found["refresh"] == killed.run_id
    manifest = json.loads((folder / found["manifest"]).read_text(encoding="utf-8"))
    counts = {each["table"]: _rows(folder / found["refresh"], each) for each in manifest["tables"]}
    assert counts == {"public.a": 20_000, "public.b": 20_000, "public.c": 20_000}
    named = {file["name"] for each in manifest["tables"] for file in each["files"]}
    assert len([name for name in committed if any(name in each for each in named)]) >= 2
    (made,) = done.asset_materializations_for_node("target__published")
    assert made.metadata["files"].value == f"file://{folder}/{found['refresh']}"


def test_slices_by_runs_of_their_own_publish_each_row_once(
    chunked: Refreshes, tmp_path: Path
) -> None:
    """As several machines do it: each run writes its slices' files, the last one names them all."""
    folder = tmp_path / "files"
    asks = f"{NOTHING_MASKED}sink: {{ format: parquet, url: 'file://{folder}' }}\n"
    project, names = chunked.project(asks), Names()
    in_slices(project, 2)
    tables = [target_table(name) for name in "abc"]
    assert chunked.run_job(project, {}, selection=[names.schema]).success
    for name in ("1 of 2", "2 of 2"):
        before = len(parts_in(folder))
        assert chunked.run_job(project, {PARTITION_TAG: name}, selection=tables).success
        assert len(parts_in(folder)) > before
        assert not (folder / "latest.json").exists()
    written = parts_in(folder)
    assert chunked.run_job(project, {}, selection=[names.constraints, names.published]).success
    found = json.loads((folder / "latest.json").read_text(encoding="utf-8"))
    manifest = json.loads((folder / found["manifest"]).read_text(encoding="utf-8"))
    counts = {each["table"]: _rows(folder / found["refresh"], each) for each in manifest["tables"]}
    assert counts == {"public.a": 20_000, "public.b": 20_000, "public.c": 20_000}
    # None of them was read from the target.
    assert parts_in(folder) == written


def test_a_refused_run_removes_its_files(
    source_db: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The closed target keeps its rows for a look; nothing would close files."""
    folder = tmp_path / "files"
    run(
        source_db,
        "CREATE TABLE person (id int, email text, note text)",
        "INSERT INTO person VALUES (7, 'nimue@corp.example', 'write to nimue@corp.example')",
    )
    rules = "tables: {public.person: {columns: {email: {action: fake, provider: email}}}}\n"
    again = "on_existing_data: drop_create\n"
    asks = f"{NOTHING_MASKED}{again}{rules}sink: {{ format: parquet, url: 'file://{folder}' }}\n"
    project = project_in(tmp_path, source_db, target_db, asks)
    refused = refresh(project, instance, monkeypatch)
    assert not refused.success
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    run(source_db, "UPDATE person SET note = 'nothing'")
    assert refresh(project, instance, monkeypatch).success
    assert len(parts_in(folder)) == 1


def _rows(folder: Path, table: Any) -> int:
    """How many different rows the files of a table hold."""
    frames = [pl.read_parquet(folder / file["name"]) for file in table["files"]]
    return pl.concat(frames)["id"].n_unique()
