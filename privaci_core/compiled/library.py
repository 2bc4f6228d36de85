"""Loads the one library that the C files beside it were compiled to."""

from __future__ import annotations

import ctypes
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt

SWITCH = "PRIVACI_KERNEL"
FOLDER = Path(__file__).parent
LIBRARY = FOLDER / "libloops.so"

# An address, a whole number, and one without a sign.
AT, COUNT, WORD = ctypes.c_void_p, ctypes.c_int64, ctypes.c_uint64
# What a loop returns, and its arguments.
Signature = tuple[type | None, tuple[type, ...]]


def sources(folder: Path) -> list[Path]:
    """The C files and what they include, in one order everywhere."""
    return sorted((*folder.glob("*.c"), *folder.glob("*.h")))


def source_mark(folder: Path) -> int:
    """A hash of the sources; a library that was compiled from others is not called."""
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sources(folder)))
    return int.from_bytes(digest.digest()[:4], "big")


def load() -> ctypes.CDLL | None:
    """The compiled loops, unless they are missing, out of date or switched off."""
    if os.environ.get(SWITCH) == "off" or not LIBRARY.exists():
        return None
    library = ctypes.CDLL(str(LIBRARY))
    library.source_mark.restype = ctypes.c_uint32
    return library if library.source_mark() == source_mark(FOLDER) else None


_library = load()
LOADED = _library is not None


def declare(signatures: Mapping[str, Signature]) -> None:
    """Tell ctypes what these loops return and take."""
    if _library is not None:
        for name, (result, arguments) in signatures.items():
            loop = getattr(_library, name)
            loop.restype, loop.argtypes = result, arguments


def called() -> ctypes.CDLL:
    """The library whose loops are called."""
    if _library is None:
        raise RuntimeError("The compiled loops are not loaded.")
    return _library


def at(*arrays: npt.NDArray[np.generic]) -> list[int]:
    """The addresses of arrays."""
    return [array.ctypes.data for array in arrays]
