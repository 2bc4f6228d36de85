"""Troubles of real databases, a folder each: the source, the policy, and what the copy must be.

`source.sql` makes the source, and `mask-rules.yaml` is the policy. Each query of `expect.sql` must
be true on the target. A folder with `refused.txt` is refused instead, with each of its lines in the
reason. The target may hold no line of `originals.txt`. The search for originals finds none, but for
the places in `places.txt`, which the policy forgot.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psycopg
import pytest
from substrate.databases import cloned
from substrate.judge import checksums, dump_of, schema_of

from privaci_core.errors import PrivaciError
from privaci_core.masks import Keys
from privaci_core.policy import load_policy
from privaci_core.prove.checks import verdicts
from privaci_core.prove.evidence import Evidence
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database
from privaci_core.target.claim import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from substrate.databases import Databases

pytestmark = pytest.mark.postgres

FOLDERS = sorted(path.parent for path in Path(__file__).parent.glob("*/source.sql"))
REFUSED = [folder for folder in FOLDERS if (folder / "refused.txt").exists()]
COPIED = [folder for folder in FOLDERS if folder not in REFUSED]
POSITIONS = "SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2"
KEYS = Keys.of(b"a salt of the test suite, long enough", b"a pseudonym key of it, long enough too")
STATEMENT_END = re.compile(r";\s*$", re.MULTILINE)


class Copied(NamedTuple):
    """A scenario with its source, its copy, what that holds, and what each check finds in it."""

    folder: Path
    source: str
    target: str
    content: tuple[object, ...]
    differences: dict[str, set[str]]


def queries(text: str) -> list[str]:
    """The statements of a file of expectations."""
    parts = (part.strip() for part in STATEMENT_END.split(text))
    return [part for part in parts if re.sub(r"--.*", "", part).strip()]


def differences_of(source: str, target: str, folder: Path) -> dict[str, set[str]]:
    """The places where each check finds something."""
    with finished(source, target, load_policy(folder / "mask-rules.yaml"), KEYS) as opened:
        evidence = Evidence(copy=opened.copy, source=opened.connections.source)
        return {name: set(verdict.differences) for name, verdict in verdicts(evidence).items()}


def content_of(dsn: str) -> tuple[object, ...]:
    """The schema, the checksums of all columns, and the positions of sequences."""
    with psycopg.connect(dsn) as connection:
        positions = connection.execute(POSITIONS).fetchall()
    return schema_of(dsn), checksums(dsn), positions


def lines_of(path: Path) -> list[str]:
    """The lines of a file; none where there is no file."""
    return path.read_text().splitlines() if path.exists() else []


def make(dsn: str, folder: Path) -> None:
    """Run a scenario's script."""
    with psycopg.connect(dsn, autocommit=True) as source:
        source.execute((folder / "source.sql").read_bytes())


@pytest.fixture(scope="module", params=COPIED, ids=lambda folder: folder.name)
def copied(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Copied]:
    """Each scenario, copied once for both tests."""
    folder: Path = request.param
    with cloned(databases) as source, cloned(databases) as target:
        make(source, folder)
        copy_database(source, target, load_policy(folder / "mask-rules.yaml"), KEYS)
        yield Copied(
            folder, source, target, content_of(target), differences_of(source, target, folder)
        )


@pytest.mark.parametrize("folder", REFUSED, ids=lambda folder: folder.name)
def test_a_scenario_is_refused(folder: Path, source_db: str, target_db: str) -> None:
    """For the reasons that are expected."""
    make(source_db, folder)
    with pytest.raises(PrivaciError) as caught:
        copy_database(source_db, target_db, load_policy(folder / "mask-rules.yaml"), KEYS)
    for words in lines_of(folder / "refused.txt"):
        assert words in str(caught.value)


def test_a_scenario_is_copied(copied: Copied) -> None:
    """The copy holds all that is expected of it, and no original but where the policy forgot."""
    folder, _, target_db, _, found = copied
    with psycopg.connect(target_db) as target:
        for query in queries((folder / "expect.sql").read_text()):
            assert target.execute(query.encode()).fetchall() == [(True,)], query
        target.rollback()
    assert sorted(found["no_originals"]) == lines_of(folder / "places.txt")
    dump = dump_of(target_db)
    for number, words in enumerate(lines_of(folder / "originals.txt"), 1):
        assert words.encode() not in dump, f"the original of line {number}"


def test_exchanged_tables_are_what_they_were(
    copied: Copied,
) -> None:
    """All tables are exchanged for the same rows, and each check finds what it found before."""
    folder, source, target, before, found = copied
    policy = load_policy(folder / "mask-rules.yaml")
    with finished(source, target, policy, KEYS) as opened:
        tables = frozenset(map(opened.copy.root_of, opened.copy.plan.tables))
    copy_database(source, target, policy, KEYS, claim=Claim(tables=tables))
    assert content_of(target) == before
    assert differences_of(source, target, folder) == found
