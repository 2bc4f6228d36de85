"""Values of the row's other columns are masked inside its text, without a model."""

from __future__ import annotations

import polars as pl
import psycopg
import pytest

from privaci_core.masks import Keys, with_row_values
from privaci_core.masks.text.patterns import Span
from privaci_core.masks.text.row_values import PLACEHOLDERS, without_placeholders
from privaci_core.policy import parse_policy
from privaci_core.refresh.steps import copy_database

SEEN = "\ue000"


def masked(text: str | None, room: int | None = None, **row: str | None) -> str | None:
    """A text masked beside others by a mask of every b; a column's fake is its name in capitals."""
    columns = sorted(row)
    mask = with_row_values(lambda texts: texts.str.replace_all("b", "*"), columns, room)
    known = {name: pl.Series([row[name], None], dtype=pl.String) for name in columns}
    fakes = {name: pl.Series([name.upper(), None], dtype=pl.String) for name in columns}
    found = mask(pl.Series([text, "nobody"]), known, fakes)
    assert found[1] == "no*ody"
    return found[0]  # type: ignore[no-any-return]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("text", "row", "becomes"),
    [
        ("Percival Brambleby called", {"full": "Percival Brambleby"}, "FULL called"),
        ("ask Percival, not Percivals", {"first": "Percival"}, "ask FIRST, not Percivals"),
        ("Percival (Q.) is", {"full": "Percival (Q.)"}, "FULL is"),
        ("a -xPercival, Percivals.", {"first": "Percival"}, "a -xPercival, Percivals."),
        ("a Percival", {"first": None, "full": "Percival", "last": ""}, "a FULL"),
        (
            "Percival Brambleby; Percival",
            {"first": "Percival", "full": "Percival Brambleby"},
            "FULL; FIRST",
        ),
        ("a bob", {"first": "Bob"}, "a *o*"),
        ("Li is short, as is Ann", {"first": "Ann"}, "Li is short, as is Ann"),
        ("Anna is not", {"first": "Anna"}, "FIRST is not"),
        ("Percival, Ann", {"first": "Ann", "last": "Percival"}, "LAST, Ann"),
        ("nobody is known", {"first": None}, "no*ody is known"),
        (f"{SEEN} Percival b", {"first": "Percival"}, f"{SEEN} Percival *"),
        ("\ue03f Percival b", {"first": "Percival"}, "\ue03f Percival *"),
        ("\ue040 Percival b", {"first": "Percival"}, "\ue040 FIRST *"),
        (None, {"first": "Percival"}, None),
        ("", {"first": "Percival"}, ""),
    ],
)
def test_what_the_row_holds_becomes_what_it_becomes_there(
    text: str | None, row: dict[str, str | None], becomes: str | None
) -> None:
    """As words, whole names before parts; a text with a placeholder of its own is only masked."""
    assert masked(text, **row) == becomes


@pytest.mark.unit
def test_so_many_columns_as_there_are_placeholders_are_looked_for() -> None:
    """Values of the sixty-four first columns are masked, and those of further ones are not."""
    row = {f"c{number}": f"Percival{number}" for number in range(10, 75)}
    text = "Percival10, Percival73 and Percival74"
    assert masked(text, **row) == "C10, C73 and Percival74"


@pytest.mark.unit
def test_a_fake_that_is_nothing_leaves_nothing() -> None:
    """A row whose column became NULL; and what is too long for the column is cut."""
    mask = with_row_values(lambda texts: texts, ["who"], 5)
    row, fakes = (
        {"who": pl.Series(["Percival"] * 2)},
        {"who": pl.Series([None, "Dietlinde"], dtype=pl.String)},
    )
    assert mask(pl.Series(["to Percival"] * 2), row, fakes).to_list() == ["to ", "to Di"]


@pytest.mark.unit
def test_a_text_is_left_as_it_was_given() -> None:
    """A condition writes it back where it is false: no placeholder may be in it."""
    mask = with_row_values(lambda texts: texts, ["who"], None)
    row, fakes = {"who": pl.Series(["Percival"] * 2)}, {"who": pl.Series(["Dietlinde"] * 2)}
    texts = pl.Series(["to Percival", "to all"])
    assert mask(texts, row, fakes).to_list() == ["to Dietlinde", "to all"]
    assert texts.to_list() == ["to Percival", "to all"]
    assert row["who"].to_list() == ["Percival"] * 2


@pytest.mark.unit
def test_a_model_takes_no_mark_for_a_name() -> None:
    """What it found is cut at the marks, and what is left of it stays found."""
    text = f"Dr. {SEEN}, {SEEN} and Ann"
    found = [
        text[part.start : part.end]
        for part in without_placeholders(text, Span(0, len(text), "full_name"))
    ]
    assert found == ["Dr", "and Ann"]
    text = f"{SEEN}_A_{SEEN}\n(Bo\nand Li){SEEN}"
    found = [
        text[part.start : part.end]
        for part in without_placeholders(text, Span(0, len(text), "full_name"))
    ]
    assert found == ["A", "Bo\nand Li"]
    assert [*without_placeholders("Dr. Ann", Span(0, 7, "full_name"))] == [Span(0, 7, "full_name")]
    assert PLACEHOLDERS.search(text)


@pytest.mark.postgres
def test_a_note_names_its_own_person_as_the_row_does(source_db: str, target_db: str) -> None:
    """Names that no model knows are replaced as in their columns, and other people too."""
    with psycopg.connect(source_db, autocommit=True) as source:
        source.execute("CREATE TABLE person (id int, full_name text, email text, note text)")
        source.execute(
            "INSERT INTO person SELECT n, who, mail,"
            " 'Hello. ' || who || ' wrote by ' || mail || ', and John Miller.' FROM (SELECT n,"
            " 'Percival Quombledash' || chr(97 + n) AS who, 'pq' || n || '@corp.example' AS mail"
            " FROM generate_series(1, 20) AS n) AS people"
        )
    policy = parse_policy(
        "version: '1.0'\nauto_detect: false\n"
        "tables: {public.person: {columns: {note: {action: ner_mask},"
        " full_name: {action: fake, provider: full_name}, email: {action: fake, provider: email}}}}"
    )
    copy_database(source_db, target_db, policy, Keys.of(b"a salt of the test suite, long enough"))
    with psycopg.connect(target_db) as target:
        rows = target.execute("SELECT full_name, email, note FROM person").fetchall()
    assert len(rows) == 20
    for name, email, note in rows:
        assert f"Hello. {name} wrote by {email}, and " in note
        assert not any(
            original in note for original in ("Quombledash", "Percival", "corp.example", "Miller")
        )


@pytest.mark.postgres
def test_rows_without_the_condition_keep_their_values(source_db: str, target_db: str) -> None:
    """Where `when` is false, a text with its person's name and a date of a subject stay."""
    with psycopg.connect(source_db, autocommit=True) as source:
        source.execute("CREATE TABLE visit (id int, who text, day date, note text)")
        source.execute(
            "INSERT INTO visit SELECT n, 'Percival Quombledash', '2020-01-01',"
            " 'Percival Quombledash called.' FROM generate_series(1, 4) AS n"
        )
    policy = parse_policy(
        "version: '1.0'\nauto_detect: false\ntables: {public.visit: {columns: {"
        "who: {action: fake, provider: full_name, when: id > 2},"
        " day: {action: date_shift, subject: who, when: id > 2},"
        " note: {action: ner_mask, when: id > 2}}}}"
    )
    copy_database(source_db, target_db, policy, Keys.of(b"a salt of the test suite, long enough"))
    with psycopg.connect(target_db) as target:
        rows = target.execute("SELECT who, day::text, note FROM visit ORDER BY id").fetchall()
    kept = ("Percival Quombledash", "2020-01-01", "Percival Quombledash called.")
    assert rows[:2] == [kept, kept]
    for who, day, note in rows[2:]:
        assert (note, day != "2020-01-01") == (f"{who} called.", True)
