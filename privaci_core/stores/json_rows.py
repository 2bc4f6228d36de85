"""Writes rows as JSON, an object a line: numbers exact, documents as they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from privaci_core.stream.binary_rows import payload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.stores.parquet_types import Field
    from privaci_core.stream.binary_rows import Buffer

WHOLE = frozenset({"int2", "int4", "int8", "oid"})
NUMBERS = WHOLE | {"float4", "float8", "numeric"}
DOCUMENTS = frozenset({"json", "jsonb"})
# Numbers that JSON lacks are text: NaN and the infinities.
IS_NUMBER = r"^-?[0-9]"
# Arrays of one dimension, without bounds, whose elements JSON has.
NUMBER_LIST, TRUTH_LIST = r"^\{[-+0-9.e,NUL]*\}$", r"^\{[tf,NUL]*\}$"
SPECIAL = r'[\x00-\x1f"\\]'
ESCAPES = {chr(code): json.dumps(chr(code))[1:-1] for code in (*range(0x20), 0x22, 0x5C)}


def json_lines(batch: pa.RecordBatch, fields: Sequence[Field]) -> Buffer:
    """The rows, whose columns are the texts that Postgres prints."""
    parts: list[pa.Array | pa.Scalar] = []
    for place, field in enumerate(fields):
        before = f"{'{' if place == 0 else ','}{json.dumps(field.name, ensure_ascii=False)}:"
        parts += [pa.scalar(before), _json_of(field, batch.column(place)).fill_null("null")]
    return payload(pc.binary_join_element_wise(*parts, "}\n", ""))


def _json_of(field: Field, texts: pa.Array) -> pa.Array:
    if field.is_list:
        return _list_of(field, texts)
    if field.kind == "bool":
        return truth_values(texts)
    if field.kind in WHOLE:
        return texts
    if field.kind in NUMBERS:
        return _where(pc.match_substring_regex(texts, IS_NUMBER), texts, texts)
    if field.kind in DOCUMENTS:
        # A line break between two tokens of a document means nothing; inside one it is escaped.
        return pc.replace_substring_regex(texts, r"[\r\n]", " ")
    return _quoted(texts)


def truth_values(texts: pa.Array) -> pa.Array:
    """Postgres's `t` and `f` as other programs read them."""
    return pc.if_else(pc.equal(texts, "t"), "true", pc.if_else(texts.is_valid(), "false", texts))


def _list_of(field: Field, texts: pa.Array) -> pa.Array:
    """An array as a list of numbers or truth values; others are the text that Postgres prints."""
    shape = {"bool": TRUTH_LIST}.get(field.kind, NUMBER_LIST if field.kind in NUMBERS else "")
    if not shape:
        return _quoted(texts)
    found = pl.Series(texts).str.replace_many({"{": "[", "}": "]", "NULL": "null"})
    if field.kind == "bool":
        found = found.str.replace_many({"t": "true", "f": "false"})
    return _where(pc.match_substring_regex(texts, shape), _arrow(found), texts)


def _where(fits: pa.Array, values: pa.Array, texts: pa.Array) -> pa.Array:
    """The values where they fit, and the texts in quotes elsewhere."""
    if pc.all(fits).as_py() is not False:
        return values
    return pc.if_else(fits, values, _quoted(texts))


def _quoted(texts: pa.Array) -> pa.Array:
    if pc.any(pc.match_substring_regex(texts, SPECIAL)).as_py():
        texts = _arrow(pl.Series(texts).str.replace_many(ESCAPES))
    return pc.binary_join_element_wise('"', texts, '"', "")


def _arrow(texts: pl.Series) -> pa.Array:
    return texts.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.string())
