"""`privaci` without a subcommand, as PrivaCI's users type it, and where it finds the policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
import typer
from e2e.commands import privaci
from e2e.shop import RULES, Shop

from privaci_dagster.cli import COMMANDS, app_for, bare
from privaci_dagster.cli.bare import policy_at, with_command


@pytest.mark.unit
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", ""),
        ("--help", "--help"),
        ("--version", "--version"),
        ("plan --all", "plan --all"),
        ("--config r.yaml --dry-run", "run --config r.yaml --dry-run"),
        ("--log-level debug plan", "plan --log-level debug"),
        ("--log-level=debug -q plan", "plan --log-level=debug -q"),
        ("--log-level debug", "run --log-level debug"),
        ("--log-level debug --source url", "run --log-level debug --source url"),
        ("--log-level", "run --log-level"),
    ],
)
def test_options_without_a_subcommand_are_those_of_a_run(
    typed: str, meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The options of every subcommand may stand before it as well; help stays help."""
    monkeypatch.chdir(tmp_path)
    assert with_command(typed.split(), COMMANDS) == meant.split()


@pytest.mark.unit
def test_a_policy_in_the_folder_precedes_the_mounted_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is named is neither."""
    monkeypatch.chdir(tmp_path)
    mounted = tmp_path / "config.yaml"
    monkeypatch.setattr(bare, "MOUNTED", mounted)
    usual, named = Path("mask-rules.yaml"), Path("other.yaml")
    assert policy_at(usual) == usual
    assert with_command([], COMMANDS) == []
    mounted.touch()
    assert [policy_at(usual), policy_at(named)] == [mounted, named]
    assert with_command([], COMMANDS) == ["run"]
    usual.touch()
    assert policy_at(usual) == usual


@pytest.mark.unit
def test_every_command_finds_the_mounted_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its default of --config."""
    monkeypatch.chdir(tmp_path)
    mounted = tmp_path / "mounted.yaml"
    mounted.write_text(RULES)
    monkeypatch.setattr(bare, "MOUNTED", mounted)
    group: Any = typer.main.get_command(app_for(["validate"]))
    with pytest.raises(SystemExit) as ended:
        group(["validate"])
    assert ended.value.code == 0


@pytest.mark.e2e
def test_a_bare_command_is_a_run(source_db: str, target_db: str, tmp_path: Path) -> None:
    """With the policy of the working folder; a variable says how much it tells."""
    with psycopg.connect(source_db, autocommit=True) as source:
        source.execute("CREATE TABLE person (id int PRIMARY KEY, email text)")
        source.execute("INSERT INTO person VALUES (1, 'nimue@corp.example')")
    shop = Shop(tmp_path, source_db, target_db)
    done = shop.privaci()
    assert done.returncode == 0, done.stderr
    assert "1 table, 1 row, " in done.stdout
    assert "connecting to the source" in shop.privaci("plan", PRIVACI_LOG_LEVEL="INFO").stderr
    assert "connecting to" in shop.privaci("--log-level", "info", "plan").stderr


@pytest.mark.e2e
def test_without_a_policy_the_bare_command_helps(tmp_path: Path) -> None:
    """Nothing is run where nothing says what to mask."""
    shown = privaci("--help").stdout
    done = Shop(tmp_path, "", "")
    (tmp_path / "mask-rules.yaml").unlink()
    helped = done.privaci()
    assert (helped.stdout + helped.stderr).splitlines()[:3] == shown.splitlines()[:3]
