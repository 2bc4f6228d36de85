"""Turns an unexpected error into a sentence with a reference, and keeps its lines in a file.

Neither holds a value: no text of an error, no line of source, no variable.
"""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import sys
import tempfile
import traceback
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from privaci_core.errors import CopyError, PrivaciError

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME_VARIABLE = "DAGSTER_HOME"
FOLDER = "unexpected"
DIGITS = 8
# A file is found by its last folders; those above them may name a person.
PARTS = 3
MOST_ERRORS, MOST_LINES = 10, 200
PACKAGES = ("privaci-dagster", "dagster", "psycopg", "polars", "pyarrow")
MORE_MEMORY = "Give the process more memory, then resume or run again."
MACHINE = {
    errno.ENOSPC: (
        "the disk of this machine is full",
        "Make room for Dagster's home and for temporary files, then resume or run again.",
    ),
    errno.EMFILE: (
        "this process has too many files open",
        "Raise its limit (ulimit -n), then resume or run again.",
    ),
}
UNWRITTEN = "Report it with the reference; its lines could not be written to a file."
# The folder that a command names, for its own process and those that it starts.
HOME: ContextVar[str] = ContextVar("home", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What may be told of an error and of those that led to it: classes, codes and places."""

    kind: str
    lines: tuple[str, ...]

    @property
    def reference(self) -> str:
        """Digits that are the same whenever the same lines fail in the same way."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()[:DIGITS]


def keep_reports_in(home: Path | str) -> None:
    """Name Dagster's home of this process, where the files of unexpected errors are kept."""
    HOME.set(str(home))


def reports_home() -> str:
    """Dagster's home, where this process keeps such files; empty if none is known."""
    return HOME.get() or os.environ.get(HOME_VARIABLE, "")


def explained(
    doing: str, error: BaseException, kind: type[PrivaciError] = PrivaciError
) -> PrivaciError:
    """The error that says what is known of another one, without its text and its traceback.

    An error of ours stays as it is. A known kind of the driver's says what to do. Any other gets
    a reference, and a file that holds its lines.
    """
    if isinstance(error, PrivaciError):
        return error
    return known(doing, error) or _unexpected(doing, error, kind)


def known(doing: str, error: BaseException) -> PrivaciError | None:
    """An error of the server or of this machine that has nothing to do with the data."""
    if isinstance(error, MemoryError):
        return CopyError(doing, "this process ran out of memory", MORE_MEMORY)
    if isinstance(error, OSError) and error.errno in MACHINE:
        return CopyError(doing, *MACHINE[error.errno])
    if any(getattr(each, "sqlite_errorname", "") == "SQLITE_FULL" for each in _chain(error)):
        return CopyError(doing, *MACHINE[errno.ENOSPC])
    # The driver itself may be what is missing.
    psycopg = sys.modules.get("psycopg")
    if psycopg is None or not isinstance(error, psycopg.Error):
        return None
    from privaci_core.postgres.driver_errors import remedy_of, what_failed  # noqa: PLC0415

    remedy = remedy_of(error)
    return CopyError(doing, what_failed(error), remedy) if remedy else None


def _unexpected(doing: str, error: BaseException, kind: type[PrivaciError]) -> PrivaciError:
    found = Lines(kind=type(error).__name__, lines=tuple(_told(error)))
    # The system's own words for a code; the error's text may hold more.
    code = error.errno if isinstance(error, OSError) else None
    why = f" ({os.strerror(code)})" if code else ""
    cause = f"an unexpected {found.kind}{why}, reference {found.reference}"
    return kind(doing, cause, _report(found, _versions(error)))


def reported(doing: str, found: Lines) -> PrivaciError:
    """The error that says what is known of one of which only the lines are left."""
    cause = f"an unexpected {found.kind}, reference {found.reference}"
    return PrivaciError(doing, cause, _report(found, _own_versions()))


def _report(found: Lines, versions: list[str]) -> str:
    path = _kept(found, versions)
    return f"Report it with the file {path}: it holds no value." if path else UNWRITTEN


def _told(error: BaseException) -> Iterator[str]:
    """The classes and places of an error and of those behind it."""
    before: BaseException | None = None
    for each in _chain(error):
        if before is not None:
            yield "caused by" if before.__cause__ else "while handling"
        yield _head(each)
        yield from _places(each)
        before = each


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and those that led to it, the last one first."""
    seen = set[int]()
    behind: BaseException | None = error
    while behind is not None and id(behind) not in seen and len(seen) < MOST_ERRORS:
        seen.add(id(behind))
        yield behind
        behind = behind.__cause__ or behind.__context__


def _head(error: BaseException) -> str:
    """The class of an error, and the code that the driver or the system gave it."""
    code = ""
    if isinstance(error, OSError) and error.errno:
        code = f" {errno.errorcode.get(error.errno, error.errno)}"
    psycopg = sys.modules.get("psycopg")
    if psycopg is not None and isinstance(error, psycopg.Error):
        from privaci_core.postgres.driver_errors import documented  # noqa: PLC0415

        code = documented(error.sqlstate or "")
    return f"{type(error).__module__}.{type(error).__qualname__}{code}"


def place_of(path: str, number: int | str, function: str) -> str:
    """A line that led to an error, as it is told."""
    return f"  {Path(*Path(path).parts[-PARTS:])}:{number} in {function}"


def _places(error: BaseException) -> list[str]:
    """The lines that led to an error, without their text; of a recursion the first and the last."""
    frames = [
        place_of(code.co_filename, number, code.co_name)
        for frame, number in traceback.walk_tb(error.__traceback__)
        for code in [frame.f_code]
    ]
    if len(frames) > MOST_LINES:
        half = MOST_LINES // 2
        frames[half:-half] = [f"  ... {len(frames) - MOST_LINES} more"]
    return frames


def _versions(error: BaseException) -> list[str]:
    """The versions of what took part."""
    return _own_versions() + [f"server {version}" for version in sorted(_servers(error))]


def _own_versions() -> list[str]:
    known = [f"python {platform.python_version()} on {platform.system()}"]
    for package in PACKAGES:
        try:
            known.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            known.append(f"{package} is not installed")
    return known


def _servers(error: BaseException) -> set[int]:
    """The versions of the servers that the failed lines were connected to."""
    psycopg = sys.modules.get("psycopg")
    if psycopg is None:
        return set()
    values = (
        value
        for frame, _ in traceback.walk_tb(error.__traceback__)
        for value in frame.f_locals.values()
    )
    return {
        value.info.server_version
        for value in values
        if issubclass(type(value), psycopg.Connection) and not value.closed
    }


def _kept(found: Lines, versions: list[str]) -> Path | None:
    """The file that holds the lines, which its owner alone can read; None if it was not written."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    text = "\n".join([f"reference {found.reference}", now, *versions, "", *found.lines, ""])
    for folder in _folders():
        try:
            return _written(folder, f"privaci-{found.reference}.txt", text)
        except OSError:
            continue
    return None


def _folders() -> Iterator[Path]:
    """Where a file may be kept: beside Dagster's runs if that folder is known."""
    home = reports_home()
    if home and Path(home).is_dir():
        yield Path(home, FOLDER).absolute()
    yield Path(tempfile.gettempdir()).absolute()


def _written(folder: Path, name: str, text: str) -> Path:
    """Write a file whole or not at all; the same failure replaces its own file."""
    folder.mkdir(mode=0o700, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(prefix="privaci-", suffix=".txt", dir=folder)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    try:
        return Path(draft).replace(folder / name)
    except OSError:
        # In a folder that everybody shares, the name may belong to another user.
        return Path(draft)
