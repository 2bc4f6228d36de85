"""Finds what a refresh works on: the policy file, and the two databases that the environment names."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from privaci_core.errors import PreflightError
from privaci_core.loading.copy import EVERYTHING, Options
from privaci_core.masks import Keys
from privaci_core.policy import load_policy
from privaci_core.prove.document import FOLDER_VARIABLE, private_key
from privaci_core.secrets import load_pseudonym_key, load_salt, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from privaci_core.policy import Policy

POLICY_VARIABLE = "PRIVACI_POLICY"
LOCK_VARIABLE = "PRIVACI_LOCK"
CONNECTIONS_VARIABLE = "PRIVACI_CONNECTIONS"
OWNERS_VARIABLE, UNCHANGED_VARIABLE = "PRIVACI_OWNERS", "PRIVACI_UNCHANGED"
SOURCE_VARIABLE = "SOURCE_DB_URL"
TARGET_VARIABLE = "TARGET_DB_URL"
KEY_VARIABLE = "PRIVACI_PROOF_KEY"
# What says that tables stay which a new load would bring the same rows to.
KEEP = "keep"


def proofs_in(root: str | Path) -> Path:
    """Where proofs are kept, a folder for each refresh of each database: beside the runs, if nowhere else is named."""
    return Path(os.environ.get(FOLDER_VARIABLE) or Path(root) / "privaci" / "proofs")


def refuse_unwritable(folder: Path) -> None:
    """Refuse a folder that will take no proof, before there is anything to prove."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = f"{folder} cannot be made: {error.strerror}"
    else:
        if os.access(folder, os.W_OK):
            return
        why = f"{folder} may not be written to"
    raise PreflightError(
        "Looking where the proof is to be kept",
        why,
        f"Name a folder of yours in {FOLDER_VARIABLE}.",
    )


def connections_of(environ: Mapping[str, str]) -> int | None:
    """How many connections may read the source at once, if anybody says."""
    said = environ.get(CONNECTIONS_VARIABLE, "")
    if said and not (said.isdecimal() and int(said) > 1):
        why = "it is no number above 1: one connection holds the moment that is read, another one reads"
        raise PreflightError(
            f"Reading {CONNECTIONS_VARIABLE}", why, "Set it to 2 or more, or leave it out."
        )
    return int(said) if said else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Where a project's files are, and which variables name its databases; it holds no secret itself."""

    policy_path: Path = Path("mask-rules.yaml")
    lock_path: Path = Path("privaci.lock.json")
    source_variable: str = SOURCE_VARIABLE
    target_variable: str = TARGET_VARIABLE
    options: Options = EVERYTHING
    # Stands before the names of all assets, jobs and sensors: two databases in one code location need one each.
    prefix: str = ""
    # Whether a refresh lets tables stay that a new load would bring the same rows to.
    keep_unchanged: bool = False
    # Who is asked about the assets: addresses, or team:names.
    owners: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    @staticmethod
    def of_environment() -> Project:
        """The project that the environment names, else the one in the working folder."""
        return Project(
            policy_path=Path(os.environ.get(POLICY_VARIABLE, "mask-rules.yaml")),
            lock_path=Path(os.environ.get(LOCK_VARIABLE, "privaci.lock.json")),
            keep_unchanged=os.environ.get(UNCHANGED_VARIABLE) == KEEP,
            owners=tuple(os.environ.get(OWNERS_VARIABLE, "").replace(",", " ").split()),
        )

    def policy(self) -> Policy:
        """The policy file, checked."""
        return load_policy(self.policy_path)

    def keys(self, policy: Policy) -> Keys:
        """The roots of all masking keys."""
        pseudonym = load_pseudonym_key(policy, self.environ)
        return Keys.of(load_salt(policy, self.environ).key, pseudonym.key if pseudonym else None)

    @property
    def source_dsn(self) -> str:
        """The source's connection string, never to be shown."""
        return self._dsn(self.source_variable)

    @property
    def target_dsn(self) -> str:
        """The target's connection string, never to be shown."""
        return self._dsn(self.target_variable)

    def signing_key(self) -> Ed25519PrivateKey | None:
        """The key that signs proofs: of a PEM file, or of a secret URI; none where nobody named one."""
        named = self.environ.get(KEY_VARIABLE, "")
        if not named:
            return None
        try:
            pem = Path(named).read_bytes()
        except OSError:
            # No file, or a secret by itself that is too long for the name of one.
            pem = resolve(named, self.environ).reveal().encode()
        return private_key(pem)

    def _dsn(self, variable: str) -> str:
        value = self.environ.get(variable, "")
        if not value:
            raise PreflightError(
                "Looking for the databases",
                f"the environment variable {variable} is not set",
                f"Set {variable} to postgresql://user@host:port/database, or to a secret URI.",
            )
        return resolve(value, self.environ).reveal()
