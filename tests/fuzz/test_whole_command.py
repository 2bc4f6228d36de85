"""Drawn schemas as a user copies them: `privaci run`, each table a Dagster asset of its name."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from e2e.shop import Shop
from fuzz.encodings import encoding_of, template_in
from fuzz.oracle import things_of
from fuzz.test_any_schema import COUNT, FIRST, drawn_for
from fuzz.trial import MODES, Judge, build, end_subscriptions, prepare
from substrate.databases import cloned

if TYPE_CHECKING:
    from pathlib import Path

    from substrate.databases import Databases

# A command takes as long as many trials.
SHARE = 40


@pytest.mark.e2e
@pytest.mark.skipif("PRIVACI_TEST_SCHEMAS" not in os.environ, reason="make fuzz runs it")
@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT // SHARE))
def test_the_whole_command_copies_a_drawn_schema(
    databases: Databases, tmp_path: Path, seed: int
) -> None:
    """Twice, into an empty target and over its own copy; it ends whole or in a sentence."""
    prepare(databases)
    template = template_in(databases, encoding_of(seed))
    with ExitStack() as held:
        source, target = (held.enter_context(cloned(databases, template)) for _ in range(2))
        build(source, drawn_for(databases, seed))
        held.callback(end_subscriptions, source)
        judge = Judge(databases, template, source, things_of(source))
        shop = Shop(tmp_path, source, target)
        for mode in dict.fromkeys(("fail", MODES[seed % len(MODES)])):
            shop.write(f'version: "1.0"\nauto_detect: false\non_existing_data: {mode}\n')
            home = {"DAGSTER_HOME": str(tmp_path / "dagster-home")}
            done = shop.privaci("run", "--log-format", "none", **home)
            assert "Traceback" not in done.stderr
            if done.returncode:
                assert judge.is_refused_too(done.stderr), done.stderr
                return
            assert judge.wrong(target) == [], mode
