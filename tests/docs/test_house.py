"""The map of the code names every room, no other, and only files and registries that exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "explanation" / "house.md").read_text(encoding="utf-8")
PICTURE = (ROOT / "docs" / "images" / "house.svg").read_text(encoding="utf-8")
CORE, DAGSTER = ROOT / "privaci_core", ROOT / "privaci_dagster"
FILE = re.compile(r"[\w./-]+\.(?:py|c|sql|toml|md)")

pytestmark = pytest.mark.unit


def rooms_of(package: Path) -> list[str]:
    """The packages inside a package, as the page spells them."""
    inits = package.rglob("*/__init__.py")
    return sorted(str(init.parent.relative_to(package)) for init in inits)


def rows_under(heading: str) -> list[str]:
    """The first cells of the table under a heading."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)


def layers_of(container: str) -> list[list[str]]:
    """The layers that the import contract of a package names, top first."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = pyproject["tool"]["importlinter"]["contracts"]
    (contract,) = [each for each in contracts if each.get("containers") == [container]]
    return [layer.split(" | ") for layer in contract["layers"]]


def test_the_page_names_every_room_of_the_core() -> None:
    """The table of the core's rooms has a row for every package and no other row."""
    rows = rows_under("The rooms of `privaci_core`")
    assert sorted(rows) == sorted([*rooms_of(CORE), "errors.py"])


def test_the_page_lists_rooms_as_the_contract_orders_them() -> None:
    """The table of the core's rooms follows the layers of the import contract."""
    rows = rows_under("The rooms of `privaci_core`")
    depth = {name: place for place, layer in enumerate(layers_of("privaci_core")) for name in layer}
    depths = [depth[row.split("/")[0].removesuffix(".py")] for row in rows]
    assert depths == sorted(depths)


def test_the_page_names_every_room_of_the_dagster_layer() -> None:
    """The table of `privaci_dagster` has a row for every package in it and no other row."""
    assert sorted(rows_under("The rooms of `privaci_dagster`")) == rooms_of(DAGSTER)


def test_the_picture_shows_every_room() -> None:
    """The boxes of the picture are the packages, the one module of the core, and nothing else."""
    boxes = re.findall(r'class="room"[^>]*>([^<]+)<', PICTURE)
    dagster = ["privaci_dagster", *(f"privaci_dagster/{room}" for room in rooms_of(DAGSTER))]
    assert sorted(boxes) == sorted([*rooms_of(CORE), "errors.py", *dagster])


def test_the_page_names_files_that_exist() -> None:
    """Each file that the page names is in the core, in the Dagster layer or at the top."""
    named = {span for span in re.findall(r"`([^`\n]+)`", PAGE) if FILE.fullmatch(span)}
    missing = [
        name
        for name in sorted(named)
        if not any((folder / name).is_file() for folder in (CORE, DAGSTER, ROOT))
    ]
    assert len(named) > 20
    assert missing == []


def test_the_page_names_registries_that_exist() -> None:
    """Each "`NAME` in `file`" of the page is a name that this file defines."""
    named = re.findall(r"`(\w+)` in `([\w./-]+\.py)`", PAGE)
    assert len(named) >= 8
    for name, file in named:
        (path,) = [folder / file for folder in (CORE, DAGSTER) if (folder / file).is_file()]
        source = path.read_text(encoding="utf-8")
        assert re.search(rf"^(?:class |def )?{name}\b", source, re.MULTILINE), f"{name} in {file}"
