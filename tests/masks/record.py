"""Records the outputs of masks that have none yet; recorded outputs are never changed.

Run `python tests/masks/record.py` after adding a case. To change a mask on purpose, give it a new
version in `privaci_core/masks/base/keys.py`, say so in the CHANGELOG, and delete its vectors.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).parent.parent))

from masks.cases import CASES, Case

VECTORS = Path(__file__).with_name("vectors.json")
EXAMPLES = 6


def outputs_of(case: Case) -> dict[str, str]:
    """The recorded inputs of a case and what they give now."""
    recorded = json.loads(VECTORS.read_text(encoding="utf-8")).get(case.name, {})
    return dict(
        zip(
            recorded, case.mask()(pl.Series(list(recorded), dtype=pl.String)).to_list(), strict=True
        )
    )


def main() -> None:
    """Add vectors for new cases."""
    vectors = json.loads(VECTORS.read_text(encoding="utf-8")) if VECTORS.exists() else {}
    for case in CASES:
        if case.name not in vectors:
            inputs = list(dict.fromkeys(_examples(case)))
            fakes = case.mask()(pl.Series(inputs, dtype=pl.String)).to_list()
            vectors[case.name] = dict(zip(inputs, fakes, strict=True))
    kept = {case.name: vectors[case.name] for case in CASES}
    VECTORS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _examples(case: Case) -> list[str]:
    """Values of the case's own kind, drawn once with a seed."""
    import hypothesis  # noqa: PLC0415 - only to record

    drawn: list[str] = []

    @hypothesis.seed(random.Random(case.name).getrandbits(32))  # noqa: S311 - no secret
    @hypothesis.settings(
        max_examples=EXAMPLES * 4, database=None, phases=[hypothesis.Phase.generate]
    )
    @hypothesis.given(case.values)
    def draw(value: str) -> None:
        drawn.append(value)

    draw()
    return drawn[-EXAMPLES:]


if __name__ == "__main__":
    main()
