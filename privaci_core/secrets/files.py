"""Reads a secret from a mounted file, below the folders that are allowed for secrets."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import unquote

from privaci_core.errors import PreflightError

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCS = "docs/reference/policy.md#secrets"
ROOTS = ("/run/secrets", "/var/run/secrets")
ROOTS_VARIABLE = "PRIVACI_SECRET_FILE_ROOTS"
# A salt, a password or a connection string is far smaller; a larger file is a mistake.
LARGEST_FILE = 64 * 1024


def read_file(rest: str, environ: Mapping[str, str]) -> str:
    """The text of the file that `file://` + rest names, without its trailing newline."""
    if not rest.startswith("/") or "\0" in unquote(rest):
        _refuse(
            "a file:// URI needs an absolute path",
            "Write file:///run/secrets/NAME, with three slashes.",
        )
    path = _inside_roots(Path(unquote(rest)), environ)
    try:
        text = _content(path).decode()
    except UnicodeDecodeError:
        text = None
    if text is None:
        _refuse("the secret file is not UTF-8 text", "Store the secret as plain text.")
    return text.rstrip("\r\n")


def _inside_roots(path: Path, environ: Mapping[str, str]) -> Path:
    """The path with symlinks resolved; links inside a root are allowed, as Kubernetes uses them."""
    named = [root for root in environ.get(ROOTS_VARIABLE, "").split(os.pathsep) if root]
    roots = [Path(root).resolve() for root in (*ROOTS, *named) if Path(root).is_absolute()]
    real = path.resolve()
    if not any(real.is_relative_to(root) and real != root for root in roots):
        _refuse(
            "the secret file lies outside the allowed roots",
            f"Add its folder to {ROOTS_VARIABLE}, or move it.",
        )
    return real


def _content(path: Path) -> bytes:
    # Symlinks are resolved: one that appears now is an attack. A pipe must not block us.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = -1
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        problem = error.strerror or type(error).__name__
    if descriptor < 0:
        _refuse(
            f"the secret file cannot be opened: {problem}", "Check that it is mounted and readable."
        )
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        _refuse("the secret file is not a regular file", "Name a regular file.")
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        _refuse(
            f"the secret file is larger than {LARGEST_FILE} bytes",
            "Name a file that holds nothing but the secret.",
        )
    return content


def _refuse(cause: str, remedy: str) -> NoReturn:
    raise PreflightError("Reading a secret file", cause, remedy, DOCS)
