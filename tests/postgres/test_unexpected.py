"""An unexpected error becomes a sentence with a reference; its file holds lines and no value."""

from __future__ import annotations

import errno
import re
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from privaci_core.errors import CopyError, PreflightError, PrivaciError
from privaci_core.postgres.driver_errors import REMEDIES
from privaci_core.postgres.unexpected import HOME, explained, keep_reports_in

VALUE = "Olga Unseen"

pytestmark = pytest.mark.postgres


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> object:
    """A folder for the files of one test."""
    before = HOME.set(str(tmp_path))
    yield tmp_path
    HOME.reset(before)


def raised(error: Exception, behind: Exception | None = None) -> Exception:
    """The error with the lines that raised it, perhaps while another one was handled."""
    with pytest.raises(type(error)) as found:
        fail(error, behind)
    return found.value


def fail(error: Exception, behind: Exception | None) -> None:
    """Raise an error, perhaps while another one is handled."""
    try:
        if behind is not None:
            fail(behind, None)
    finally:
        raise error


def file_of(error: PrivaciError) -> Path:
    """The file that a sentence names."""
    named = re.search(r"the file (\S+):", str(error))
    assert named is not None
    return Path(named[1])


def test_the_sentence_has_a_reference_and_the_file_the_lines(home: Path) -> None:
    """Of the error and of what it hid; only the file's owner can read it."""
    error = explained("Trying", raised(ValueError(VALUE), KeyError(VALUE)))
    path = file_of(error)
    text = path.read_text()
    assert path.parent == home / "unexpected"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    reference = re.search("reference ([0-9a-f]{8})", str(error))
    assert reference is not None
    assert reference[0] in text
    assert "builtins.ValueError\n" in text
    assert "while handling\nbuiltins.KeyError\n" in text
    assert text.count(" in fail\n") >= 2
    assert VALUE not in text + str(error)
    assert error.exit_code == 1


def test_a_file_is_named_by_its_last_folders() -> None:
    """Those above them may name a person."""
    code = compile("raise ValueError", "/home/olga/work/room/part/file.py", "exec")
    try:
        exec(code)  # noqa: S102 - our own
    except ValueError as error:
        text = file_of(explained("Trying", error)).read_text()
    assert "\n  room/part/file.py:1 in <module>\n" in text
    assert "olga" not in text


def test_the_same_failure_has_one_file(home: Path) -> None:
    """A sensor that fails twice a minute fills no disk."""
    told = {str(explained("Trying", raised(ValueError(str(number))))) for number in range(3)}
    assert len(told) == 1
    assert len(list((home / "unexpected").iterdir())) == 1


def test_a_folder_that_cannot_be_written_is_no_second_error(tmp_path: Path) -> None:
    """The system's folder for temporary files serves then."""
    (tmp_path / "unexpected").write_text("a file, not a folder")
    path = file_of(explained("Trying", raised(ValueError(VALUE))))
    assert path.parent != tmp_path / "unexpected"
    path.unlink()
    keep_reports_in("")


def test_without_any_folder_the_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reference alone is left."""
    monkeypatch.setattr("privaci_core.postgres.unexpected._folders", lambda: iter(()))
    error = explained("Trying", raised(ValueError(VALUE)))
    assert "could not be written" in error.remediation
    assert "reference" in error.cause


def test_the_system_says_in_its_own_words_what_it_refused() -> None:
    """The text of the error may hold more than that."""
    told = explained("Trying", raised(NotADirectoryError(errno.ENOTDIR, VALUE, VALUE)))
    assert "an unexpected NotADirectoryError (Not a directory), reference" in told.cause
    assert VALUE not in str(told) + file_of(told).read_text()


def test_an_error_of_ours_stays_as_it_is() -> None:
    """It has said all already."""
    error = PreflightError("Reading a file", "it is not there", "Name another.")
    assert explained("Trying", error) is error


def test_a_recursion_is_cut() -> None:
    """Its first and last lines tell all."""

    def again() -> None:
        again()

    try:
        again()
    except RecursionError as error:
        text = file_of(explained("Trying", error)).read_text()
    assert len(text.splitlines()) < 300
    assert re.search(r"\.\.\. \d+ more", text)


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (MemoryError(), "memory"),
        (OSError(errno.ENOSPC, VALUE), "Make room"),
        (OSError(errno.EMFILE, VALUE), "ulimit"),
        (psycopg.errors.DiskFull(VALUE), "disk"),
        (psycopg.errors.AdminShutdown(VALUE), "stopped"),
        (psycopg.OperationalError(VALUE), "connection broke"),
        (psycopg.errors.InsufficientPrivilege(VALUE), "Grant"),
    ],
)
def test_a_known_kind_needs_no_report(home: Path, error: Exception, word: str) -> None:
    """Wherever it comes up, it says what to do, and no file is written."""
    told = explained("Trying", raised(error))
    assert isinstance(told, CopyError)
    assert word in told.remediation
    assert VALUE not in str(told)
    assert not (home / "unexpected").exists()


def test_the_codes_and_the_server_are_in_the_file(target_db: str) -> None:
    """The driver's class and the documented code; no code that a function made up."""
    codes = ("22012", "90210")
    assert not REMEDIES.keys() & {*codes}
    texts = []
    for code in codes:
        try:
            with psycopg.connect(target_db, autocommit=True) as connection:
                raising = f"RAISE EXCEPTION '{VALUE}' USING ERRCODE = '{code}', HINT = '{VALUE}'"
                connection.execute(f"DO $$ BEGIN {raising}; END $$")  # type: ignore[call-overload]
        except psycopg.Error as error:
            texts.append(file_of(explained("Trying", error)).read_text())
    assert "DivisionByZero (SQLSTATE 22012)" in texts[0]
    assert "90210" not in texts[1]
    assert VALUE not in "".join(texts)
    assert "psycopg " in texts[0]


def test_the_version_of_an_open_server_is_told(target_db: str) -> None:
    """Of each connection that the failed lines held."""
    with psycopg.connect(target_db) as connection:
        with pytest.raises(KeyError) as found:
            fail_with(connection)
        told = explained("Trying", found.value)
        version = connection.info.server_version
    assert f"server {version}" in file_of(told).read_text()


def fail_with(connection: psycopg.Connection) -> None:
    """Fail in lines that hold a connection."""
    raise KeyError(connection.info.dbname)


def test_a_full_disk_is_known_behind_other_errors(tmp_path: Path) -> None:
    """SQLite, which keeps Dagster's runs, says so by a code of its own, and libraries wrap it."""
    with closing(sqlite3.connect(tmp_path / "runs.db")) as database:
        database.execute("CREATE TABLE run (about text)")
        database.execute("PRAGMA max_page_count = 3")
        with pytest.raises(sqlite3.OperationalError) as full:
            database.execute("INSERT INTO run VALUES (?)", ["x" * 100_000])
    told = explained("Trying", raised(RuntimeError(VALUE), full.value))
    assert isinstance(told, CopyError)
    assert "the disk of this machine is full" in str(told)
    assert VALUE not in str(told)
