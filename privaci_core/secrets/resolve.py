"""Resolves a value, `${NAME}` or a secret URI to the secret."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, NoReturn

from privaci_core.errors import PreflightError
from privaci_core.secrets.clouds import read_aws, read_azure
from privaci_core.secrets.files import read_file
from privaci_core.secrets.secret import Secret
from privaci_core.secrets.vault import read_vault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DOCS = "docs/reference/policy.md#secrets"
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+._-]*)://(.*)", re.DOTALL)
# Connection strings are values, not references.
PLAIN_SCHEMES = ("postgresql", "postgres", "embedded")
# A variable may hold a secret URI or another variable; a longer chain is a circle.
LONGEST_CHAIN = 4

# Each takes what follows `scheme://` and the variables, and returns the secret's text.
READERS: dict[str, Callable[[str, Mapping[str, str]], str]] = {
    "file": read_file,
    "vault": read_vault,
    "aws-sm": read_aws,
    "azure-kv": read_azure,
}


def resolve(named: str, environ: Mapping[str, str]) -> Secret:
    """The secret that `named` refers to; no error message holds a part of it."""
    for _ in range(LONGEST_CHAIN):
        variable = _variable(named)
        if variable is None:
            return Secret(_read(named, environ))
        named = _from_environment(variable, environ)
    return _refuse(
        "variables name each other in a circle", "Let one of them hold the secret or a secret URI."
    )


def is_reference(named: str) -> bool:
    """Whether a text says where a secret is, and is not the secret itself."""
    match = SCHEME.fullmatch(named)
    return "${" in named or (match is not None and match[1] not in PLAIN_SCHEMES)


def _variable(named: str) -> str | None:
    """The name inside `${NAME}` or `env://NAME`; None for anything else."""
    if "${" in named:
        inside = named[2:-1] if named.startswith("${") and named.endswith("}") else ""
    elif named.startswith("env://"):
        inside = named.removeprefix("env://")
    else:
        return None
    if VARIABLE.fullmatch(inside) is None:
        _refuse(
            "a reference to a variable is malformed",
            "Write the whole value as ${NAME} or env://NAME.",
        )
    return inside


def _from_environment(variable: str, environ: Mapping[str, str]) -> str:
    value = environ.get(variable, "")
    if not value.strip():
        _refuse(f"the environment variable {variable} is missing or empty", f"Set {variable}.")
    return value.rstrip("\r\n")


def _read(named: str, environ: Mapping[str, str]) -> str:
    match = SCHEME.fullmatch(named)
    if match is None or match[1] in PLAIN_SCHEMES:
        return named
    reader = READERS.get(match[1])
    if reader is None:
        near = get_close_matches(match[1].lower(), ["env", *READERS], n=1, cutoff=0.6)
        hint = f"Did you mean {near[0]}://? " if near else ""
        _refuse(
            "the scheme of the secret URI is unknown",
            f"{hint}Known are env://, {', '.join(_known())}.",
        )
    value = reader(match[2], environ)
    if not value.strip():
        _refuse(f"the secret at {match[1]}:// is empty", "Store it there, or name another place.")
    return value


def _known() -> list[str]:
    return [f"{scheme}://" for scheme in READERS]


def _refuse(cause: str, remedy: str) -> NoReturn:
    raise PreflightError("Resolving a secret", cause, remedy, DOCS)
