"""Writes fakes the way that Postgres will print them, so that what is sent is what is stored."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from psycopg import sql

from privaci_core.codecs.registry import types_of
from privaci_core.compiled import loops
from privaci_core.compiled.decimals import padded_decimals
from privaci_core.compiled.texts import large_text
from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_core.codecs.codec import Codec
    from privaci_core.masks import Shape
    from privaci_core.plan.plan import ColumnPlan, TablePlan
    from privaci_core.postgres.session import Connection

    Spelling = Callable[[pl.Series], pl.Series]

# Stored and printed as they were sent; an enum's labels travel as text.
SPELLED_AS_SENT = types_of("text") | {"json", "xml"}
# A plain number, and as much of a fraction as fits.
SHORT_FRACTION = r"^-?\d+\.?(\d{{0,{0}}})$"
MICROSECOND_DIGITS = 6
# A numeric has at most a thousand digits before and behind the point, each.
EXACTLY = Context(prec=2000)


def as_stored(codec: Codec, column: ColumnPlan) -> Codec:
    """The codec of a masked column: it encodes each fake as the target will keep it."""
    spell = _spelling(column.wire_type, column.shape)
    if spell is None:
        return codec
    return replace(codec, encode=lambda fakes: codec.encode(spell(fakes)))


def printed_by(connection: Connection, column: ColumnPlan) -> Spelling:
    """Lets Postgres print the fakes of a type whose spelling only Postgres knows."""

    def printed(fakes: pl.Series) -> pl.Series:
        distinct = fakes.unique().drop_nulls()
        # Postgres itself wrote the type. A cast to text is not always what COPY prints.
        query = sql.SQL(
            "SELECT pg_catalog.format('%%s', given::{})"
            " FROM pg_catalog.unnest(%s::pg_catalog.text[])"
            " WITH ORDINALITY AS fakes (given, place) ORDER BY place"
        ).format(sql.SQL(column.type.replace("%", "%%")))
        with driver_errors(f"Printing fakes of the column {column.name}"):
            found = connection.execute(query, [distinct.to_list()]).fetchall()
        texts = pl.Series([text for (text,) in found], dtype=pl.String)
        return fakes.replace_strict(distinct, texts, default=None)

    return printed


def needs_printer(table: TablePlan) -> bool:
    """Whether only Postgres can say how some fakes of a table will be printed."""
    return table.format == "text" and not all(map(is_spelled_as_sent, table.masked))


def is_spelled_as_sent(column: ColumnPlan) -> bool:
    """Whether a text row prints a column's values exactly as they were sent."""
    if not column.is_array:
        return column.wire_type in SPELLED_AS_SENT
    # The elements of char(n)[] are padded.
    text = column.shape.type_name in SPELLED_AS_SENT - {"bpchar"}
    return text or bool(column.shape.labels)


def _spelling(wire_type: str, shape: Shape) -> Spelling | None:
    if wire_type == "bpchar" and shape.room is not None:
        room = shape.room
        return lambda fakes: fakes.str.pad_end(room)
    if wire_type == "numeric" and shape.scale is not None:
        return _to_scale(max(shape.scale, 0), shape.scale)
    if wire_type in types_of("timestamp") and shape.scale is not None:
        return _to_fraction(shape.scale)
    return None


def _to_scale(printed: int, scale: int) -> Spelling:
    """Numbers with as many digits after the point as the column has."""
    point = rf"\.\d{{{printed}}}$" if printed else r"^-?\d+$"

    def spelled(fakes: pl.Series) -> pl.Series:
        if not loops.LOADED or scale <= 0:
            return alone(fakes)
        texts, is_left = padded_decimals(large_text(fakes), scale)
        found, left = pl.Series(texts), pl.Series(np.flatnonzero(is_left))
        return found.scatter(left, alone(fakes.gather(left))) if len(left) else found

    def alone(fakes: pl.Series) -> pl.Series:
        fits = fakes.str.contains(point)
        others = (~fits).fill_null(value=False) if scale >= 0 else fakes.is_not_null()
        places = others.arg_true()
        if not len(places):
            return fakes
        return fakes.clone().scatter(places, _to_places(fakes.gather(places), scale))

    return spelled


def _to_places(numbers: pl.Series, scale: int) -> pl.Series:
    """Zeros behind the fraction of plain numbers; all others are rounded one by one."""
    fraction = numbers.str.extract(SHORT_FRACTION.format(max(scale, 0)))
    short = fraction.is_not_null()
    if scale > 0 and short.all():
        zeros = pl.Series(["0" * count for count in range(scale + 1)])
        missing = scale - fraction.str.len_chars().cast(pl.Int64)
        has_point = numbers.str.contains(".", literal=True)
        point = pl.Series([".", ""]).gather(has_point.cast(pl.UInt32))
        padded: pl.Series = numbers + point + zeros.gather(missing)
        return padded
    return pl.Series([_rounded(text, scale) for text in numbers.to_list()], dtype=pl.String)


def _rounded(text: str, scale: int) -> str:
    number = Decimal(text)
    if not number.is_finite():
        return text
    number = number.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, EXACTLY)
    whole = format(number, "f")
    return whole.lstrip("-") if number.is_zero() else whole


def _to_fraction(digits: int) -> Spelling:
    """Moments whose fraction of a second is no longer than the column's."""
    longer = rf"\.\d{{{digits + 1},}}"

    def spelled(fakes: pl.Series) -> pl.Series:
        if not fakes.str.contains(longer).any():
            return fakes
        read = fakes.str.strip_suffix("+00").str.to_datetime(time_unit="us", strict=False)
        micros = read.cast(pl.Int64)
        step = 10 ** (MICROSECOND_DIGITS - digits)
        rounded = ((micros + step // 2) // step * step).cast(pl.Datetime("us"))
        text = rounded.dt.to_string("%Y-%m-%d %H:%M:%S%.6f")
        found: pl.Series = text.zip_with(read.is_not_null(), fakes)
        return found

    return spelled
