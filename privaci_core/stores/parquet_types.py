"""Says which Arrow type holds a column's values, and turns them from Postgres's text and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from privaci_core.catalog.catalog import Column

# How a file holds a column: in Parquet's own type; as the text that Postgres prints; or as bytes
# that are no UTF-8, which only a database without an encoding has.
Form = Literal["typed", "text", "bytes"]
# A value that a form cannot hold makes the whole column take the next one.
NEXT: dict[Form, Form] = {"typed": "text", "text": "bytes"}

# What the parser of Arrow reads by itself, exactly: it refuses infinite dates, years before 1 and
# after 9999, 24:00 and a numeric NaN, which are text then.
PARSED: dict[str, pa.DataType] = {
    "bool": pa.bool_(),
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "oid": pa.uint32(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "date": pa.date32(),
    "time": pa.time64("us"),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", "UTC"),
}
LISTED = frozenset({"bool", "int2", "int4", "int8", "float4", "float8"})
MOST_DIGITS = 38
MODIFIER_HEADER, SCALE_BITS = 4, 16
UUID_BYTES = 16
# One dimension that begins at 1, and no element in quotes.
PLAIN_LIST = r"^\{[^{}\"\[\]]*\}$"


class UnfitError(Exception):
    """Columns hold values that their forms cannot hold; the values are not told."""

    def __init__(self, fields: tuple[Field, ...]) -> None:
        super().__init__("a value does not fit")
        # The fields to try instead.
        self.fields = fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column in a file: its name, Postgres's type, and how its values are held."""

    name: str
    # As Postgres prints it, for the reader of a file.
    type: str
    # The type below domains, by its name in pg_type; that of the elements for an array.
    kind: str
    is_list: bool
    modifier: int
    form: Form = "typed"

    @property
    def codec(self) -> Codec:
        """How its values are read, held and written."""
        if self.form == "bytes":
            return Codec(parsed=pa.binary(), held=pa.binary(), print=_as_texts)
        found = _codec_of(self) if self.form == "typed" else None
        return found or TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """From what Arrow's parser reads to what a file holds, and back to what its writer takes."""

    parsed: pa.DataType
    held: pa.DataType
    hold: Callable[[pa.Array], pa.Array] | None = None
    print: Callable[[pa.Array], pa.Array] | None = None


TEXT = Codec(parsed=pa.string(), held=pa.string())


def field_of(column: Column) -> Field:
    """The field of a column of the catalog."""
    return Field(
        name=column.name,
        type=column.type,
        kind=column.scalar_type if column.scalar_schema == "pg_catalog" else "",
        is_list=column.is_array,
        modifier=column.modifier,
    )


def merged(forms: Sequence[tuple[Field, ...]]) -> tuple[Field, ...]:
    """The fields of a table whose parts needed these: each column in the form that holds most."""
    order = list(get_args(Form))
    return tuple(
        max(column, key=lambda field: order.index(field.form))
        for column in zip(*forms, strict=True)
    )


def _codec_of(field: Field) -> Codec | None:
    """The codec of a type that Parquet has; None for all others."""
    if field.is_list:
        return _list_of(PARSED[field.kind]) if field.kind in LISTED else None
    if field.kind == "numeric":
        return _decimal(field.modifier)
    if field.kind == "uuid":
        return Codec(parsed=pa.string(), held=pa.uuid(), hold=_uuids, print=_hexadecimal)
    if field.kind == "bytea":
        return Codec(parsed=pa.string(), held=pa.binary(), hold=_octets, print=_escaped_octets)
    known = PARSED.get(field.kind)
    return None if known is None else Codec(parsed=known, held=known)


def _decimal(modifier: int) -> Codec | None:
    """A numeric with a scale of its own; one without prints what it was given."""
    if modifier < MODIFIER_HEADER:
        return None
    digits, scale = divmod(modifier - MODIFIER_HEADER, 1 << SCALE_BITS)
    if digits > MOST_DIGITS or scale > digits:
        return None
    kind = pa.decimal128(digits, scale)
    return Codec(parsed=kind, held=kind)


def _uuids(texts: pa.Array) -> pa.Array:
    digits = pl.Series(texts).str.replace_all("-", "", literal=True)
    octets = digits.str.decode("hex").to_arrow(compat_level=pl.CompatLevel.oldest())
    return octets.cast(pa.binary(UUID_BYTES)).cast(pa.uuid())


def _hexadecimal(octets: pa.Array) -> pa.Array:
    """UUIDs without hyphens, which Postgres reads as well."""
    storage = octets.storage if isinstance(octets, pa.ExtensionArray) else octets
    digits = pl.Series(storage.cast(pa.binary())).bin.encode("hex")
    return digits.to_arrow(compat_level=pl.CompatLevel.oldest())


def _octets(texts: pa.Array) -> pa.Array:
    digits = pl.Series(texts).str.slice(2).str.decode("hex")
    return digits.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.binary())


def _escaped_octets(octets: pa.Array) -> pa.Array:
    digits = "\\x" + pl.Series(octets).bin.encode("hex")
    return digits.to_arrow(compat_level=pl.CompatLevel.oldest())


def _as_texts(octets: pa.Array) -> pa.Array:
    """Bytes that the writer of lines takes for text; it does not look at them."""
    whole = pa.concat_arrays([octets])
    return pa.Array.from_buffers(pa.string(), len(whole), whole.buffers(), offset=whole.offset)


def _list_of(element: pa.DataType) -> Codec:
    """Arrays of one dimension; Postgres prints others with brackets inside, or with bounds."""

    def hold(texts: pa.Array) -> pa.Array:
        lists = _split(pl.Series(texts)).to_arrow(compat_level=pl.CompatLevel.oldest())
        words = pc.replace_with_mask(
            lists.values, pc.equal(lists.values, "NULL"), pa.scalar(None, lists.values.type)
        )
        elements = pc.equal(words, "t") if pa.types.is_boolean(element) else words.cast(element)
        held = pa.LargeListArray.from_arrays(lists.offsets, elements, mask=lists.is_null())
        return held.cast(pa.list_(element))

    return Codec(parsed=pa.string(), held=pa.list_(element), hold=hold, print=_printed_lists)


def _split(arrays: pl.Series) -> pl.Series:
    """The elements of each array as texts."""
    if not (arrays.str.contains(PLAIN_LIST) | arrays.is_null()).all():
        raise ValueError("an array has several dimensions")
    inner = arrays.str.strip_chars("{}")
    no_element = pl.lit([], pl.List(pl.String))
    return pl.select(
        pl.when(inner == "").then(no_element).otherwise(inner.str.split(","))
    ).to_series()


def _printed_lists(lists: pa.Array) -> pa.Array:
    words = lists.flatten().cast(pa.string()).fill_null("NULL")
    lengths = pc.fill_null(pc.list_value_length(lists), 0)
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths)])
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets.cast(pa.int32()), words), ",")
    braced = pc.binary_join_element_wise("{", joined, "}", "")
    return pc.if_else(lists.is_valid(), braced, pa.scalar(None, pa.string()))
