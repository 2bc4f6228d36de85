"""Builds the pools of fake words from Faker, once: they are committed, so that a Faker upgrade never changes a mask."""

from __future__ import annotations

from pathlib import Path

from faker import Faker

LOCALES = ("en_US", "de_DE", "fr_FR", "es_ES")
POOLS = Path(__file__).parent.parent / "privaci_core" / "masks" / "pools"
# Draws per pool: enough to meet nearly every word of Faker's own lists.
DRAWS = 20_000
LARGEST = 2_000


def main() -> None:
    """Write one file per locale and kind: sorted, without doubles, one word a line."""
    for locale in LOCALES:
        faker = Faker(locale, use_weighting=False)
        faker.seed_instance(20261121)
        kinds = {
            "first_name": faker.first_name,
            "last_name": faker.last_name,
            "city": faker.city,
            "street": faker.street_name,
            "company": faker.company,
            "job_title": faker.job,
            "country": faker.country,
            "country_2": lambda faker=faker: faker.country_code("alpha-2"),
            "country_3": lambda faker=faker: faker.country_code("alpha-3"),
        }
        for kind, draw in kinds.items():
            words = {draw() for _ in range(DRAWS)}
            lines = sorted(word for word in words if word.isprintable())[
                :: max(1, len(words) // LARGEST)
            ][:LARGEST]
            (POOLS / f"{locale}.{kind}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
