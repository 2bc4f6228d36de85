"""The subcommand that prints a page of this version's documentation, which lies in the wheel."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from privaci_core.errors import PreflightError
from privaci_core.policy.findings import suggest

HEADING = re.compile(r"(#+) (.*)")
NOT_IN_ANCHORS = re.compile(r"[^a-z0-9 _-]")


def docs(
    topic: Annotated[
        str, typer.Argument(help="A page, or page#section, as errors name them; else all pages.")
    ] = "",
) -> None:
    """Print a page of the documentation, or list all pages."""
    root = _root()
    pages = {_name(root, path): path for path in sorted(root.rglob("*.md"))}
    if not topic:
        typer.echo("\n".join(f"{name:<32} {_title(path)}" for name, path in pages.items()))
        return
    page, _, section = topic.partition("#")
    text = _page(page, pages).read_text(encoding="utf-8")
    typer.echo(_section(text, section) if section else text, nl=False)


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


def _section(text: str, anchor: str) -> str:
    """The part of a page under the heading with this anchor; the whole page if it has none."""
    lines, depth, found = text.splitlines(keepends=True), 0, list[str]()
    for line in lines:
        heading = HEADING.match(line)
        if found and heading and len(heading[1]) <= depth:
            break
        if not found and heading and _anchor(heading[2]) == anchor:
            depth = len(heading[1])
        if depth:
            found.append(line)
    return "".join(found) or text


def _anchor(heading: str) -> str:
    return NOT_IN_ANCHORS.sub("", heading.strip().lower()).replace(" ", "-")
