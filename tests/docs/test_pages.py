"""Runs every block of code on a page as a reader would, unless the line before says why not."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from privaci_core.ddl.dump import client_binaries

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
BIN = Path(sys.executable).parent
SALT = "the salt of the test suite, long enough"
INSTANCE = "telemetry:\n  enabled: false\n"
PAGES = sorted(
    str(page.relative_to(ROOT))
    for page in (
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "examples").rglob("*.md"),
        *ROOT.glob("*.md"),
    )
)
BLOCK = re.compile(
    r"^(?P<before>[^\n]*)\n+```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
# On the line before a block: why it is not run, or the code it exits with.
NOT_RUN = re.compile(r"<!-- not run: (?P<why>\S.+) -->")
EXITS = re.compile(r"<!-- exits with (?P<code>\d+) -->")
FILE = re.compile(r"^(?:#|--) (?P<path>[\w./-]+\.(?:ya?ml|toml|py|sql))\n")
RUN = {"console", "python", "sql", "yaml", "sh"}
# The columns that a command prints may have any width.
BLANKS = re.compile(r"\s+")
SECONDS = 240


@dataclass(frozen=True)
class Block:
    """A block of code on a page."""

    kind: str
    body: str
    before: str

    @property
    def is_run(self) -> bool:
        """Whether a reader would run the block, and no comment says why not."""
        is_file_or_command = self.kind != "yaml" or FILE.match(self.body) is not None
        return self.kind in RUN and is_file_or_command and not NOT_RUN.search(self.before)


@dataclass
class Reader:
    """A reader who follows a page: a folder, an environment, two databases."""

    folder: Path
    source: str
    environ: dict[str, str] = field(default_factory=dict)

    def follow(self, block: Block) -> None:
        """Run a block, or write the file that it holds."""
        named = FILE.match(block.body)
        if block.kind == "console":
            self._type(block)
        elif block.kind == "sql" and not named:
            with psycopg.connect(self.source, autocommit=True) as connection:
                connection.execute(block.body)  # type: ignore[call-overload]
        elif block.kind == "python" and not named:
            self._shell([str(BIN / "python"), "-c", block.body], 0)
        elif named:
            path = self.folder / named["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body)

    def _type(self, block: Block) -> None:
        """Type the commands of a block; each must print the lines below it."""
        code = int(found["code"]) if (found := EXITS.search(block.before)) else 0
        commands = re.split(r"^\$ ", block.body, flags=re.MULTILINE)
        assert commands[0] == "", f"a line without a prompt: {commands[0]}"
        for text in commands[1:]:
            command, shown = _cut(text)
            printed = self._shell(
                ["bash", "-ec", f"{command}\nexport -p > {shlex.quote(str(self._exports))}"], code
            )
            for line in shown:
                pattern = ".*".join(re.escape(part) for part in BLANKS.sub(" ", line).split("..."))
                assert re.search(pattern, BLANKS.sub(" ", printed)), (
                    f"`{command}` does not print: {line}\n{printed}"
                )

    def _shell(self, command: list[str], code: int) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == code, (
            f"{command[-1]}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        )
        if self._exports.exists():
            self.environ |= _exported(self._exports.read_text())
        return done.stdout + done.stderr

    @property
    def _exports(self) -> Path:
        return self.folder.parent / "exports.sh"


def _cut(text: str) -> tuple[str, list[str]]:
    """A command, with its continuation lines, and the lines that the page shows below it."""
    lines = text.rstrip("\n").split("\n")
    last = next(place for place, line in enumerate(lines) if not line.endswith("\\"))
    return "\n".join(lines[: last + 1]), [
        line.strip() for line in lines[last + 1 :] if line.strip()
    ]


def _exported(text: str) -> dict[str, str]:
    words = shlex.split(text)
    return dict(word.split("=", 1) for word in words if "=" in word)


def blocks_of(page: str) -> list[Block]:
    """The blocks of a page, in order."""
    found = BLOCK.finditer("\n" + (ROOT / page).read_text(encoding="utf-8"))
    return [Block(match["kind"], match["body"], match["before"]) for match in found]


@pytest.fixture
def reader(page: str, source_db: str, target_db: str, tmp_path: Path) -> Reader:
    """A reader with two databases: in an example's folder, or with the shop in the source."""
    home = tmp_path / "dagster"
    home.mkdir()
    if page.startswith("examples/"):
        folder = shutil.copytree(EXAMPLES, tmp_path / "examples") / Path(page).parent.name
    else:
        folder = tmp_path / "project"
        folder.mkdir()
        _lay_out(folder, page, source_db)
    (home / "dagster.yaml").write_text(INSTANCE)
    inherited = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    path = os.pathsep.join([str(BIN), str(client_binaries(16)), os.environ["PATH"]])
    urls = {"SOURCE_DB_URL": source_db, "TARGET_DB_URL": target_db, "ANONYMIZATION_SALT": SALT}
    return Reader(folder, source_db, {**inherited, **urls, "PATH": path, "DAGSTER_HOME": str(home)})


def _lay_out(folder: Path, page: str, source: str) -> None:
    """The quickstart's shop, and its policy unless the page makes one."""
    quickstart = EXAMPLES / "quickstart"
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute((quickstart / "shop.sql").read_text())  # type: ignore[call-overload]
    if "$ privaci init" not in (ROOT / page).read_text(encoding="utf-8"):
        shutil.copy(quickstart / "mask-rules.yaml", folder)


@pytest.mark.unit
@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_run_or_says_why_not(page: str) -> None:
    """Every block has a known kind, and one that is not run has a reason."""
    text = (ROOT / page).read_text(encoding="utf-8")
    assert len(blocks_of(page)) * 2 == len(re.findall(r"^\s*```", text, re.MULTILINE))
    for block in blocks_of(page):
        assert block.kind in RUN | {"text", "json", "toml"}, block.body


@pytest.mark.e2e
@pytest.mark.parametrize(
    "page", [page for page in PAGES if any(block.is_run for block in blocks_of(page))]
)
def test_a_page_is_true(page: str, reader: Reader) -> None:
    """Follow a page from its first block to its last."""
    for block in blocks_of(page):
        if block.is_run:
            reader.follow(block)
