"""Compiles the inner loops when the project is installed: with the compiler of this machine, else with Zig's wheel."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LIBRARY = "privaci_core/compiled/libloops.so"
SOURCE = "privaci_core/compiled/loops.c"
FLAGS = ("-O3", "-shared", "-fPIC", "-fvisibility=hidden")


class CompiledLoops(BuildHookInterface):
    """Puts the library beside its source; without a compiler the project works as well, and slower."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the interface's
        """Compile, or say that it was not done."""
        root = Path(self.root)
        (root / LIBRARY).unlink(missing_ok=True)
        if any(_compiled(compiler, root) for compiler in compilers()):
            build_data["artifacts"].append(LIBRARY)
            build_data["pure_python"] = False
            build_data["infer_tag"] = True
        else:
            self.app.display_warning(
                "No C compiler: masks will run without compiled loops, about half as fast."
            )


def compilers() -> list[list[str]]:
    """What could compile here, best first."""
    named = [shlex.split(os.environ["CC"])] if os.environ.get("CC") else []
    found = [[name] for name in ("cc", "gcc", "clang") if shutil.which(name)]
    zig = [[sys.executable, "-m", "ziglang", "cc"]] if importlib.util.find_spec("ziglang") else []
    return [*named, *found[:1], *zig]


def _compiled(compiler: list[str], root: Path) -> bool:
    """Whether a compiler made the library; the mark of the source tells it from a stale one."""
    mark = hashlib.sha256((root / SOURCE).read_bytes()).hexdigest()[:8]
    command = [*compiler, *FLAGS, f"-DSOURCE_MARK=0x{mark}", SOURCE, "-o", LIBRARY]
    try:
        return subprocess.run(command, cwd=root, check=False, capture_output=True).returncode == 0
    except OSError:
        return False
