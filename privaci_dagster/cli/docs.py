"""The subcommand that prints a page of this version's documentation, which lies in the wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privaci_core.errors import PreflightError
from privaci_core.policy.findings import suggest
from privaci_dagster.cli.docs_sections import HEADING, found_in, section_text, sections_of

# More would not fit a screen.
MOST_FOUND = 12


def docs(
    topic: Annotated[
        str, typer.Argument(help="A page, or page#section, as errors name them; else all pages.")
    ] = "",
    search: Annotated[
        str, typer.Option(help="Words: list the sections that have all of them.")
    ] = "",
) -> None:
    """Print a page of the documentation, list all pages, or search them."""
    root = _root()
    pages = {_name(root, path): path for path in sorted(root.rglob("*.md"))}
    if search:
        typer.echo("\n".join(_found(search, pages)))
        return
    if not topic:
        typer.echo("\n".join(f"{name:<32} {_title(path)}" for name, path in pages.items()))
        return
    page, _, section = topic.partition("#")
    text = _page(page, pages).read_text(encoding="utf-8")
    part = section_text(sections_of(page, text), section) if section else ""
    typer.echo(part or text, nl=False)


def _found(search: str, pages: dict[str, Path]) -> list[str]:
    """Two lines for each section that has all words: its name, and its line with most of them."""
    words = search.lower().split()
    sections = [
        section
        for name, path in pages.items()
        for section in sections_of(name, path.read_text(encoding="utf-8"))
    ]
    found = found_in(sections, search)
    if not found:
        raise PreflightError(
            f"Searching the documentation for {search}",
            "no section has all of these words",
            "Use fewer words, or parts of words; `privaci docs` lists all pages.",
        )
    return [
        line
        for section in found[:MOST_FOUND]
        for line in (section.name, f"    {section.line_with(words)}")
    ]


def _root() -> Path:
    """The folder of pages: in the wheel beside our modules, in a clone beside the package."""
    package = Path(__file__).parents[1]
    installed = package / "docs"
    return installed if installed.is_dir() else package.parent / "docs"


def _name(root: Path, path: Path) -> str:
    return path.relative_to(root).with_suffix("").as_posix()


def _title(path: Path) -> str:
    found = HEADING.match(path.read_text(encoding="utf-8"))
    return found[2] if found else ""


def _page(named: str, pages: dict[str, Path]) -> Path:
    """The page of a name: errors, reference/errors or docs/reference/errors.md."""
    name = named.removeprefix("docs/").removesuffix(".md")
    ends = [path for known, path in pages.items() if known == name or known.endswith(f"/{name}")]
    if len(ends) == 1:
        return ends[0]
    known = [page.rpartition("/")[2] for page in pages]
    raise PreflightError(
        "Opening a page of the documentation",
        f"there is no page {named}",
        f"{suggest(name.rpartition('/')[2], known)} `privaci docs` lists them.",
        "docs/index.md",
    )
