"""The compiled loops: what they compute, what they refuse, and when they are not called."""

from __future__ import annotations

import hashlib
import hmac
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privaci_core.compiled import library, loops
from privaci_core.masks.base.distinct import _same, same
from privaci_core.masks.fakes.phones import COUNTRY_CODE, _prefix
from privaci_core.masks.fakes.request import folded

pytestmark = pytest.mark.unit

# All blanks, letters whose case is more than a bit, and the neighbours of letters in ASCII.
LETTERS = "aAzZkK \t\n\x0b\x0c\r\x1c\x1f\x01@[`{09\u00a0\u0130\u212aßéÉ\u2003"
texts = st.lists(st.text(st.sampled_from(LETTERS), max_size=5), min_size=1, max_size=30)
KEY = b"k" * 64
FUZZ = Path(__file__).with_name("fuzz.c")


def test_the_suite_runs_with_compiled_loops() -> None:
    """What is shipped is what is tested; `make setup` compiles anew."""
    assert loops.LOADED


@pytest.mark.parametrize("instructions", sorted({False, loops.INSTRUCTIONS}))
@given(
    values=st.lists(st.text(max_size=200), max_size=20),
    key=st.binary(max_size=64),
    start=st.integers(0, 3),
)
def test_a_digest_is_that_of_the_standard(
    instructions: bool,  # noqa: FBT001
    values: list[str],
    key: bytes,
    start: int,
) -> None:
    """Hashes of any texts and slices are right, by instructions and by arithmetic."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loops, "INSTRUCTIONS", instructions)
        words = loops.hmac_words(
            pa.array(["before"] * start + values, pa.large_string())[start:], key
        )
    wanted = [hmac.new(key, value.encode(), hashlib.sha256).hexdigest() for value in values]
    assert [bytes(digits).decode() for digits in loops.hex_digits(words)] == wanted


@pytest.mark.parametrize("length", [0, 1, 54, 55, 56, 63, 64, 65, 118, 119, 120, 127, 128, 129])
def test_a_digest_at_the_edges_of_a_block(length: int) -> None:
    """Where a message fills its last block, its end takes another one."""
    values = ["x" * length, "y", "x" * length]
    words = loops.hmac_words(pa.array(values, pa.large_string()), KEY)
    for value, row in zip(values, words, strict=True):
        assert row.astype(">u8").tobytes() == hmac.digest(KEY, value.encode(), "sha256")


def test_a_key_of_more_than_a_block_is_refused() -> None:
    """The standard hashes such a key first; ours have a block exactly."""
    with pytest.raises(ValueError, match="more than a block"):
        loops.hmac_words(pa.array(["a"], pa.large_string()), KEY + b"k")


@given(texts)
def test_folding_is_what_polars_does(values: list[str]) -> None:
    """No blanks around and lower case, whatever the alphabet."""
    text = pl.Series(values)
    assert folded(text).to_list() == text.str.strip_chars().str.to_lowercase().to_list()


@given(texts, st.data())
def test_likeness_is_what_polars_finds(values: list[str], data: st.DataObject) -> None:
    """Whatever is the same but for case and blanks is among those that are looked at."""
    ways = st.sampled_from(
        [str.upper, str.lower, str.strip, lambda value: value + "x", lambda _: "a"]
    )
    fakes = pl.Series([data.draw(ways)(value) for value in values], dtype=pl.String)
    assert same(pl.Series(values), fakes).to_list() == _same(pl.Series(values), fakes).to_list()


@given(
    st.lists(st.text(st.sampled_from("+0123 \u00a0\t49-"), max_size=12), min_size=1, max_size=20)
)
def test_a_country_code_is_that_of_the_whole_number(numbers: list[str]) -> None:
    """Looking at how numbers begin finds what looking at all of each finds."""
    codes = pl.Series(numbers).str.extract(COUNTRY_CODE).fill_null("1").to_list()
    assert _prefix(pl.Series(numbers)).to_list() == [
        f"+{code}{'555' if code == '1' else '000'}" for code in codes
    ]


@given(st.lists(st.integers(0, 2**64 - 1)), st.integers(1, 20))
def test_decimal_digits(numbers: list[int], count: int) -> None:
    """The last digits of each number, with zeros in front."""
    found = loops.decimal_digits(np.array(numbers, np.uint64), count)
    assert [bytes(digits).decode() for digits in found] == [
        f"{number:020}"[-count:] for number in numbers
    ]


@pytest.mark.parametrize(
    "row",
    [
        b"",
        b"\0",
        b"\0\2\0\0\0",
        b"\0\2\0\0\0\1",
        b"\0\2\x7f\xff\xff\xffa",
        b"\0\2\0\0\0\1a\0\0",
        b"\0\2\xff\xff\xff\xfe",
        b"\0\2\x80\0\0\0",
    ],
)
def test_a_row_that_lies_about_its_length_is_refused(row: bytes) -> None:
    """No length leads out of its row, into another one's values or beyond the buffer."""
    whole = b"\0\2\0\0\0\1a\0\0\0\1b"
    for rows in ([row], [row, whole], [whole, row]):
        with pytest.raises(ValueError, match="shorter"):
            loops.cut_rows(b"".join(rows), np.cumsum([len(part) for part in rows]), 2)


@pytest.mark.parametrize("row", [b"", b"\0"])
def test_a_row_without_a_field_count_is_refused(row: bytes) -> None:
    """Though none of its fields is asked for: its tail would begin behind its end."""
    with pytest.raises(ValueError, match="shorter"):
        loops.cut_rows(row + b"\0\1", np.cumsum([len(row), 2]), 0)


def test_columns_of_another_kind_are_refused() -> None:
    """What is written is a vector of bytes for each row: anything else would be misread."""
    cut = loops.cut_rows(b"\0\1\0\0\0\1a", np.array([7]), 1)
    for column in (
        pa.array(["a"]),
        pa.array([b"a"], pa.large_binary()),
        pa.array([b"a", b"b"], pa.binary()),
    ):
        with pytest.raises(ValueError, match="one column"):
            loops.write_rows(loops.Cut((column,), cut.buffer, cut.ends, cut.tails), 1)


@pytest.mark.parametrize(("setting", "loaded"), [("", "True"), ("off", "False")])
def test_the_loops_can_be_switched_off(setting: str, loaded: str) -> None:
    """A variable of the environment decides, once a process."""
    said = subprocess.run(
        [sys.executable, "-c", "from privaci_core.compiled import loops; print(loops.LOADED)"],
        env={library.SWITCH: setting},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == loaded


def test_a_library_of_another_source_is_not_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an update without a new set-up, an old library is not called."""
    (tmp_path / "other.c").write_bytes(b"\n")
    monkeypatch.setattr(library, "FOLDER", tmp_path)
    assert library.load() is None


def test_without_a_library_there_is_nothing_to_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody compiled anything: nothing is loaded, and a call says so."""
    monkeypatch.setattr(library, "LIBRARY", tmp_path / "loops.so")
    monkeypatch.setattr(library, "_library", library.load())
    with pytest.raises(RuntimeError, match="not loaded"):
        loops.decimal_digits(np.array([1], np.uint64), 1)


@pytest.mark.parametrize("source", sorted(FUZZ.parent.glob("fuzz*.c")), ids=lambda file: file.stem)
def test_nothing_is_read_or_written_beside_a_buffer(tmp_path: Path, source: Path) -> None:
    """Rows that lie and texts of any bytes, under the sanitizers of a C compiler."""
    compiler = shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("this machine has no compiler with sanitizers")
    program = tmp_path / "fuzz"
    flags = [
        "-O1",
        "-g",
        "-fsanitize=address,undefined",
        "-fno-sanitize-recover=all",
        f"-I{library.FOLDER}",
    ]
    made = subprocess.run(
        [compiler, *flags, source, "-o", program], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        pytest.skip("this machine's compiler has no sanitizers")
    ran = subprocess.run([program], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
