"""How fast free text and documents are masked, beside a loop that does it text by text, and what survives."""

from __future__ import annotations

import json
import time
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

KEYS = Keys.of(b"a salt of the benchmarks, long enough")
ACTIONS: TypeAdapter[Action] = TypeAdapter(Action)
DOCUMENTS, DISTINCT = 50_000, 5_000
PATHS = {
    "$.user.email": {"action": "fake", "provider": "email"},
    "$.user.name": {"action": "fake", "provider": "full_name"},
    "$.items[*].note": {"action": "hash"},
}


def run(dsn: str) -> dict[str, float]:
    """Time both on the demo company's texts and on documents of our own; print what is left of people."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS bench_texts")
        connection.execute("CREATE DATABASE bench_texts TEMPLATE template0")
        company = make_conninfo(dsn, dbname="bench_texts")
        fill(company, "mini")
        with source_session(company) as source:
            texts = {
                place: {row[0]: row[1] for row in source.execute(query.encode())}
                for place, (query, _) in TEXTS.items()
            }
            people = list(planted(source))
        connection.execute("DROP DATABASE bench_texts WITH (FORCE)")
    everything = pl.Series([text for rows in texts.values() for text in rows.values()])
    words = int(everything.str.split(" ").list.len().sum())
    mask = bind(ACTIONS.validate_python({"action": "ner_mask"}), Shape(), KEYS)
    mask(everything.head(1))
    seconds, naive = (
        _timed(lambda: mask(everything)),
        _timed(lambda: _one_by_one(everything.to_list())),
    )
    left = _left(mask, texts, people)
    documents = pl.Series([_document(number % DISTINCT) for number in range(DOCUMENTS)])
    rule = bind(
        ACTIONS.validate_python({"action": "json", "paths": PATHS}), Shape(type_name="jsonb"), KEYS
    )
    rule(documents.tail(DOCUMENTS - DISTINCT).head(1))
    each = _timed(lambda: rule(documents.head(DISTINCT))) / DISTINCT * 1e6
    repeated = _timed(lambda: rule(documents)) / DOCUMENTS * 1e6
    parsed = (
        _timed(lambda: [json.dumps(json.loads(text)) for text in documents.head(DISTINCT)])
        / DISTINCT
        * 1e6
    )
    print(
        f"### Free text and documents\n\n{len(everything):,} texts of {words:,} words; {len(people)} planted values.\n"
    )
    print("| what | figure |\n|---|---|")
    print(f"| ner_mask | {words / seconds:,.0f} words/s |")
    print(f"| the model by itself, whole, text by text | {words / naive:,.0f} words/s |")
    print(f"| planted values that survive | {left} of {len(people)} |")
    print(f"| json, three paths, distinct documents | {each:.1f} us a document |")
    print(f"| the same, each ten times | {repeated:.1f} us a document |")
    print(f"| Python's json there and back alone | {parsed:.1f} us a document |\n")
    return {
        "words a second": round(words / seconds),
        "naive words a second": round(words / naive),
        "planted that survive": left,
        "us a document": round(each, 2),
        "us a repeated document": round(repeated, 2),
    }


def _one_by_one(texts: list[str]) -> None:
    """What a first attempt does: every component of the model, one text after another."""
    language = spacy.load(model_name())
    for text in texts:
        language(text)


def _left(
    mask: Callable[[pl.Series], pl.Series],
    texts: dict[tuple[str, str], dict[str, str]],
    people: list,
) -> int:  # type: ignore[type-arg]
    fakes = {}
    for (table, column), rows in texts.items():
        masked = mask(pl.Series(list(rows.values()))).to_list()
        fakes |= {(table, column, row): text for row, text in zip(rows, masked, strict=True)}
    return sum(person.value in fakes[person.table, person.column, person.row] for person in people)


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
