"""The build hook: which compiler makes the inner loops, and what a wheel is tagged."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Protocol

import pytest

ROOT = Path(__file__).parents[2]

LIBRARY = "privaci_core/compiled/libloops.so"

pytestmark = pytest.mark.unit


class Hook(Protocol):
    """What Hatchling calls before and after it writes a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Change what goes into the wheel."""

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Tidy up."""


@pytest.fixture
def build() -> ModuleType:
    """The hook that an installation calls."""
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with nothing but the loops to compile."""
    folder = Path(LIBRARY).parent
    (tmp_path / folder).mkdir(parents=True)
    for source in (ROOT / folder).glob("*.[ch]"):
        shutil.copy(source, tmp_path / folder)
    return tmp_path


@pytest.fixture
def warnings() -> list[str]:
    """What the hook warned of."""
    return []


@pytest.fixture
def hook(build: ModuleType, project: Path, warnings: list[str]) -> Hook:
    """The hook as Hatchling makes it."""
    app = SimpleNamespace(display_warning=warnings.append)
    hook: Hook = build.CompiledLoops(str(project), {}, None, None, "", "wheel", app)
    return hook


@pytest.fixture
def without_compiler(build: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which one compiler fails and the other is missing."""
    broken = [["false"], [str(project / "no such compiler")]]
    monkeypatch.setattr(build, "compilers", lambda: broken)
    monkeypatch.setattr(build, "zig", lambda: ["false"])


@pytest.fixture
def data() -> dict[str, Any]:
    """What the hook may change of a wheel, as Hatchling hands it over."""
    return {"force_include": {}, "pure_python": True}


@pytest.mark.parametrize("zig", [False, True])
def test_each_compiler_makes_the_library(
    build: ModuleType,
    hook: Hook,
    data: dict[str, Any],
    zig: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The machine's own, or the one of a wheel where the machine has none."""
    if zig:
        monkeypatch.setattr(shutil, "which", lambda _name: None)
        monkeypatch.delenv("CC", raising=False)
        assert build.compilers() == [[sys.executable, "-m", "ziglang", "cc"]]
    elif not shutil.which("cc"):
        pytest.skip("this machine has no compiler of its own")
    hook.initialize("standard", data)
    places = {place: path for path, place in data["force_include"].items()}
    library = places[LIBRARY]
    assert ctypes.CDLL(library).source_mark() != 0
    assert (data["pure_python"], data["tag"].startswith("py3-none-")) == (False, True)
    hook.finalize("standard", data, "")
    assert not Path(library).parent.exists()


def test_an_editable_installation_has_the_library_in_place(
    hook: Hook, data: dict[str, Any], project: Path, warnings: list[str]
) -> None:
    """Beside its source, which stays where it is; so do the pages that a wheel brings."""
    hook.initialize("editable", data)
    assert data["force_include"] == {}
    hook.finalize("editable", data, "")
    assert ctypes.CDLL(str(project / LIBRARY)).source_mark() != 0
    assert not warnings


@pytest.mark.usefixtures("without_compiler")
def test_without_a_compiler_the_package_is_built_without_loops(
    hook: Hook, data: dict[str, Any], project: Path, warnings: list[str]
) -> None:
    """Nothing is compiled, no stale library stays, and the installation says what that costs."""
    (project / LIBRARY).write_bytes(b"of another source")
    hook.initialize("editable", data)
    assert not (project / LIBRARY).exists()
    hook.initialize("standard", data)
    assert LIBRARY not in data["force_include"].values()
    assert data["pure_python"]
    assert ["No C compiler" in warning for warning in warnings] == [True, True]


@pytest.mark.usefixtures("without_compiler")
def test_a_portable_wheel_has_loops_or_is_not_built(
    hook: Hook, data: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed compiler must not publish a wheel that claims a platform."""
    monkeypatch.setenv("PRIVACI_LOOPS", "portable")
    with pytest.raises(RuntimeError, match="ziglang failed"):
        hook.initialize("standard", data)


def test_a_named_compiler_comes_first(build: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """`CC` names the compiler, as in other builds."""
    monkeypatch.setenv("CC", f"{os.devnull} -m64")
    assert build.compilers()[0] == [os.devnull, "-m64"]
