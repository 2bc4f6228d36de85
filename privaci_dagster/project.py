"""Names what a refresh works on: the policy, the lock file, and both databases."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from privaci_core.errors import PreflightError
from privaci_core.loading.copy import EVERYTHING, Options
from privaci_core.policy import load_policy
from privaci_core.policy.start_text import with_start
from privaci_core.prove.document import FOLDER_VARIABLE, private_key
from privaci_core.secrets import load_pseudonym_key, load_salt, resolve
from privaci_dagster.project_variables import (
    DEFAULT_HOME,
    HOME_VARIABLE,
    keep_of,
    recipients_of,
    slices_per_run_of,
    words_in,
)
from privaci_dagster.proof_store import is_store
from privaci_dagster.variables import (
    BACKUP_CRON_VARIABLE,
    DRILL_CRON_VARIABLE,
    ENCRYPT_VARIABLE,
    IDENTITY_VARIABLE,
    KEEP_UNCHANGED_VARIABLE,
    NOTIFY_EMAIL_VARIABLE,
    NOTIFY_SUCCESS_VARIABLE,
    ON_FAILED_PROOF_VARIABLE,
    OWNERS_VARIABLE,
    SCENARIOS_VARIABLE,
    STEPS_APART_VARIABLE,
    STORE_VARIABLE,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from privaci_core.masks import Keys
    from privaci_core.policy import Policy
    from privaci_core.stores.store import Store

LOG = logging.getLogger(__name__)
POLICY_VARIABLE = "PRIVACI_POLICY"
LOCK_VARIABLE = "PRIVACI_LOCK"
SOURCE_VARIABLE = "SOURCE_DB_URL"
TARGET_VARIABLE = "TARGET_DB_URL"
WEBHOOK_VARIABLE = "PRIVACI_WEBHOOK_URL"
SMTP_VARIABLE = "PRIVACI_SMTP_URL"
SCRATCH_VARIABLE = "PRIVACI_SCRATCH_URL"
KEY_VARIABLE = "PRIVACI_PROOF_KEY"
FLAGS = {SOURCE_VARIABLE: "--source", TARGET_VARIABLE: "--target"}
EMBEDDED = "embedded://"
POLICY_FILE = Path("mask-rules.yaml")
SCENARIOS = "scenarios"
LOCK_FILE = Path("privaci.lock.json")
# What becomes of a target that a check refuses.
FATES = ("keep", "empty")
# The value, of a variable or of a run's tag, that keeps unchanged tables.
KEEP = "keep"
# The value of a variable that tells of successes as well.
TELL = "tell"
# The value of a variable that leaves the steps of a run to the code location's executor.
APART = "apart"
# The value of a variable that allows readable objects in a store.
PLAIN = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Where the files are, and which variables name the databases; holds no secret itself."""

    policy_path: Path = POLICY_FILE
    lock_path: Path = LOCK_FILE
    # Whether a person has reviewed the lock file; else it is written for one run, from the source.
    lock_is_reviewed: bool = True
    source_variable: str = SOURCE_VARIABLE
    target_variable: str = TARGET_VARIABLE
    options: Options = EVERYTHING
    # Two databases in one code location need a prefix each.
    prefix: str = ""
    keep_unchanged: bool = False
    on_failed_proof: str = "keep"
    search: str = "full"
    # Where a subset starts, instead of where the policy says.
    subset_start: str = ""
    # Whether the audit trail is written into the target too, if the policy does not refuse that.
    audit_table: bool = True
    owners: tuple[str, ...] = ()
    # Who is told of runs that end, by which variables' addresses; of failures alone, or of all.
    webhook_variable: str = WEBHOOK_VARIABLE
    smtp_variable: str = SMTP_VARIABLE
    notify_email: tuple[str, ...] = ()
    notify_success: bool = False
    # When tables are loaded by themselves: cron times by pattern, the first that matches.
    automation: dict[str, str] | None = None
    slices_per_run: int | None = None
    steps_apart: bool = False
    # The folder of scenarios of test data; empty names one beside the policy.
    scenarios: str = ""
    # Where baselines are kept, who can read them, and where the key is that reads.
    store: str = ""
    recipients: tuple[str, ...] = ()
    identity: str = field(default="", repr=False)
    encrypt: bool = True
    # When backups are taken and tried, how many stay, and which variable names the server for it.
    backup_cron: str = ""
    drill_cron: str = ""
    keep: dict[str, int] | None = None
    scratch_variable: str = SCRATCH_VARIABLE
    # What the variables hold. A command passes its own values here, not through the process.
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    @staticmethod
    def of_environment(environ: Mapping[str, str] = os.environ) -> Project:
        """The project that the variables name, else the one in the working folder."""
        owners = words_in(environ.get(OWNERS_VARIABLE, ""))
        return Project(
            policy_path=Path(environ.get(POLICY_VARIABLE, POLICY_FILE)),
            lock_path=Path(environ.get(LOCK_VARIABLE, LOCK_FILE)),
            keep_unchanged=environ.get(KEEP_UNCHANGED_VARIABLE) == KEEP,
            on_failed_proof=environ.get(ON_FAILED_PROOF_VARIABLE) or "keep",
            owners=owners,
            notify_email=words_in(environ.get(NOTIFY_EMAIL_VARIABLE, "")),
            notify_success=environ.get(NOTIFY_SUCCESS_VARIABLE) == TELL,
            slices_per_run=slices_per_run_of(environ),
            steps_apart=environ.get(STEPS_APART_VARIABLE) == APART,
            scenarios=environ.get(SCENARIOS_VARIABLE, ""),
            store=environ.get(STORE_VARIABLE, ""),
            recipients=recipients_of(environ),
            identity=environ.get(IDENTITY_VARIABLE, ""),
            encrypt=environ.get(ENCRYPT_VARIABLE) != PLAIN,
            backup_cron=environ.get(BACKUP_CRON_VARIABLE, ""),
            drill_cron=environ.get(DRILL_CRON_VARIABLE, ""),
            keep=keep_of(environ),
            environ=environ,
        )

    @property
    def scenarios_folder(self) -> Path:
        """Where scenarios of test data are; the folder may be missing."""
        return Path(self.scenarios) if self.scenarios else self.policy_path.parent / SCENARIOS

    def policy(self) -> Policy:
        """The policy file, checked, with the subset that is asked for."""
        policy = load_policy(self.policy_path)
        if policy.writes_files_alone:
            # A scratch target holds nothing that is to stay.
            policy = policy.model_copy(update={"on_existing_data": "drop_create"})
        return with_start(policy, self.subset_start) if self.subset_start else policy

    def keys(self, policy: Policy) -> Keys:
        """The roots of all masking keys."""
        # All masks, and polars: commands that mask nothing import this module too.
        from privaci_core.masks import Keys  # noqa: PLC0415

        salt = load_salt(policy, self.environ)
        pseudonym = load_pseudonym_key(policy, self.environ)
        return Keys.of(salt.key, pseudonym.key if pseudonym else None)

    @property
    def source_dsn(self) -> str:
        """The source's connection string, never to be shown."""
        return self._dsn(self.source_variable)

    @property
    def target_dsn(self) -> str:
        """The target's connection string, never to be shown."""
        return self._dsn(self.target_variable)

    @property
    def scratch_dsn(self) -> str:
        """A server on which backups are tried, never to be shown; empty if none is named."""
        value = self.environ.get(self.scratch_variable, "")
        return _connection_string(self.scratch_variable, value, self.environ) if value else ""

    @contextmanager
    def source(self) -> Iterator[str]:
        """The source's address; its embedded server, if it has one, runs meanwhile."""
        LOG.info("connecting to the source")
        with _reachable(self.source_dsn, self.environ) as dsn:
            yield dsn

    @contextmanager
    def target(self) -> Iterator[str]:
        """The target's address; its embedded server, if it has one, runs meanwhile."""
        LOG.info("connecting to the target")
        with _reachable(self.target_dsn, self.environ) as dsn:
            yield dsn

    def object_store(self) -> Store:
        """The store of baselines; nothing is asked of it yet."""
        # The driver and pyarrow, for commands that use a store.
        from privaci_core.stores.store import open_store  # noqa: PLC0415

        if not self.store:
            raise PreflightError(
                "Looking for the store",
                "no store is named",
                f"Set {STORE_VARIABLE}, or --store, to file:///folder or s3://bucket/folder.",
                "docs/how-to/baselines.md",
            )
        return open_store(self.store, self.environ, self.recipients, self.identity)

    def signing_key(self) -> Ed25519PrivateKey | None:
        """The key that signs proofs, from a PEM file or a secret URI, if a variable names one."""
        named = self.environ.get(KEY_VARIABLE, "")
        if not named:
            return None
        try:
            pem = Path(named).read_bytes()
        except OSError:
            # Not a file; a key given as text can even be too long for a file's name.
            pem = resolve(named, self.environ).reveal().encode()
        return private_key(pem)

    def _dsn(self, variable: str) -> str:
        value = self.environ.get(variable, "")
        if not value:
            flag = FLAGS.get(variable)
            beside = f", or on the command line {flag}," if flag else ""
            raise PreflightError(
                "Looking for the databases",
                f"the environment variable {variable} is not set",
                f"Set {variable}{beside} to postgresql://user@host:port/database,"
                " or to a secret URI.",
            )
        return _connection_string(variable, value, self.environ)


def _connection_string(variable: str, value: str, environ: Mapping[str, str]) -> str:
    """The connection string of a variable; an error names the variable and the faulty part."""
    # The driver, for commands that connect.
    from privaci_core.postgres.dsn import refuse_malformed, refuse_other_database  # noqa: PLC0415

    refuse_other_database(value, variable)
    try:
        dsn = resolve(value, environ).reveal()
    except PreflightError as error:
        raise PreflightError(
            f"Reading {variable}", error.cause, error.remediation, error.docs
        ) from None
    if not dsn.startswith(EMBEDDED):
        refuse_malformed(dsn, variable)
    return dsn


def _reachable(dsn: str, environ: Mapping[str, str]) -> AbstractContextManager[str]:
    # The driver, for commands that connect.
    from privaci_core.postgres.embedded import reachable  # noqa: PLC0415

    return reachable(dsn, environ)


def refuse_unknown_fate(on_failed_proof: str) -> None:
    """Refuse another word than those that say what becomes of a refused target."""
    if on_failed_proof not in FATES:
        why = "it must be keep or empty"
        raise PreflightError("Reading on_failed_proof", why, "Write one of them, or leave it out.")


def proofs_in(root: str | Path, environ: Mapping[str, str]) -> Path:
    """The folder of proofs: the one that a variable names, else one beside Dagster's runs.

    A store that the variable names gets a copy of what is written there.
    """
    named = environ.get(FOLDER_VARIABLE, "")
    return Path(named) if named and not is_store(named) else Path(root) / "privaci" / "proofs"


def proofs_of_environment(environ: Mapping[str, str]) -> Path:
    """The folder of proofs, for what runs outside of Dagster."""
    return proofs_in(environ.get(HOME_VARIABLE) or DEFAULT_HOME, environ)
