"""Lists every option of a refresh once: its default, what it does, and where it can be set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from privaci_core.secrets import WEAK_SALT_VARIABLE

CONNECTIONS_VARIABLE = "PRIVACI_CONNECTIONS"
OWNERS_VARIABLE = "PRIVACI_OWNERS"
KEEP_UNCHANGED_VARIABLE = "PRIVACI_UNCHANGED"
NOTIFY_EMAIL_VARIABLE = "PRIVACI_NOTIFY_EMAIL"
NOTIFY_SUCCESS_VARIABLE = "PRIVACI_NOTIFY_SUCCESS"
ON_FAILED_PROOF_VARIABLE = "PRIVACI_ON_FAILED_PROOF"
PUSHGATEWAY_VARIABLE = "PRIVACI_PUSHGATEWAY"
SCENARIOS_VARIABLE = "PRIVACI_SCENARIOS"
SLICES_PER_RUN_VARIABLE = "PRIVACI_SLICES_PER_RUN"
STEPS_APART_VARIABLE = "PRIVACI_STEPS"
STORE_VARIABLE = "PRIVACI_STORE"
RECIPIENTS_VARIABLE = "PRIVACI_RECIPIENTS"
IDENTITY_VARIABLE = "PRIVACI_IDENTITY"
ENCRYPT_VARIABLE = "PRIVACI_ENCRYPT"

Place = Literal[
    "core", "project", "resource", "component", "run", "resume", "verify", "subset", "baseline"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option: a field of this name in each Python place, a flag in each command."""

    name: str
    type: object
    default: object
    help: str
    # `core` is the core's `Options`; `run`, `resume`, `verify`, `subset` and `baseline` are
    # commands.
    places: tuple[Place, ...]
    flag: str = ""
    variable: str = ""


OPTIONS = (
    Option(
        name="acl",
        type=bool,
        default=True,
        help="Copy grants.",
        places=("core", "resource", "component", "run", "resume"),
        flag="--acl/--no-acl",
    ),
    Option(
        name="publications",
        type=bool,
        default=True,
        help="Copy publications.",
        places=("core", "resource", "component", "run", "resume"),
        flag="--publications/--no-publications",
    ),
    Option(
        name="connections",
        type=int | None,
        default=None,
        help="How many connections may read the source at once.",
        places=("core",),
        variable=CONNECTIONS_VARIABLE,
    ),
    Option(
        name="keep_unchanged",
        type=bool,
        default=False,
        help="Keep tables whose rows would be the same again.",
        places=("project", "resource", "component", "run"),
        flag="--keep-unchanged",
        variable=KEEP_UNCHANGED_VARIABLE,
    ),
    Option(
        name="tables",
        type=str,
        default="",
        help="Refresh these tables of a published target alone: schema.table, with commas between.",
        places=("run",),
        flag="--tables",
    ),
    Option(
        name="with_parents",
        type=bool,
        default=False,
        help="Take the tables along that --tables refer to.",
        places=("run",),
        flag="--with-parents",
    ),
    Option(
        name="with_children",
        type=bool,
        default=False,
        help="Take the tables along that refer to --tables.",
        places=("run",),
        flag="--with-children",
    ),
    Option(
        name="subset_start",
        type=str,
        default="",
        help="Copy what belongs to these rows alone: schema.table: predicate.",
        places=("project", "resource", "run", "resume", "verify", "subset"),
        flag="--subset-start",
    ),
    Option(
        name="on_failed_proof",
        type=str,
        default="keep",
        help="What becomes of a target that a check refuses: it stays closed, or is emptied too.",
        places=("project", "resource", "component", "run", "resume"),
        flag="--on-failed-proof",
        variable=ON_FAILED_PROOF_VARIABLE,
    ),
    Option(
        name="search",
        type=str,
        default="full",
        help="How much of the target is searched for originals: full, or sample to save time.",
        places=("project", "resource", "component", "run", "resume", "verify"),
        flag="--search",
    ),
    Option(
        name="probe_rows",
        type=int,
        default=100_000,
        help="How many rows of each table a sample of the search reads.",
        places=("resource", "verify"),
        flag="--rows",
    ),
    Option(
        name="prefix",
        type=str,
        default="",
        help="Precedes the names of all assets, jobs and sensors of one database.",
        places=("project", "resource", "component"),
    ),
    Option(
        name="slices_per_run",
        type=int | None,
        default=None,
        help="How many slices of a table one run of a backfill loads; all, if it is not set.",
        places=("project", "component"),
        variable=SLICES_PER_RUN_VARIABLE,
    ),
    Option(
        name="steps_apart",
        type=bool,
        default=False,
        help="Run the job's steps by the code location's executor, not all in one process.",
        places=("project", "component"),
        variable=STEPS_APART_VARIABLE,
    ),
    Option(
        name="owners",
        type=tuple[str, ...],
        default=(),
        help="Owners of the assets: addresses, or team:names.",
        places=("project", "component"),
        variable=OWNERS_VARIABLE,
    ),
    Option(
        name="notify_email",
        type=tuple[str, ...],
        default=(),
        help="Addresses that are told of failed runs by e-mail.",
        places=("project", "component"),
        variable=NOTIFY_EMAIL_VARIABLE,
    ),
    Option(
        name="notify_success",
        type=bool,
        default=False,
        help="Tell of published refreshes as well as of failed ones.",
        places=("project", "component"),
        variable=NOTIFY_SUCCESS_VARIABLE,
    ),
    Option(
        name="automation",
        type=dict[str, str] | None,
        default=None,
        help="When tables are loaded by themselves: cron times by pattern of their names.",
        places=("project", "component"),
    ),
    Option(
        name="scenarios",
        type=str,
        default="",
        help="The folder of scenarios of test data; else `scenarios` beside the policy.",
        places=("project", "component"),
        flag="--scenarios",
        variable=SCENARIOS_VARIABLE,
    ),
    Option(
        name="store",
        type=str,
        default="",
        help="Where baselines are kept: file:///folder, s3://bucket/folder, gs://..., az://...",
        places=("project", "component", "baseline"),
        flag="--store",
        variable=STORE_VARIABLE,
    ),
    Option(
        name="recipients",
        type=tuple[str, ...],
        default=(),
        help="Public keys, of age or SSH, for which the store's objects are encrypted.",
        places=("project", "component", "baseline"),
        flag="--recipient",
        variable=RECIPIENTS_VARIABLE,
    ),
    Option(
        name="identity",
        type=str,
        default="",
        help="Where the private key is that reads them: env://NAME, file:///..., vault://...",
        places=("project", "component", "baseline"),
        flag="--identity",
        variable=IDENTITY_VARIABLE,
    ),
    Option(
        name="encrypt",
        type=bool,
        default=True,
        help="Refuse to write readable objects to a store outside this machine.",
        places=("project", "component", "baseline"),
        flag="--encrypt/--no-encrypt",
        variable=ENCRYPT_VARIABLE,
    ),
    Option(
        name="events",
        type=str,
        default="none",
        help="Print what happens as lines of JSON on stdout, as PrivaCI does: privaci.",
        places=("run", "resume"),
        flag="--events",
    ),
    Option(
        name="prometheus_port",
        type=int,
        default=0,
        help="Serve the run's counts for Prometheus on this port while it lasts.",
        places=("run", "resume"),
        flag="--prometheus-port",
    ),
    Option(
        name="prometheus_push",
        type=str,
        default="",
        help="Push the run's counts to this gateway of Prometheus.",
        places=("run", "resume"),
        flag="--prometheus-push",
        variable=PUSHGATEWAY_VARIABLE,
    ),
    Option(
        name="weak_salt",
        type=bool,
        default=False,
        help="Accept a salt that can be guessed.",
        places=("run", "resume", "verify", "subset"),
        flag="--weak-salt",
        variable=WEAK_SALT_VARIABLE,
    ),
)


def option(name: str) -> Option:
    """The option of a name."""
    return next(each for each in OPTIONS if each.name == name)
