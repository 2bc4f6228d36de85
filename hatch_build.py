"""Compiles the inner loops for a wheel, with this machine's compiler or else with Zig's wheel.

A wheel has the pages too that errors name; an installation in place reads those of the tree.

PRIVACI_LOOPS decides about wheels that are built for other machines: `portable` links the loops
against an old glibc, `none` leaves them out.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LIBRARY = "privaci_core/compiled/libloops.so"
FLAGS = ("-O3", "-shared", "-fPIC", "-fvisibility=hidden")
VARIABLE = "PRIVACI_LOOPS"
# Every distribution with glibc 2.17 (of 2012) or later loads what was linked against it.
PORTABLE = ("-target", "x86_64-linux-gnu.2.17", "-s")
PORTABLE_PLATFORM = "manylinux_2_17_x86_64.manylinux2014_x86_64"
NO_COMPILER = "No C compiler: masks will run without compiled loops, about half as fast."


# Errors name pages, which `privaci docs` prints.
PAGES = ("explanation", "how-to", "reference", "tutorial", "glossary.md", "index.md")


class CompiledLoops(BuildHookInterface):
    """Adds pages and compiled loops to a wheel; without loops it masks about half as fast."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the loops: in place for an editable installation, else into the wheel."""
        if version == "editable":
            self._compile_in_place()
            return
        for page in PAGES:
            build_data["force_include"][str(Path(self.root, "docs", page))] = (
                f"privaci_dagster/docs/{page}"
            )
        if os.environ.get(VARIABLE) == "portable":
            self._compile_portably(build_data)
        elif os.environ.get(VARIABLE) != "none":
            self._compile_for_this_machine(build_data)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - the interface's
        """Remove the library that the wheel has a copy of."""
        for path, place in build_data["force_include"].items():
            if place == LIBRARY:
                shutil.rmtree(Path(path).parent)

    def _compile_in_place(self) -> None:
        library = Path(self.root, LIBRARY)
        library.unlink(missing_ok=True)
        if not self._compiled_by(compilers(), library):
            self.app.display_warning(NO_COMPILER)

    def _compile_portably(self, build_data: dict[str, Any]) -> None:
        library = _new_library()
        if not self._compiled_by([[*zig(), *PORTABLE]], library):
            raise RuntimeError("Compiling the loops for a portable wheel: ziglang failed.")
        _include(build_data, library, PORTABLE_PLATFORM)

    def _compile_for_this_machine(self, build_data: dict[str, Any]) -> None:
        library = _new_library()
        if self._compiled_by(compilers(), library):
            _include(build_data, library, re.sub(r"\W", "_", sysconfig.get_platform()))
        else:
            self.app.display_warning(NO_COMPILER)

    def _compiled_by(self, choices: list[list[str]], library: Path) -> bool:
        return any(_compiles(compiler, Path(self.root), library) for compiler in choices)


def compilers() -> list[list[str]]:
    """What could compile here, best first."""
    named = [shlex.split(os.environ["CC"])] if os.environ.get("CC") else []
    found = [[name] for name in ("cc", "gcc", "clang") if shutil.which(name)]
    packaged = [zig()] if importlib.util.find_spec("ziglang") else []
    return [*named, *found[:1], *packaged]


def zig() -> list[str]:
    """The compiler that a wheel brings."""
    return [sys.executable, "-m", "ziglang", "cc"]


def _compiles(compiler: list[str], root: Path, library: Path) -> bool:
    """Whether a compiler made the library; the sources' mark in it exposes a stale one."""
    folder = (root / LIBRARY).parent
    sources = sorted(folder.glob("*.c"))
    read = sorted((*sources, *folder.glob("*.h")))
    mark = hashlib.sha256(b"".join(file.read_bytes() for file in read)).hexdigest()[:8]
    files = [str(file.relative_to(root)) for file in sources]
    options = [*FLAGS, f"-DSOURCE_MARK=0x{mark}", *files, "-o", str(library)]
    try:
        done = subprocess.run([*compiler, *options], cwd=root, check=False, capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


def _new_library() -> Path:
    return Path(tempfile.mkdtemp(prefix="privaci-build-"), Path(LIBRARY).name)


def _include(build_data: dict[str, Any], library: Path, platform: str) -> None:
    """Put the library into the wheel: for one platform, and any Python."""
    build_data["force_include"][str(library)] = LIBRARY
    build_data["pure_python"] = False
    build_data["tag"] = f"py3-none-{platform}"
