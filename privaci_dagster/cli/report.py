"""The subcommand that shows, signs or verifies the proof of a refresh; it needs no database."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Literal

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
from privaci_core.prove.page import page_of, proof_in, verified_proof
from privaci_core.prove.page_proved import searched_of
from privaci_dagster.cli.destination import refuse_unknown_place, write_document, write_file
from privaci_dagster.cli.home import HomeOption, make_home
from privaci_dagster.cli.output import Form, counted, duration, print_result, size
from privaci_dagster.cli.pdf import pdf_of
from privaci_dagster.cli.proof_file import proof_of, read_bytes
from privaci_dagster.cli.rendered_report import deliver, rendered
from privaci_dagster.cli.scratch import scratch_folder
from privaci_dagster.project import proofs_in
from privaci_dagster.proof_store import (
    fetch_documents,
    fetch_trail,
    put_proof,
    store_of_proofs,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILED = 1
PROOFS_DOCS = "docs/how-to/proofs.md"
ProofForm = Literal["text", "json", "html", "pdf"]
BY_SUFFIX: dict[str, ProofForm] = {".html": "html", ".pdf": "pdf"}


def report(
    refresh: Annotated[
        str, typer.Argument(help="The start of a refresh's name; else the last refresh.")
    ] = "",
    run: Annotated[str, typer.Option("--run", help="The same: the name of a refresh or run.")] = "",
    output: Annotated[
        str,
        typer.Option(
            metavar="<path or URL>",
            help="A file to write the proof into, in the form of --format or of its name.",
        ),
    ] = "",
    out: Annotated[
        str, typer.Option(help="A folder or a store's URL to write proof and audit trail into.")
    ] = "",
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
    form: Annotated[
        ProofForm, typer.Option("--format", help="The output's format; pdf needs --output.")
    ] = "text",
) -> None:
    """Show the proof of a refresh, write it into a folder, sign it; or verify a proof."""
    if verify is not None:
        _verify(verify, trust, "json" if form == "json" else "text")
        return
    refuse_unknown_place(output)
    with scratch_folder() as scratch:
        folder = _folder(refresh or run, dagster_home, scratch)
        document = _unchanged(folder / DOCUMENT)
        if key is not None:
            document = document_of(document["content"], private_key(read_bytes(key)))
        if out:
            _export_to(out, document, folder, scratch)
    if render:
        deliver(rendered(document["content"], render), to)
    elif output:
        chosen = form if form != "text" else BY_SUFFIX.get(PurePosixPath(output).suffix, "json")
        write_document(output, _drawn(document, chosen))
        typer.echo(f"{output}: the proof of the refresh {document['content']['refresh']}")
    elif form in {"html", "pdf"}:
        _print_page(document, form)
    else:
        lines = _lines(document, out or _shown(folder, scratch))
        print_result("json" if form == "json" else "text", document, lines)


def _export_to(out: str, document: dict[str, Any], folder: Path, scratch: Path) -> None:
    """Write proof and trail into a folder, or into a store."""
    store = store_of_proofs(os.environ, out)
    if store is None:
        _export(document, folder, Path(out))
        return
    _export(document, folder, scratch / "out")
    put_proof(store, scratch / "out", folder.name)


def _drawn(document: dict[str, Any], form: ProofForm) -> bytes:
    """A proof as a file: only JSON and HTML can be verified."""
    if form == "json":
        return file_of(document)
    page = page_of(document)
    return pdf_of(page) if form == "pdf" else page.encode()


def _print_page(document: dict[str, Any], form: ProofForm) -> None:
    if form == "pdf":
        why = "a terminal cannot show a PDF"
        remedy = "Name a file: --output proof.pdf."
        raise PreflightError("Printing the proof as PDF", why, remedy, PROOFS_DOCS)
    typer.echo(page_of(document), nl=False)


def _shown(folder: Path, scratch: Path) -> str:
    """Where a proof is kept; what was fetched for this command alone is in the store."""
    if not folder.is_relative_to(scratch):
        return str(folder)
    return f"{os.environ[FOLDER_VARIABLE].rstrip('/')}/{folder.name}"


def _export(document: dict[str, Any], folder: Path, out: Path) -> None:
    """Write a proof into another folder, with the audit trail that lies beside it."""
    write_file(out / DOCUMENT, file_of(document), PROOFS_DOCS)
    write_file(out / PAGE, page_of(document).encode(), PROOFS_DOCS)
    if (folder / TRAIL).exists():
        write_file(out / TRAIL, (folder / TRAIL).read_bytes(), PROOFS_DOCS)


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


def _lines(document: dict[str, Any], place: str) -> Iterator[str]:
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
    yield f"page       {place.rstrip('/')}/{PAGE}"


def _of(totals: dict[str, int], word: str) -> str:
    return counted(totals[f"{word}s"], word)


def _folder(refresh: str, home: Path | None, scratch: Path) -> Path:
    """The folder of the named refresh's proof, or of the last refresh's."""
    store = store_of_proofs(os.environ)
    if store is not None:
        proofs = scratch / "proofs"
        fetch_documents(store, proofs, [refresh])
        if not any(proofs.glob("*")):
            fetch_documents(store, proofs, [""])
    else:
        # A folder that a variable names needs no home of Dagster's.
        root = "" if os.environ.get(FOLDER_VARIABLE) else make_home(home, os.environ)
        proofs = proofs_in(root, os.environ)
    paths = list(proofs.glob(f"*/{DOCUMENT}"))
    found = [path.parent for path in paths if refresh in path.parent.name]
    # A proof's folder has the refresh's name; that of its run is in the document.
    found = found or [path.parent for path in paths if _run_of(path) == refresh]
    if not found:
        raise PreflightError(
            f"Looking for the proof of {refresh or 'the last refresh'} in"
            f" {store.url if store else proofs}",
            "it holds no such proof: a refresh writes one when it is published",
            "Run one: privaci run. If it ran, name Dagster's home with --dagster-home,"
            f" or the folder of proofs in {FOLDER_VARIABLE}.",
        )
    if store is not None:
        newest = max(found, key=_published)
        fetch_trail(store, newest)
        return newest
    return max(found, key=lambda folder: (folder / DOCUMENT).stat().st_mtime)


def _run_of(path: Path) -> str | None:
    """The run that published what a proof proves; None for a file that is no proof."""
    document = proof_in(read_bytes(path))
    return None if document is None else document["content"].get("run")


def _published(folder: Path) -> str:
    """When a fetched proof's refresh was published, as it says; it is verified later."""
    path = folder / DOCUMENT
    return str(proof_of(path, read_bytes(path)).get("content", {}).get("published", ""))


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
