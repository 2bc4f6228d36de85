"""A command never ends in a traceback: what is unexpected becomes a sentence with a reference."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, NoReturn

import pytest

from privaci_core.postgres.unexpected import HOME
from privaci_dagster.cli import main, policy_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.e2e
VALUE = "Olga Unseen of cell seven"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path) -> Iterator[None]:
    """Files of unexpected errors go into the test's folder."""
    before = HOME.set(str(tmp_path))
    yield
    HOME.reset(before)


def ended(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The exit code of a command that runs in this process."""
    monkeypatch.setattr(sys, "argv", ["privaci", *words])
    with pytest.raises(SystemExit) as found:
        main()
    return int(str(found.value.code))


def test_an_unexpected_error_ends_with_a_reference(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Its text and its lines are not printed; the file that is named has the lines."""

    def broken() -> NoReturn:
        raise LookupError(VALUE)

    monkeypatch.setattr(policy_file, "new_salt", broken)
    assert ended(monkeypatch, "gen-salt") == 1
    printed = "".join(capsys.readouterr())
    (path,) = (tmp_path / "unexpected").iterdir()
    assert printed.startswith("error: Running privaci gen-salt\n")
    assert "an unexpected LookupError, reference" in printed
    assert str(path) in printed
    assert "in broken" in path.read_text()
    assert VALUE not in printed + path.read_text()
    assert "Traceback" not in printed


def test_ctrl_c_while_a_command_begins_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its imports take a while."""

    def interrupted(_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("privaci_dagster.cli.app_for", interrupted)
    assert ended(monkeypatch, "gen-salt") == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.parametrize("module", ["signal", "typer", "psycopg"])
def test_ctrl_c_during_an_import_is_no_traceback(module: str) -> None:
    """The libraries take most of the time before the first line."""
    code = f"""
import os, signal, sys
class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.modules.pop("signal")
sys.meta_path.insert(0, Interrupts())
sys.argv = ["privaci", "plan"]
from privaci_dagster.cli import main
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, done.stdout) == (130, "interrupted\n", "")


@pytest.mark.parametrize("command", ["report", "demo"])
def test_a_home_that_is_a_file_is_named(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    command: str,
) -> None:
    """With what to do: it is a mistake of the command line."""
    path = tmp_path / "a-file"
    path.touch()
    flag = "--home" if command == "demo" else "--dagster-home"
    assert ended(monkeypatch, command, flag, str(path)) == 2
    printed = capsys.readouterr().err
    assert str(path) in printed
    assert "Name a folder" in printed
