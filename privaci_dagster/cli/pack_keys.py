"""Subcommands for the makers of packs: they make a key, and sign a manifest with it."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Annotated, Any

import typer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privaci_core.errors import PreflightError
from privaci_core.plan.try_pack import refuse_failing
from privaci_core.policy.findings import FindingsError
from privaci_core.policy.signed_pack import (
    DOCS,
    KEY_VARIABLE,
    manifest_in,
    read_pack,
    sign_pack,
)
from privaci_core.policy.yaml_text import read_yaml
from privaci_core.prove.document import private_key
from privaci_core.secrets.resolve import is_reference, resolve
from privaci_dagster.cli.output import counted
from privaci_dagster.cli.packs import MANIFEST
from privaci_dagster.cli.proof_file import read_bytes

OTHERS = stat.S_IRWXG | stat.S_IRWXO
OWNER_ALONE = 0o600
YAML = {".yaml", ".yml"}
BEGINNING = "-----BEGIN"


def keygen(
    file: Annotated[Path, typer.Argument(help="The file to write the private key into.")],
) -> None:
    """Make a key that signs packs: the private one in a file, the public one printed."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write_new(file, pem)
    typer.echo(f"{file}: keep it secret; it signs packs")
    typer.echo(f"{KEY_VARIABLE}={_public(key)}")


def sign(
    manifest: Annotated[Path, typer.Argument(help="The pack, as a YAML or JSON file.")],
    key: Annotated[
        str,
        typer.Option(
            help="The private key: a PEM file that its owner alone can read, or a secret URI."
        ),
    ],
    to: Annotated[
        Path, typer.Option(help="The folder of packs to write <name>/manifest.json into.")
    ],
) -> None:
    """Test a pack, sign it, and write it where `install-pack` reads it."""
    signer = _private_key(key)
    signed = sign_pack(_pack_in(manifest), signer)
    # As its users will read it: a pack that they would refuse is not written.
    pack, _ = read_pack(signed, signer.public_key())
    refuse_failing(pack)
    place = to / pack.name / MANIFEST
    _write(place, signed)
    typer.echo(f"{place}: {pack.name} {pack.version}, {counted(len(pack.tests), 'test')} passed")
    typer.echo(f"{KEY_VARIABLE}={_public(signer)}")


def _pack_in(file: Path) -> dict[str, Any]:
    octets = read_bytes(file)
    if file.suffix not in YAML:
        return manifest_in(octets)
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        why = "it is no text in UTF-8"
        raise PreflightError(f"Reading {file}", why, "Write it as UTF-8.", DOCS) from None
    reading = read_yaml(text)
    if reading.findings:
        raise FindingsError(f"Reading {file}", reading.findings, "privaci packs sign")
    return manifest_in(json.dumps(reading.value).encode())


def _private_key(named: str) -> Ed25519PrivateKey:
    if is_reference(named):
        return private_key(resolve(named, os.environ).reveal().encode())
    if BEGINNING in named:
        # Its text is in no error message, as that of a file's name would be.
        why = "it is a key, which the machine's list of processes shows to all"
        remedy = "Name a PEM file, or a secret URI such as env://PACK_KEY."
        raise PreflightError("Reading --key", why, remedy, DOCS)
    path = Path(named)
    pem = read_bytes(path)
    if path.stat().st_mode & OTHERS:
        raise PreflightError(
            f"Reading the key {path}",
            "others than its owner can read it",
            f"chmod 600 {path}",
            DOCS,
        )
    return private_key(pem)


def _public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def _write_new(file: Path, content: bytes) -> None:
    """Write a file that nobody but its owner can read, and never over another."""
    try:
        with open(file, "xb", opener=_for_owner) as new:
            new.write(content)
    except OSError as error:
        raise _not_written(file, error) from None


def _for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, OWNER_ALONE)


def _write(file: Path, content: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as error:
        raise _not_written(file, error) from None


def _not_written(file: Path, error: OSError) -> PreflightError:
    why = error.strerror or type(error).__name__
    return PreflightError(f"Writing {file}", why, "Name another file or folder.", DOCS)
