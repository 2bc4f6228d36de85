"""The speed of masking free text and documents, and what survives."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
import psycopg
import spacy
from psycopg.conninfo import make_conninfo
from pydantic import TypeAdapter

from privaci_core.demo import fill
from privaci_core.demo.answer_key import TEXTS, planted
from privaci_core.masks import Keys, Shape, bind
from privaci_core.masks.text.named_entities import model_name
from privaci_core.policy import Action
from privaci_core.postgres.session import source_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_core.demo.answer_key import Planted

KEYS = Keys.of(b"a salt of the benchmarks, long enough")
ACTIONS: TypeAdapter[Action] = TypeAdapter(Action)
DOCUMENTS, DISTINCT = 50_000, 5_000
PATHS = {
    "$.user.email": {"action": "fake", "provider": "email"},
    "$.user.name": {"action": "fake", "provider": "full_name"},
    "$.items[*].note": {"action": "hash"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """The demo company's free texts by column and row, and the personal values planted in them."""

    texts: dict[tuple[str, str], dict[str, str]]
    planted: list[Planted]

    @property
    def every_text(self) -> pl.Series:
        """The texts of all columns."""
        return pl.Series([text for rows in self.texts.values() for text in rows.values()])


def run(dsn: str) -> dict[str, float]:
    """Time the masks of texts and of documents; count planted values that survive."""
    company = _company(dsn)
    texts = company.every_text
    words = int(texts.str.split(" ").list.len().sum())
    print("### Free text and documents\n")
    print(f"{len(texts):,} texts of {words:,} words; {len(company.planted)} planted values.\n")
    print("| what | figure |\n|---|---|")
    return _masked_texts(company, texts, words) | _masked_documents()


def _company(dsn: str) -> Company:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS bench_texts")
        connection.execute("CREATE DATABASE bench_texts TEMPLATE template0")
        filled = make_conninfo(dsn, dbname="bench_texts")
        fill(filled, "mini")
        with source_session(filled) as source:
            texts = {
                place: {row[0]: row[1] for row in source.execute(query.encode())}
                for place, (query, _) in TEXTS.items()
            }
            company = Company(texts=texts, planted=list(planted(source)))
        connection.execute("DROP DATABASE bench_texts WITH (FORCE)")
    return company


def _masked_texts(company: Company, texts: pl.Series, words: int) -> dict[str, float]:
    mask = bind(ACTIONS.validate_python({"action": "ner_mask"}), Shape(), KEYS)
    mask(texts.head(1))
    # So few texts take a sixth of a second, in which the machine may have done something else.
    seconds = min(_timed(lambda: mask(texts)) for _ in range(5))
    naive = _timed(lambda: _one_by_one(texts.to_list()))
    left = _left(mask, company)
    print(f"| ner_mask | {words / seconds:,.0f} words/s |")
    print(f"| the model by itself, whole, text by text | {words / naive:,.0f} words/s |")
    print(f"| planted values that survive | {left} of {len(company.planted)} |")
    return {
        "words a second": round(words / seconds),
        "naive words a second": round(words / naive),
        "planted that survive": left,
    }


def _masked_documents() -> dict[str, float]:
    documents = pl.Series([_document(number % DISTINCT) for number in range(DOCUMENTS)])
    distinct = documents.head(DISTINCT)
    rule = ACTIONS.validate_python({"action": "json", "paths": PATHS})
    mask = bind(rule, Shape(type_name="jsonb"), KEYS)
    mask(distinct.head(1))
    each = _timed(lambda: mask(distinct)) / DISTINCT * 1e6
    repeated = _timed(lambda: mask(documents)) / DOCUMENTS * 1e6
    parsed = _timed(lambda: [json.dumps(json.loads(text)) for text in distinct]) / DISTINCT * 1e6
    print(f"| json, three paths, distinct documents | {each:.1f} us a document |")
    print(f"| the same, each ten times | {repeated:.1f} us a document |")
    print(f"| Python's json, parsed and written | {parsed:.1f} us a document |\n")
    return {"us a document": round(each, 2), "us a repeated document": round(repeated, 2)}


def _one_by_one(texts: list[str]) -> None:
    """The naive way: every component of the model, one text after another."""
    language = spacy.load(model_name())
    for text in texts:
        language(text)


def _left(mask: Callable[[pl.Series], pl.Series], company: Company) -> int:
    """How many planted values their masked text still contains."""
    fakes = {}
    for (table, column), rows in company.texts.items():
        masked = mask(pl.Series(list(rows.values()))).to_list()
        fakes |= {(table, column, row): text for row, text in zip(rows, masked, strict=True)}
    return sum(
        found.value in fakes[found.table, found.column, found.row] for found in company.planted
    )


def _document(number: int) -> str:
    user = {"email": f"person{number}@org.example", "name": f"Ada Family{number}", "plan": "gold"}
    items = [
        {"sku": item, "note": f"note {number} {item}", "price": 1.5 * item} for item in range(3)
    ]
    return json.dumps(
        {"user": user, "items": items, "tags": ["a", "b"], "at": "2020-01-01T00:00:00Z"}
    )


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
