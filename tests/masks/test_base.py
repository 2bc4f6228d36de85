"""What masks are bound from: bounds of columns, distinct values, word pools, fixed widths."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from privaci_core.compiled import loops
from privaci_core.compiled.texts import bytes_of_texts, large_text
from privaci_core.masks import Shape, Unbindable
from privaci_core.masks.base.distinct import never_itself, over_distinct, same
from privaci_core.masks.base.fixed_width import fixed_width
from privaci_core.masks.base.plugins import loaded
from privaci_core.masks.base.pools import LOCALES, pool, pool_within
from privaci_core.masks.base.shape import HARDWARE, INTEGERS

pytestmark = pytest.mark.unit
either_way = pytest.mark.parametrize("compiled", [True, False])


class Recorder:
    """A mask that puts an x behind every value, and remembers what it was given."""

    def __init__(self) -> None:
        self.given: list[list[str]] = []

    def __call__(self, values: pl.Series) -> pl.Series:
        """The values with an x."""
        self.given.append(values.to_list())
        return values + "x"


def text(*values: str | None) -> pl.Series:
    """A column of text."""
    return pl.Series("c", values, dtype=pl.String)


@pytest.mark.parametrize(
    ("values", "given"),
    [
        ([], []),
        ([None], []),
        (["b", "a", "b"], ["b", "a"]),
        (["", "b", "", "a", None, "b"], ["b", "a"]),
        (["b", "a", ""], ["b", "a"]),
        (["", None], []),
    ],
)
def test_each_value_is_masked_once(values: list[str | None], given: list[str]) -> None:
    """NULL and the empty text are not given to the mask, and stay where they are."""
    mask = Recorder()
    found = over_distinct(mask)(text(*values))
    assert found.to_list() == [f"{value}x" if value else value for value in values]
    assert (found.name, found.dtype) == ("c", pl.String)
    assert [value for part in mask.given for value in part] == given


def repeating(length: int, repeated: int) -> list[str | None]:
    """So many values, a part of which repeats the first one."""
    return [*(f"{number}" for number in range(length - repeated)), *["0"] * repeated]


@pytest.mark.parametrize(
    ("values", "as_it_is"),
    [
        (repeating(256, 10), True),
        (repeating(1000, 100), True),
        (repeating(255, 10), False),
        (repeating(1000, 300), False),
        ([*repeating(300, 10), None], False),
        ([*repeating(300, 10), ""], False),
    ],
)
def test_a_vector_that_hardly_repeats_is_masked_as_it_is(
    values: list[str | None],
    as_it_is: bool,  # noqa: FBT001
) -> None:
    """One of few values, with NULL, empty text or many repeats is reduced to distinct values."""
    mask = Recorder()
    found = over_distinct(mask)(text(*values))
    assert found.to_list() == [f"{value}x" if value else value for value in values]
    assert found.name == "c"
    assert (mask.given == [values]) is as_it_is


def test_a_column_of_nothing_is_text() -> None:
    """NULLs alone have no type; what comes out is text."""
    assert over_distinct(Recorder())(pl.Series([None, None])).dtype == pl.String


@pytest.mark.parametrize(("value", "asked"), [("a", True), ("", False), (None, False)])
def test_a_value_that_is_alone_is_not_copied(value: str | None, *, asked: bool) -> None:
    """A row of hundreds of megabytes is a vector of one; to look for its like copied it twice."""
    values, seen = pl.Series([value], dtype=pl.String), []

    def mask(given: pl.Series) -> pl.Series:
        seen.append(given)
        return given + "!"

    masked = over_distinct(mask)(values).to_list()
    assert masked == ["a!" if asked else value]
    assert [each is values for each in seen if len(each)] == [True] * asked


def test_a_draw_is_repeated_for_values_that_stayed() -> None:
    """Under the next attempt, with these values alone, until none is left."""
    asked: list[tuple[list[str], int]] = []

    def draw(values: pl.Series, attempt: int) -> pl.Series:
        asked.append((values.to_list(), attempt))
        return (
            values if attempt == 0 else values.str.to_uppercase() if attempt == 1 else values + "!"
        )

    assert never_itself(draw)(text("a", "b")).to_list() == ["a!", "b!"]
    assert asked == [(["a", "b"], 0), (["a", "b"], 1), (["a", "b"], 2)]
    asked.clear()
    fakes = never_itself(lambda values, attempt: text("x", "b") if not attempt else draw(values, 2))
    assert fakes(text("a", "b")).to_list() == ["x", "b!"]
    assert asked == [(["b"], 2)]


def test_draws_end() -> None:
    """A provider with a single word gives up after a number of attempts."""
    attempts: list[int] = []

    def draw(values: pl.Series, attempt: int) -> pl.Series:
        attempts.append(attempt)
        return values

    assert never_itself(draw)(text("a")).to_list() == ["a"]
    assert attempts == list(range(64))


@either_way
def test_places_where_a_fake_is_its_value(compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    """Case and the blanks around the value do not count, blanks inside it do."""
    monkeypatch.setattr(loops, "LOADED", compiled and loops.LOADED)
    values = text("ann", " Ann\t", "ANN", "an n", "bob", "É", "annn", "ann")
    fakes = text("ann", "ann", "aNn", "ann", "ann", "é", "ann", "an")
    assert same(values, fakes).to_list() == [0, 1, 2, 5]
    assert same(text("a"), text("b")).to_list() == []
    # Letters whose other case has more bytes.
    values, fakes = text("éa", "å", "ååå", "ab"), text("èa", "\u212b", "\u212b" * 3, "ba")
    assert same(values, fakes).to_list() == [1, 2]
    # The Kelvin sign has three bytes, its lower case one.
    kelvins = text("\u212a", "\u212aa", "\u212a" * 4, "vin")
    assert same(text("k", "ka", "kkkk", "kel"), kelvins).to_list() == [0, 1, 2]


@pytest.mark.parametrize(
    ("shape", "room", "fits"),
    [
        (Shape(), None, 10**9),
        (Shape(type_name="varchar", max_length=5), 5, 5),
        (Shape(type_name="name"), 63, 63),
        (Shape(type_name="varchar", max_length=1), 1, 1),
    ],
)
def test_the_room_of_a_column(shape: Shape, room: int | None, fits: int) -> None:
    """As many characters as its length; a name has 63 bytes, text any number."""
    assert shape.room == room
    assert shape.holds(fits)
    assert room is None or not shape.holds(room + 1)


def test_a_column_without_bounds() -> None:
    """The defaults of a shape demand nothing."""
    shape = Shape()
    assert shape.type_name == "text"
    assert shape.is_text
    assert not shape.unique
    assert not shape.not_null
    assert shape.labels == ()
    bounds = (shape.max_length, shape.precision, shape.scale, shape.narrowest)
    assert bounds == (None, None, None, None)


def test_the_greatest_integers() -> None:
    """As Postgres has them."""
    assert INTEGERS == {"int2": 32_767, "int4": 2_147_483_647, "int8": 9_223_372_036_854_775_807}


def test_the_widths_of_hardware_addresses() -> None:
    """In characters, of these two types and no other."""
    assert HARDWARE == {"macaddr": 17, "macaddr8": 23}


def test_types_of_text() -> None:
    """These hold any text, others do not."""
    texts = [
        name
        for name in ("text", "varchar", "bpchar", "citext", "name", "int4", "json", "xml")
        if Shape(type_name=name).is_text
    ]
    assert texts == ["text", "varchar", "bpchar", "citext", "name"]


def test_linked_columns_share_the_narrower_bounds() -> None:
    """Length, uniqueness and the narrowest integer, whichever of both has them."""
    plain = Shape(type_name="int8")
    assert plain.linked(plain) == Shape(type_name="int8", narrowest="int8")
    narrow = Shape(type_name="int4", narrowest="int2", unique=True)
    assert plain.linked(narrow) == Shape(type_name="int8", narrowest="int2", unique=True)
    assert narrow.linked(plain) == narrow
    wide, short = (Shape(type_name="varchar", max_length=length) for length in (9, 4))
    assert wide.linked(short).max_length == short.linked(wide).max_length == 4
    assert Shape().linked(short).max_length == short.linked(Shape()).max_length == 4
    assert Shape().linked(Shape()).narrowest is None


def test_text_of_a_fixed_width() -> None:
    """Constants and letters side by side, a row for each value."""
    letters = np.frombuffer(b"abcdef", np.uint8).reshape(3, 2)
    assert fixed_width(letters).to_list() == ["ab", "cd", "ef"]
    assert fixed_width(b"-", letters).to_list() == ["-ab", "-cd", "-ef"]
    assert fixed_width(b"<", letters, b"--", letters, b"").to_list() == [
        *("<ab--ab", "<cd--cd", "<ef--ef"),
    ]


def test_the_bytes_of_a_part_of_a_column() -> None:
    """A slice has the bytes of its own values."""
    column = large_text(text("ab", "", "cde", "f"))
    assert bytes(bytes_of_texts(column)) == b"abcdef"
    assert bytes(bytes_of_texts(column.slice(1, 2))) == b"cde"


@pytest.mark.parametrize("locale", LOCALES)
def test_pools_are_sorted_and_without_repeats(locale: str) -> None:
    """A pool's order is part of every recorded output."""
    words = pool("last_name", locale)
    assert words.to_list() == sorted(set(words.to_list()))
    assert len(words) > 100
    assert words.name == "last_name"


def test_the_short_words_of_a_pool() -> None:
    """All that fit and no others."""
    short = pool_within("last_name", "en_US", 4)
    assert short.str.len_chars().max() == 4
    words = pool("last_name")
    assert len(short) == (words.str.len_chars() <= 4).sum()
    assert set(short.to_list()) <= set(words.to_list())


def test_a_missing_plugin_is_named() -> None:
    """With its group, and what to do."""
    with pytest.raises(Unbindable) as caught:
        loaded("privaci.masks", "no_such")
    assert caught.value.reason == "the plugin no_such (privaci.masks) is not installed"
    assert caught.value.remedy == "Install it where this runs."
    assert caught.value.args == (caught.value.reason, caught.value.remedy)
