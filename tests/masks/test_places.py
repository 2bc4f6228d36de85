"""A masked place is near the real one, and somewhere on the map."""

from __future__ import annotations

import math
import struct
from typing import Any

import polars as pl
import pytest
from masks.cases import ACTIONS, KEYS

from privaci_core.masks import Shape, Unbindable, bind

pytestmark = pytest.mark.unit


def places(
    values: list[str], type_name: str = "point", distance: str | None = None, **more: Any
) -> list[str]:
    """Places masked in one vector."""
    params = {"distance": distance} if distance else {}
    rule = ACTIONS.validate_python({"action": "fake", "provider": "lat_lon", "params": params})
    return bind(rule, Shape(type_name=type_name, **more), KEYS)(pl.Series(values)).to_list()


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The way between two points of the sphere, given as longitude and latitude."""
    (east, north), (other_east, other_north) = (map(math.radians, place) for place in (one, other))
    half = (1 - math.cos(north - other_north)) / 2
    half += math.cos(north) * math.cos(other_north) * (1 - math.cos(east - other_east)) / 2
    return 2 * 6371 * math.asin(math.sqrt(half))


def coordinates(point: str) -> tuple[float, float]:
    """A point's numbers."""
    east, north = point.strip("()").split(",")
    return float(east), float(north)


@pytest.mark.parametrize("distance", [None, "25"])
def test_a_point_moves_within_the_distance(distance: str | None) -> None:
    """By a third of it at least; a hundred points go in every direction."""
    given = [f"({number / 10 - 5},{50 + number / 100})" for number in range(100)]
    found = places(given, distance=distance)
    ways = [kilometres(coordinates(a), coordinates(b)) for a, b in zip(given, found, strict=True)]
    most = float(distance or 1)
    assert max(ways) <= most
    assert min(ways) >= most / 3
    moves = {
        (coordinates(a)[0] < coordinates(b)[0], coordinates(a)[1] < coordinates(b)[1])
        for a, b in zip(given, found, strict=True)
    }
    assert len(moves) == 4


def test_no_place_leaves_the_map() -> None:
    """At a pole and at the date line."""
    given = ["90", "-90", "180", "-180", "89.9999", "-179.9999", "0"]
    for value, fake in zip(given, places(given, "float8"), strict=True):
        edge = 90 if abs(float(value)) <= 90 else 180
        assert abs(float(fake)) <= edge
        assert 0 < abs(float(fake) - float(value)) < 0.01


def test_a_coarse_column_moves_by_its_last_digit() -> None:
    """A number of two decimals never stays."""
    given = [f"{number / 100:.2f}" for number in range(-300, 300)]
    found = places(given, "numeric", precision=5, scale=2)
    assert all(
        abs(float(a) - float(b)) == pytest.approx(0.01) for a, b in zip(given, found, strict=True)
    )


def test_what_is_no_number_stays() -> None:
    """It tells of no place."""
    assert places(["NaN", "Infinity"], "float8") == ["NaN", "Infinity"]


def test_text_moves_only_if_a_distance_is_set() -> None:
    """It keeps its form; else, and where it cannot be read, the South Pacific."""
    assert places(["52.5200, 13.4050"], "text")[0].startswith("-4")
    (near,) = places(["52.5200, 13.4050"], "text", "1")
    assert kilometres(*(tuple(map(float, p.split(", "))) for p in ("52.52, 13.405", near))) < 1  # type: ignore[arg-type]
    assert places(["behind the mill"], "text", "1")[0].startswith("-4")


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("reference", [b"", b"ref."])
def test_a_point_of_postgis_keeps_its_reference(order: str, reference: bytes) -> None:
    """In well-known binary, as PostGIS prints it."""
    kind = 1 + (0x20000000 if reference else 0)
    head = bytes([order == "<"]) + struct.pack(f"{order}I", kind) + reference
    binary = head + struct.pack(f"{order}2d", 13.405, 52.52)
    (found,) = places([binary.hex().upper()], "geometry")
    moved = bytes.fromhex(found)
    assert moved[: len(head)] == head
    assert 0.3 < kilometres((13.405, 52.52), struct.unpack_from(f"{order}2d", moved, len(head))) < 1  # type: ignore[arg-type]


# By hand from PostGIS's extended well-known binary: the byte order, the type with the flags Z
# (0x80000000), M (0x40000000) and SRID (0x20000000), the reference 4326, and IEEE 754 doubles.
LITTLE, BIG = "8FC2F5285CCF2A40C3F5285C8F424A40", "402ACF5C28F5C28F404A428F5C28F5C3"
HEIGHT = "0000000000404140"


@pytest.mark.parametrize(
    ("head", "at", "rest"),
    [
        ("0101000000", LITTLE, ""),
        ("0101000020E6100000", LITTLE, ""),
        ("0101000080", LITTLE, HEIGHT),
        ("0101000040", LITTLE, HEIGHT),
        ("01010000A0E6100000", LITTLE, HEIGHT),
        ("01010000E0E6100000", LITTLE, HEIGHT * 2),
        ("0000000001", BIG, ""),
        ("0020000001000010E6", BIG, ""),
        ("00A0000001000010E6", BIG, "4041400000000000"),
    ],
)
def test_a_written_point_moves_and_keeps_all_else(head: str, at: str, rest: str) -> None:
    """Its order of bytes, type, reference, height and measure, in a geometry and a geography."""
    for type_name in ("geometry", "geography"):
        (found,) = places([head + at + rest], type_name)
        assert found.startswith(head)
        assert found.endswith(rest)
        assert len(found) == len(head + at + rest)
        order = "<" if head.startswith("01") else ">"
        moved = struct.unpack(f"{order}2d", bytes.fromhex(found)[len(head) // 2 :][:16])
        assert 0.3 < kilometres((13.405, 52.52), moved) < 1


def test_an_empty_point_stays() -> None:
    """It is written with coordinates that are no numbers, and tells of no place."""
    empty = "0101000000000000000000F87F000000000000F87F"
    assert places([empty], "geometry") == [empty]


def test_a_line_is_lost() -> None:
    """A geometry that is no point becomes text that Postgres refuses: no line is copied."""
    assert places(["01" * 21 + "0"], "geometry")[0].startswith("-4")
    line = bytes([1]) + struct.pack("<2I", 2, 2) + struct.pack("<4d", 1, 2, 3, 4)
    assert places([line.hex()], "geometry")[0].startswith("-4")


def test_projected_places_move_by_metres() -> None:
    """Numbers that are no degrees."""
    given, found = (1492237.0, 6894700.0), coordinates(places(["(1492237,6894700)"])[0])
    assert 300 < math.dist(given, found) < 1000


def test_a_unique_place_is_refused() -> None:
    """Two places could meet."""
    with pytest.raises(Unbindable, match="do not stay unique"):
        places(["(1,2)"], unique=True)
