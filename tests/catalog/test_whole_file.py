"""A file that cannot be written whole stays as it was."""

from __future__ import annotations

import errno
import os
import resource
import signal
from typing import TYPE_CHECKING

import pytest

from privaci_core.catalog.whole_file import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.unit

BEFORE, AFTER = b"version: 1\n", b"version: 2\n"


@pytest.fixture
def no_room() -> Iterator[None]:
    """No file may get longer than four bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.usefixtures("no_room")
def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    """And nothing beside it."""
    path = tmp_path / "policy.yaml"
    with pytest.raises(OSError, match="File too large"):
        write_whole(path, BEFORE)
    assert list(tmp_path.iterdir()) == []
    path.write_bytes(b"old")
    with pytest.raises(OSError, match="File too large"):
        write_whole(path, AFTER)
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"old"]


def test_a_file_keeps_its_mode_and_its_links(tmp_path: Path) -> None:
    """A link leads to the new octets as it did to the old ones."""
    path, link = tmp_path / "policy.yaml", tmp_path / "link.yaml"
    write_whole(path, BEFORE)
    path.chmod(0o640)
    link.symlink_to(path)
    write_whole(link, AFTER)
    assert link.is_symlink()
    assert path.read_bytes() == AFTER
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_file_that_cannot_be_replaced_is_written_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that a container mounts by itself; no draft stays beside it."""
    path = tmp_path / "policy.yaml"
    path.write_bytes(BEFORE)

    def busy(_draft: Path, _place: Path) -> Path:
        raise OSError(errno.EBUSY, "Device or resource busy")

    monkeypatch.setattr(type(path), "replace", busy)
    write_whole(path, AFTER)
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [AFTER]
    with pytest.raises(OSError, match="busy"):
        write_whole(tmp_path / "new.yaml", AFTER)
    assert list(tmp_path.iterdir()) == [path]


def test_a_pipe_gets_what_is_written(tmp_path: Path) -> None:
    """It is no file that could be replaced."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, AFTER)
    assert os.read(reader, 100) == AFTER
    os.close(reader)
