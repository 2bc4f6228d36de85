"""The `privaci` command: each subcommand is a file; expected errors print no traceback."""

from __future__ import annotations

import sys

# As that of `typing`, whose import takes longer than all that is needed before `main`.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    import typer

# Nothing else is imported before `main` answers Ctrl-C.
HELP = "Turn a production PostgreSQL database into a safe one for staging, CI and analytics."
# Each subcommand: its file, its function and its line of help. A file is imported only when its
# command runs, so that help appears at once: Dagster alone takes a second and a half.
COMMANDS = {
    "run": ("run", "run", "Refresh the target from the source, masked by the policy."),
    "resume": ("run", "resume", "Resume the target's unfinished refresh."),
    "init": ("init", "init", "Write a first policy from what the source holds."),
    "plan": ("files", "plan", "Show what would happen to every column, and why."),
    "dry-run": ("dry_run", "dry_run", "Mask some rows of every table and write none."),
    "preview": ("preview", "preview", "Show some masked rows of every table."),
    "subset": ("subset", "subset", "Show which rows a subset has, and what brings them."),
    "verify": ("verify", "verify", "Compare a finished target with the source."),
    "report": ("report", "report", "Show, sign or verify the proof of a refresh."),
    "scenarios": ("test_data", "scenarios", "List the scenarios of test data."),
    "request": ("test_data", "request", "Make the rows of a scenario in the target."),
    "reset": ("test_data", "reset", "Take the rows of a test run out of the target."),
    "reset-all": ("test_data", "reset_all", "Take the rows of all test runs out of the target."),
    "runs": ("test_data", "runs", "List the test runs of the target."),
    "audit": ("test_data", "audit", "Tell every step of a test run."),
    "branch create": ("branch", "create", "Make a database of its own from the target."),
    "branch list": ("branch", "list_branches", "List the branches of the target."),
    "branch drop": ("branch", "drop", "Drop a branch of the target."),
    "drift": ("files", "drift", "Compare the source with the lock file; exit 6 to review it."),
    "detect-drift": ("files", "detect_drift", "The same, by PrivaCI's name."),
    "introspect": ("files", "introspect", "Read the source's catalog into the lock file."),
    "validate": ("policy_file", "validate", "Check the policy file; name each mistake's line."),
    "catalog inspect": ("inspect", "inspect", "Show the source's tables, sizes and keys."),
    "schema config": (
        "policy_file",
        "schema_config",
        "Print the JSON Schema of the policy file, for editors.",
    ),
    "schema scenario": (
        "policy_file",
        "schema_scenario",
        "Print the JSON Schema of a scenario file, for editors.",
    ),
    "install-pack": ("packs", "install_pack", "Merge a signed pack of rules into the policy."),
    "packs keygen": ("pack_keys", "keygen", "Make a key that signs packs."),
    "packs sign": ("pack_keys", "sign", "Test and sign a pack for `install-pack`."),
    "migrate-config": ("policy_file", "migrate_config", "Bring a policy to another version."),
    "gen-salt": ("policy_file", "new_salt", "Print a new random salt."),
    "generate-ci": ("ci", "generate_ci", "Write a pipeline for GitHub, GitLab or Kubernetes."),
    "serve": ("serve", "serve", "Serve test data over HTTP."),
    "mcp": ("mcp", "mcp", "Serve test data to an agent over MCP, on stdin and stdout."),
    "snapshot": ("snapshot", "snapshot", "Hold a snapshot of the source for other processes."),
    "baseline snapshot": ("baseline", "snapshot", "Keep the published target in a store."),
    "baseline restore": ("baseline", "restore", "Give the target the rows of a baseline."),
    "baseline list": ("baseline", "list_", "List the baselines of a store."),
    "baseline drop": ("baseline", "drop", "Remove a baseline from a store."),
    "backup run": ("backup", "run", "Dump the published target into a store."),
    "backup list": ("backup", "list_", "List the backups of a store."),
    "backup restore": ("backup", "restore", "Restore a backup into an empty database."),
    "backup drill": ("backup", "drill", "Prove that a backup can be restored."),
    "demo": ("demo", "demo", "Show a whole refresh on a generated company."),
    "psql": ("psql", "psql", "Open psql on the source or the target."),
    "docs": ("docs", "docs", "Print a page of the documentation."),
    "ui": ("ui", "ui", "Open Dagster's UI on the project, until Ctrl-C."),
}
GROUPS = {
    "backup": "Backups of a published target, kept in a store.",
    "branch": "Databases of their own, made from the published target.",
    "baseline": "Baselines of published targets, kept in a store.",
    "catalog": "What the source is made of.",
    "packs": "Packs of rules by kind, for those who make them.",
    "schema": "The format of files, for editors and programs.",
}
SETTINGS = {
    "rich_markup_mode": None,
    "add_completion": False,
    "no_args_is_help": True,
    "context_settings": {"help_option_names": ["-h", "--help"]},
}


def main() -> None:
    """Run the command line; an expected error ends with its own exit code."""
    try:
        from privaci_dagster.cli import startup  # noqa: PLC0415 - as all imports here

        with startup.ctrl_c_ends_at_once():
            words = _words()
            app = _imported(_completed() or words)
        app(words)
    except BaseException as error:  # noqa: BLE001 - the text of an unexpected one may hold a value
        from privaci_dagster.cli.endings import end  # noqa: PLC0415

        end(f"Running privaci {_named(_words())}".strip(), error)


def _words() -> list[str]:
    """What the command line says, its subcommand first."""
    from privaci_dagster.cli.bare import with_command  # noqa: PLC0415

    return with_command(sys.argv[1:], {name.split()[0] for name in COMMANDS})


def _imported(words: Sequence[str]) -> typer.Typer:
    from privaci_dagster.cli.first_words import say_first_words  # noqa: PLC0415
    from privaci_dagster.cli.imports import collector_paused  # noqa: PLC0415

    if not _completed():
        say_first_words(_named(words), words)
    with collector_paused():
        return app_for(words)


def _completed() -> list[str]:
    """The words that a shell asks to complete, if it runs us for that; see Typer's scripts."""
    import os  # noqa: PLC0415

    if "_PRIVACI_COMPLETE" not in os.environ:
        return []
    words = os.environ.get("_TYPER_COMPLETE_ARGS") or os.environ.get("COMP_WORDS", "")
    return words.split()[1:]


def app_for(words: Sequence[str]) -> typer.Typer:
    """The command line: the named subcommand is imported, the others are lines of help."""
    from importlib import import_module  # noqa: PLC0415

    import typer  # noqa: PLC0415

    from privaci_dagster.cli.before import before_command  # noqa: PLC0415
    from privaci_dagster.cli.notices import with_notices  # noqa: PLC0415

    _refuse_unknown(words)
    named = _named(words)
    completes = SETTINGS | {"add_completion": True}
    app = typer.Typer(name="privaci", help=HELP, pretty_exceptions_enable=False, **completes)  # type: ignore[arg-type]
    app.callback(help=HELP)(before_command)
    groups = {name: typer.Typer(help=help_, **SETTINGS) for name, help_ in GROUPS.items()}  # type: ignore[arg-type]
    # Without a callback, Typer makes a group of one command that command itself.
    for name, group in groups.items():
        group.callback()(_placeholder)
        app.add_typer(group, name=name)
    for name, (file, function, help_) in COMMANDS.items():
        *group_name, last = name.split()
        parent = groups[group_name[0]] if group_name else app
        if name == named:
            module = import_module(f"privaci_dagster.cli.{file}")
            parent.command(last)(with_notices(getattr(module, function)))
        else:
            parent.command(last, help=help_)(_placeholder)
    return app


def _named(words: Sequence[str]) -> str:
    """The subcommand that the words name."""
    line = f"{' '.join(words)} "
    return next((name for name in COMMANDS if line.startswith(f"{name} ")), "")


def _refuse_unknown(words: Sequence[str]) -> None:
    """Refuse a misspelt subcommand, and name the one that is near."""
    from difflib import get_close_matches  # noqa: PLC0415

    from privaci_core.errors import PreflightError  # noqa: PLC0415

    first = words[0] if words and not words[0].startswith("-") else ""
    known = sorted({name.split()[0] for name in COMMANDS})
    near = get_close_matches(first, known, n=1)
    if first and first not in known and near:
        why = "there is no such subcommand"
        raise PreflightError(f"Running privaci {first}", why, f"Did you mean `{near[0]}`?")


def _placeholder() -> None:
    """Stands for a subcommand that was not named."""
