"""The example plugin, installed as a user installs it, for the tests that ask for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "plugin"


@pytest.fixture(scope="session")
def installed_plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that pip put it into; nothing is downloaded."""
    folder = tmp_path_factory.mktemp("plugins")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
    ]
    done = subprocess.run(
        [*command, "--target", str(folder), str(EXAMPLE)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def plugins(installed_plugin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example plugin on the path of this process."""
    monkeypatch.syspath_prepend(str(installed_plugin))
