"""Builds the pools of fake words from Faker.

The pools are committed: a new version of Faker never changes a mask.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from faker import Faker

if TYPE_CHECKING:
    from collections.abc import Callable

LOCALES = ("en_US", "de_DE", "fr_FR", "es_ES")
POOLS = Path(__file__).parent.parent / "privaci_core" / "masks" / "base" / "pools"
# Enough draws to meet nearly every word of Faker's lists.
DRAWS = 20_000
LARGEST = 2_000


SEED = 20261121


def main() -> None:
    """Write one file per locale and kind of word."""
    for locale in LOCALES:
        faker = Faker(locale, use_weighting=False)
        faker.seed_instance(SEED)
        for kind, draw in draws(faker).items():
            text = "\n".join(pool(draw)) + "\n"
            (POOLS / f"{locale}.{kind}.txt").write_text(text, encoding="utf-8")


def draws(faker: Faker) -> dict[str, Callable[[], str]]:
    """How each kind of word is drawn."""
    return {
        "first_name": faker.first_name,
        "last_name": faker.last_name,
        "city": faker.city,
        "street": faker.street_name,
        "company": faker.company,
        "job_title": faker.job,
        "country": faker.country,
        "country_2": lambda: faker.country_code("alpha-2"),
        "country_3": lambda: faker.country_code("alpha-3"),
        # No fake is made of these: a search for originals passes over them.
        "everyday": faker.word,
    }


def pool(draw: Callable[[], str]) -> list[str]:
    """Distinct words in order; of a long list, evenly spaced ones."""
    words = {draw() for _ in range(DRAWS)}
    step = max(1, len(words) // LARGEST)
    return sorted(word for word in words if word.isprintable())[::step][:LARGEST]


if __name__ == "__main__":
    main()
