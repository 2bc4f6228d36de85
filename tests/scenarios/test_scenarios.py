"""Troubles of real databases, a folder each: the source, the policy, and what the copy must be.

`source.sql` makes the source, and `mask-rules.yaml` is the policy. Each query of `expect.sql` must
be true on the target. A folder with `refused.txt` is refused instead, with each of its lines in the
reason. The target may hold no line of `originals.txt`. The search for originals finds none, but for
the places in `places.txt`, which the policy forgot.
"""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest
from substrate.judge import dump_of

from privaci_core.errors import PrivaciError
from privaci_core.masks import Keys
from privaci_core.policy import load_policy
from privaci_core.prove.evidence import Evidence
from privaci_core.prove.search.no_originals import no_originals
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database

pytestmark = pytest.mark.postgres

FOLDERS = sorted(path.parent for path in Path(__file__).parent.glob("*/source.sql"))
KEYS = Keys.of(b"a salt of the test suite, long enough", b"a pseudonym key of it, long enough too")
STATEMENT_END = re.compile(r";\s*$", re.MULTILINE)


def queries(text: str) -> list[str]:
    """The statements of a file of expectations."""
    parts = (part.strip() for part in STATEMENT_END.split(text))
    return [part for part in parts if re.sub(r"--.*", "", part).strip()]


def originals_in(source: str, target: str, folder: Path) -> list[str]:
    """The places where the search finds originals."""
    policy = load_policy(folder / "mask-rules.yaml")
    with finished(source, target, policy, KEYS) as opened:
        evidence = Evidence(copy=opened.copy, source=opened.connections.source)
        return sorted(no_originals(evidence).differences)


def lines_of(path: Path) -> list[str]:
    """The lines of a file; none where there is no file."""
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_scenario(folder: Path, source_db: str, target_db: str) -> None:
    """The copy holds all that is expected of it, or is refused for the reasons that are."""
    with psycopg.connect(source_db, autocommit=True) as source:
        source.execute((folder / "source.sql").read_bytes())
    refused = folder / "refused.txt"
    if refused.exists():
        with pytest.raises(PrivaciError) as caught:
            copy_database(source_db, target_db, load_policy(folder / "mask-rules.yaml"), KEYS)
        for words in refused.read_text().splitlines():
            assert words in str(caught.value)
        return
    copy_database(source_db, target_db, load_policy(folder / "mask-rules.yaml"), KEYS)
    with psycopg.connect(target_db) as target:
        for query in queries((folder / "expect.sql").read_text()):
            found = target.execute(query.encode()).fetchall()
            assert found == [(True,)], query
    assert originals_in(source_db, target_db, folder) == lines_of(folder / "places.txt")
    originals = folder / "originals.txt"
    if originals.exists():
        dump = dump_of(target_db)
        for number, words in enumerate(originals.read_text().splitlines(), 1):
            assert words.encode() not in dump, f"the original of line {number}"
