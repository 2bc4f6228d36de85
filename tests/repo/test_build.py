"""The installation: the inner loops are compiled by whatever compiler there is, and missed by nobody but the clock."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.unit


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
    loops = Path("privaci_core/compiled/loops.c")
    (tmp_path / loops).parent.mkdir(parents=True)
    shutil.copy(ROOT / loops, tmp_path / loops)
    return tmp_path


def hook_of(
    build: ModuleType, project: Path, warnings: list[str]
) -> tuple[object, dict[str, object]]:
    """The hook as Hatchling makes it, and what it may change of a wheel."""
    app = SimpleNamespace(display_warning=warnings.append)
    hook = build.CompiledLoops(str(project), {}, None, None, "", "wheel", app)
    return hook, {"artifacts": [], "pure_python": True}


@pytest.mark.parametrize("zig", [False, True])
def test_each_compiler_makes_the_library(
    build: ModuleType,
    project: Path,
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
    warnings: list[str] = []
    hook, data = hook_of(build, project, warnings)
    hook.initialize("standard", data)  # type: ignore[attr-defined]
    assert data == {
        "artifacts": ["privaci_core/compiled/libloops.so"],
        "pure_python": False,
        "infer_tag": True,
    }
    assert not warnings
    assert ctypes.CDLL(str(project / "privaci_core/compiled/libloops.so")).source_mark() != 0


def test_without_a_compiler_the_project_is_built_all_the_same(
    build: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is compiled, nothing stale is left, and the installation says what that costs."""
    (project / "privaci_core/compiled/libloops.so").write_bytes(b"of another source")
    monkeypatch.setattr(
        build, "compilers", lambda: [["false"], [str(project / "no such compiler")]]
    )
    warnings: list[str] = []
    hook, data = hook_of(build, project, warnings)
    hook.initialize("standard", data)  # type: ignore[attr-defined]
    assert data == {"artifacts": [], "pure_python": True}
    assert "No C compiler" in warnings[0]
    assert not (project / "privaci_core/compiled/libloops.so").exists()


def test_a_named_compiler_comes_first(build: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """`CC` is what everybody's builds ask."""
    monkeypatch.setenv("CC", f"{os.devnull} -m64")
    assert build.compilers()[0] == [os.devnull, "-m64"]
