"""A Dagster project with two masked databases, assets built on them, steps in processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
import yaml
from substrate.databases import cloned

from privaci_core.catalog.lock_file import read_lock, write_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from substrate.databases import Databases

pytestmark = pytest.mark.e2e

BIN = Path(sys.executable).parent
EXAMPLE = Path(__file__).parents[2] / "examples" / "existing-dagster-project"
SALT = "the salt of the test suite, long enough"
INSTANCE = "telemetry:\n  enabled: false\n"
# Steps in processes of their own, as by Dagster's default, forked from one that has imported what
# they need.
IMPORTED = "[privaci_core.refresh.steps, privaci_dagster.build, privaci_dagster.components]"
EXECUTION = (
    "execution: {config: {multiprocess: {max_concurrent: 2, start_method:"
    f" {{forkserver: {{preload_modules: {IMPORTED}}}}}}}}}}}\n"
)


class Analytics:
    """The example project in a folder of its own, with databases for it."""

    def __init__(self, folder: Path, urls: dict[str, str]) -> None:
        """Lay it out."""
        self.folder, self.urls = folder / "project", urls
        shutil.copytree(EXAMPLE, self.folder)
        self.home = folder / "dagster"
        self.home.mkdir()
        (self.home / "dagster.yaml").write_text(INSTANCE)

    def dg(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run Dagster's own command line in the project."""
        environ = {
            **os.environ,
            **self.urls,
            "DAGSTER_HOME": str(self.home),
            "ANONYMIZATION_SALT": SALT,
        }
        environ |= {
            "PYTHONPATH": str(self.folder),
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        }
        return subprocess.run(
            [BIN / "dg", *arguments],
            capture_output=True,
            text=True,
            env=environ,
            cwd=self.folder,
            check=False,
        )


@pytest.fixture
def analytics(databases: Databases, tmp_path: Path) -> Iterator[Analytics]:
    """Two sources as the example's scripts make them, and two empty targets."""
    with ExitStack() as held:
        urls = {
            f"{name}_{end}_URL": held.enter_context(cloned(databases))
            for name in ("SHOP", "CRM")
            for end in ("SOURCE", "TARGET")
        }
        for name in ("shop", "crm"):
            with psycopg.connect(urls[f"{name.upper()}_SOURCE_URL"], autocommit=True) as connection:
                connection.execute((EXAMPLE / "sql" / f"{name}.sql").read_text())  # type: ignore[call-overload]
        yield Analytics(tmp_path, urls)


def test_two_databases_and_a_report_in_steps_of_their_own(
    analytics: Analytics, tmp_path: Path
) -> None:
    """One line materializes both copies and the report, each step in a process of its own."""
    (tmp_path / "run.yaml").write_text(EXECUTION)
    done = analytics.dg("launch", "--assets", "*", "--config", tmp_path / "run.yaml")
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-4000:]
    assert "orders_by_city" in said
    for name, table in (("SHOP", "customer"), ("CRM", "contact")):
        with psycopg.connect(analytics.urls[f"{name}_TARGET_URL"]) as target:
            original = "email LIKE 'nimue%@shop.example'"
            counted = f"SELECT count(*), count(*) FILTER (WHERE {original}) FROM {table}"
            assert target.execute(counted).fetchone() == (300, 0)  # type: ignore[call-overload]
            # One run carried both: each database has its own trail.
            published = "SELECT count(*) FROM _privaci.audit_log WHERE event = 'published'"
            assert target.execute(published).fetchone() == (1,)
    assert "nimue7@" not in said
    assert len(list((analytics.home / "privaci" / "proofs").glob("*/proof.json"))) == 2


def test_tables_in_steps_of_their_own_are_exchanged_once(
    analytics: Analytics, tmp_path: Path
) -> None:
    """Two processes ask for the same exchange: one does it, the other one tells of its table."""
    path = analytics.folder / "analytics" / "defs" / "shop" / "privaci.lock.json"
    lock = read_lock(path)
    alone = [replace(table, travels="alone") for table in lock.tables]
    write_lock(replace(lock, tables=tuple(alone)), path)
    (tmp_path / "run.yaml").write_text(EXECUTION)
    whole = ("schema", "public/customer", "public/purchase", "constraints", "published")
    for names in (whole, ("public/customer", "public/purchase")):
        assets = " or ".join(f'key:"shop/target/{name}"' for name in names)
        done = analytics.dg("launch", "--assets", assets, "--config", tmp_path / "run.yaml")
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
        with psycopg.connect(analytics.urls["SHOP_TARGET_URL"]) as target:
            published = "SELECT count(*) FROM _privaci.audit_log WHERE event = 'published'"
            counted = target.execute(published).fetchone()
    assert counted == (2,)


def test_the_component_is_listed_and_scaffolded(analytics: Analytics) -> None:
    """`dg` lists it without heavy imports, writes a new one's files, and loads definitions."""
    listed = analytics.dg("list", "components", "--json")
    assert "privaci_dagster.components.MaskedDatabase" in listed.stdout, listed.stderr
    made = analytics.dg("scaffold", "defs", "privaci_dagster.components.MaskedDatabase", "billing")
    assert made.returncode == 0, made.stderr
    folder = analytics.folder / "analytics" / "defs" / "billing"
    attributes = yaml.safe_load((folder / "defs.yaml").read_text())["attributes"]
    assert attributes["prefix"] == "billing"
    assert attributes["source_variable"] == "BILLING_SOURCE_URL"
    missing = analytics.dg("check", "defs")
    said = " ".join((missing.stdout + missing.stderr).split())
    assert missing.returncode == 1
    assert "there is no privaci.lock.json beside its defs.yaml" in said
    assert "Set BILLING_SOURCE_URL and BILLING_TARGET_URL to the databases' URLs." in said
    written = f"privaci introspect --lock {folder / 'privaci.lock.json'}"
    assert f'Write it: SOURCE_DB_URL="$BILLING_SOURCE_URL" {written}' in said
    assert "build.py" not in said
    listed = analytics.dg("list", "envs")
    assert "BILLING_TARGET_URL" in listed.stdout
    shutil.copy(analytics.folder / "analytics" / "defs" / "crm" / "privaci.lock.json", folder)
    shown = analytics.dg("list", "defs", "--json")
    assert shown.returncode == 0, shown.stderr
    for name in (
        "billing/target/published",
        "crm/target/published",
        "shop/target/public/customer",
        "crm_refresh",
    ):
        assert name in shown.stdout
    checked = analytics.dg("check", "yaml")
    assert checked.returncode == 0, checked.stdout
