"""The subcommand that merges a signed pack of rules by kind into the policy."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path  # noqa: TC003 - typer reads annotations when the program runs
from typing import TYPE_CHECKING, Annotated
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import typer

from privaci_core.errors import PreflightError
from privaci_core.plan.show import what_masks_by
from privaci_core.plan.try_pack import refuse_failing
from privaci_core.policy import load_policy, parse_policy
from privaci_core.policy.merge_pack import with_pack
from privaci_core.policy.signed_pack import DOCS, LARGEST_BYTES, read_pack, trusted_key
from privaci_dagster.cli.destination import write_file
from privaci_dagster.cli.options import Config
from privaci_dagster.cli.output import counted
from privaci_dagster.cli.proof_file import read_bytes
from privaci_dagster.project import POLICY_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.policy import Policy
    from privaci_core.policy.signed_pack import Manifest

MANIFEST = "manifest.json"
NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")
LOCAL = ("localhost", "127.0.0.1", "::1")
SECONDS = 30


def install_pack(
    name: Annotated[str, typer.Argument(help="The pack's name.")],
    config: Config = POLICY_FILE,
    registry_url: Annotated[
        str, typer.Option(help="Where packs are: https://.../<name>/manifest.json is read.")
    ] = "",
    local_pack_dir: Annotated[
        Path | None, typer.Option(help="A folder of packs, instead of a registry.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Merge it without asking.")] = False,
) -> None:
    """Verify and test a signed pack, show what it changes, and merge it into the policy."""
    key = trusted_key(os.environ)
    policy = load_policy(config)
    pack, kinds = read_pack(_manifest(name, registry_url, local_pack_dir), key)
    if pack.name != name:
        why = f"the manifest is that of the pack {pack.name}"
        raise PreflightError(f"Reading the pack {name}", why, "Name that pack.", DOCS)
    refuse_failing(pack)
    before = config.read_text(encoding="utf-8")
    after = with_pack(before, pack, kinds)
    # What is written must be a policy: find out before it is.
    parse_policy(after, name=str(config))
    typer.echo("\n".join(_told(pack, policy)))
    if after == before:
        typer.echo(f"{config}: has it already")
        return
    if not yes:
        _confirm(config)
    write_file(config, after.encode(), DOCS)
    typer.echo(f"{config}: the pack {pack.name} {pack.version} is in `packs`; see `privaci plan`")


def _told(pack: Manifest, policy: Policy) -> Iterator[str]:
    """What the pack says of each kind, and where the policy's own rule precedes it."""
    tests = counted(len(pack.tests), "test")
    yield f"{pack.name} {pack.version}: {pack.description} (signed, {tests} passed)"
    for kind, rule in pack.kinds.items():
        precedes = "; your own rule precedes it" if kind in policy.kinds else ""
        yield f"  {kind}: {what_masks_by(rule)}{precedes}"


def _confirm(config: Path) -> None:
    if not sys.stdin.isatty():
        why = "there is no terminal to ask at"
        raise PreflightError(f"Merging a pack into {config}", why, "Say --yes.", DOCS)
    typer.confirm(f"Merge it into {config}?", abort=True)


def _manifest(name: str, registry: str, folder: Path | None) -> bytes:
    """The manifest of a pack; a trusted key must have signed it, wherever it comes from."""
    if NAME.fullmatch(name) is None:
        why = "this is no name of a pack: small letters, digits and hyphens"
        raise PreflightError("Looking for a pack", why, "Write the pack's name.", DOCS)
    if folder is not None:
        return read_bytes(folder / name / MANIFEST)
    parts = urlsplit(registry)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL):
        return _fetched(f"{registry.rstrip('/')}/{name}/{MANIFEST}")
    why = "the registry's URL is not https" if registry else "nothing says where packs are"
    remedy = "Name a folder with --local-pack-dir, or a registry with --registry-url https://..."
    raise PreflightError(f"Looking for the pack {name}", why, remedy, DOCS)


def _fetched(url: str) -> bytes:
    try:
        with urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 - its scheme was looked at
            octets: bytes = answer.read(LARGEST_BYTES + 1)
    except (URLError, OSError, ValueError) as error:
        why = f"the registry did not give it ({type(error).__name__})"
        remedy = "Look at the URL and the name, or use --local-pack-dir."
        raise PreflightError("Fetching a pack", why, remedy, DOCS) from None
    return octets
