"""Hashes on ARM's processors, whose instructions for SHA-256 are others."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from privaci_core.compiled import library

pytestmark = pytest.mark.unit

FUZZ = Path(__file__).with_name("fuzz.c")
WARNINGS = ("-O2", "-Wall", "-Wextra", "-Werror", f"-I{library.FOLDER}")
MISSING = "no compiler for ARM or no emulator of it (gcc-aarch64-linux-gnu, qemu-user)"
CROSS, EMULATOR = shutil.which("aarch64-linux-gnu-gcc"), shutil.which("qemu-aarch64")


@pytest.mark.skipif(not importlib.util.find_spec("ziglang"), reason="no compiler for ARM")
def test_hashes_compile_for_arm(tmp_path: Path) -> None:
    """By the compiler that makes the wheels, without a warning."""
    zig = [sys.executable, "-m", "ziglang", "cc", "-target", "aarch64-linux-musl"]
    made = subprocess.run(
        [*zig, *WARNINGS, "-c", library.FOLDER / "hmac.c", "-o", tmp_path / "hmac.o"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr


@pytest.mark.skipif(not (CROSS and EMULATOR), reason=MISSING)
def test_arms_instructions_give_the_digests_of_arithmetic(tmp_path: Path) -> None:
    """Of texts of any length, in an emulator that has them."""
    assert CROSS is not None
    assert EMULATOR is not None
    program = tmp_path / "fuzz"
    subprocess.run([CROSS, "-static", *WARNINGS, FUZZ, "-o", program], check=True)
    ran = subprocess.run([EMULATOR, program, "arm"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
