"""The subcommand that shows, signs or verifies the proof of a refresh; it needs no database."""

from __future__ import annotations

import os
import shutil
from pathlib import Path  # noqa: TC003 - typer reads annotations when the program runs
from typing import TYPE_CHECKING, Annotated, Any

import typer

from privaci_core.errors import PreflightError
from privaci_core.prove.document import (
    DOCUMENT,
    FOLDER_VARIABLE,
    PAGE,
    TRAIL,
    document_of,
    file_of,
    private_key,
    public_key,
)
from privaci_core.prove.page import page_of, verified_proof
from privaci_core.prove.page_proved import searched_of
from privaci_dagster.cli.home import HomeOption, make_home
from privaci_dagster.cli.output import Form, FormOption, counted, duration, print_result, size
from privaci_dagster.cli.proof_file import proof_of, read_bytes
from privaci_dagster.cli.rendered_report import deliver, rendered
from privaci_dagster.project import proofs_in

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILED = 1


def report(
    refresh: Annotated[
        str, typer.Argument(help="The start of a refresh's name; else the last refresh.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="A folder to write the proof and the audit trail into.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="A private Ed25519 key (PEM) to sign the proof with.")
    ] = None,
    verify: Annotated[
        Path | None, typer.Option(help="Only verify this proof (JSON or page).")
    ] = None,
    trust: Annotated[
        Path | None, typer.Option("--public-key", help="The key (PEM) that must have signed it.")
    ] = None,
    render: Annotated[
        str, typer.Option(help="Write the report by this installed renderer, to stdout or --to.")
    ] = "",
    to: Annotated[
        str, typer.Option(help="Where the rendered report goes: a file, or a writer's address.")
    ] = "",
    dagster_home: HomeOption = None,
    form: FormOption = "text",
) -> None:
    """Show the proof of a refresh, write it into a folder, sign it; or verify a proof."""
    if verify is not None:
        _verify(verify, trust, form)
        return
    folder = _folder(refresh, dagster_home)
    document = _unchanged(folder / DOCUMENT)
    if key is not None:
        document = document_of(document["content"], private_key(read_bytes(key)))
    if out is not None:
        _export(document, folder, out)
    if render:
        deliver(rendered(document["content"], render), to)
        return
    print_result(form, document, _lines(document, out or folder))


def _export(document: dict[str, Any], folder: Path, out: Path) -> None:
    """Write a proof into another folder, with the audit trail that lies beside it."""
    out.mkdir(parents=True, exist_ok=True)
    (out / DOCUMENT).write_bytes(file_of(document))
    (out / PAGE).write_text(page_of(document), encoding="utf-8")
    if (folder / TRAIL).exists():
        shutil.copy(folder / TRAIL, out / TRAIL)


def _verify(path: Path, trust: Path | None, form: Form) -> None:
    """Print whether a proof is unchanged and who signed it; exit with 1 if it does not hold."""
    octets = read_bytes(path)
    proof_of(path, octets)
    found = verified_proof(octets, public_key(read_bytes(trust)) if trust else None)
    value = {
        "holds": found.holds,
        "signed_by": found.signed_by,
        "trusted": bool(trust),
        "why_not": found.why_not,
    }
    line = f"{path}: NOT valid: {found.why_not}"
    if found.holds:
        line = f"{path}: unchanged, {_signature(found.signed_by, trusted=bool(trust))}"
    print_result(form, value, [line])
    raise typer.Exit(0 if found.holds else FAILED)


def _signature(signed_by: str, *, trusted: bool) -> str:
    if not signed_by:
        return "not signed"
    trust = "which you trust" if trusted else "not known to be trusted: name yours by --public-key"
    return f"signed by the key {signed_by}, {trust}"


def _lines(document: dict[str, Any], folder: Path) -> Iterator[str]:
    content, totals = document["content"], document["content"]["totals"]
    signature = "Ed25519" if "signature" in document else "none"
    yield f"refresh    {content['refresh']}, published {content['published']} by {content['who']}"
    yield f"copied     {_of(totals, 'table')}, {_of(totals, 'row')}, {size(totals['bytes'])}"
    masked = counted(totals["masked_columns"], "column")
    yield f"masked     {masked}, in {duration(totals['seconds'])}"
    for check in content["checks"]:
        failed = "to review" if check["severity"] == "WARN" else "FAILED"
        yield f"check      {check['name']}: {'passed' if check['passed'] else failed}"
    searched = searched_of(content["checks"])
    if searched is not None:
        where = "a sample" if searched.samples else "all of the target"
        counts = f"{searched.searched:,} of {searched.originals:,}"
        yield f"originals  {counts} searched ({searched.share}), in {where}"
    yield f"signature  {signature}, sha256 {document['sha256']}"
    yield f"page       {folder / PAGE}"


def _of(totals: dict[str, int], word: str) -> str:
    return counted(totals[f"{word}s"], word)


def _folder(refresh: str, home: Path | None) -> Path:
    """The folder of the named refresh's proof, or of the last refresh's."""
    # A folder that a variable names needs no home of Dagster's.
    root = "" if os.environ.get(FOLDER_VARIABLE) else make_home(home, os.environ)
    proofs = proofs_in(root, os.environ)
    found = [path.parent for path in proofs.glob(f"*/{DOCUMENT}") if refresh in path.parent.name]
    if not found:
        raise PreflightError(
            f"Looking for the proof of {refresh or 'the last refresh'} in {proofs}",
            "it holds no such proof: a refresh writes one when it is published",
            "Name Dagster's home with --dagster-home,"
            f" or the folder of proofs in {FOLDER_VARIABLE}.",
        )
    return max(found, key=lambda folder: (folder / DOCUMENT).stat().st_mtime)


def _unchanged(path: Path) -> dict[str, Any]:
    """A proof of ours: one that was edited is neither shown nor signed."""
    octets = read_bytes(path)
    document, found = proof_of(path, octets), verified_proof(octets, None)
    if not found.holds:
        raise PreflightError(
            f"Reading the proof {path}",
            found.why_not,
            "Put the file back as the refresh wrote it; proof.html beside it holds it as well.",
        )
    return document
