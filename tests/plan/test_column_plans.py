"""Plans of masked columns, and masks that do not fit."""

from __future__ import annotations

import pytest
from builders.catalogs import catalog, table
from builders.policies import AS_IT_IS, EMAIL, HASH, NAME, NULL, columns, policy

from privaci_core.plan.plan_copy import plan_copy
from privaci_core.policy import FindingsError

pytestmark = pytest.mark.unit

SOURCE = catalog(
    table(
        "public.person",
        "id int4 key",
        "email text",
        "name varchar(40)",
        "code text",
        "note text",
        "notes text[]",
        "aliases text[]",
        "mood mood",
        "moods mood[]",
        "born date",
        "size int4",
    ),
    enums={"public.mood": ("sad", "glad", "calm")},
)


def planned(**actions: dict[str, object]) -> dict[str, object]:
    """The plans of one table's masked columns."""
    rules = policy(columns("public.person", **actions), pseudonym_key="x" * 40)
    (found,) = plan_copy(SOURCE, rules).tables
    return {column.name: column for column in found.masked}


def refused(source: object, tables: dict[str, object]) -> list[str]:
    """Why a policy does not fit."""
    with pytest.raises(FindingsError) as caught:
        plan_copy(source, policy(tables))
    assert caught.value.context == "Planning the copy"
    return [str(finding) for finding in caught.value.findings]


def test_a_masked_column_knows_its_rule() -> None:
    """Action, reason, shape and the type on the wire."""
    column = planned(name=NAME)["name"]
    assert (column.action.action, column.reason, column.evidence) == ("fake", "rule", "")
    assert (column.shape.max_length, column.wire_type, column.is_array) == (40, "varchar", False)
    assert (column.when, column.reads) == (None, ())


def test_passthrough_is_not_masked() -> None:
    """The column is carried as it is."""
    assert planned(name=AS_IT_IS) == {}


def test_arrays_are_masked_by_element_or_as_a_whole() -> None:
    """A whole value is NULL or moves; all other masks take the elements."""
    shuffled = {"action": "shuffle"}
    found = planned(notes=HASH, aliases=NULL)
    assert [found[name].is_array for name in ("notes", "aliases")] == [True, False]
    assert planned(notes=shuffled)["notes"].is_array is False
    assert found["notes"].wire_type == "_text"


def test_enums_travel_as_text() -> None:
    """Their labels, but for arrays, which keep their own type."""
    found = planned(mood=HASH, moods=NULL)
    assert [found[name].wire_type for name in ("mood", "moods")] == ["text", "_mood"]


def test_free_text_reads_what_names_its_person() -> None:
    """Masked text columns of the same row by name: no numbers, no arrays, no shared values."""
    found = planned(
        note={"action": "ner_mask"},
        name=NAME,
        email=EMAIL,
        code={"action": "fpe"},
        mood=HASH,
        born={"action": "date_shift", "days": 3},
        notes=HASH,
        size=HASH,
    )
    assert found["note"].reads == ("code", "email", "name")
    for action in ({"action": "hmac_hash"}, {"action": "pseudonym", "provider": "full_name"}, HASH):
        assert planned(note={"action": "ner_mask"}, name=action)["note"].reads == ("name",)
    assert planned(note={"action": "ner_mask"}, name=NULL)["note"].reads == ()
    assert planned(note={"action": "ner_mask"}, name=AS_IT_IS)["note"].reads == ()


def test_arrays_of_text_read_no_names() -> None:
    """Their elements have no row of their own."""
    found = planned(notes={"action": "ner_mask"}, name=NAME)
    assert found["notes"].reads == ()


def test_names_of_other_tables_are_not_read() -> None:
    """A row knows its own columns only."""
    source = catalog(table("public.a", "name text"), table("public.b", "note text"))
    rules = columns("public.a", name=NAME) | columns("public.b", note={"action": "ner_mask"})
    tables = {t.relation: t for t in plan_copy(source, policy(rules)).tables}
    assert tables["b"].masked[0].reads == ()


def test_a_mask_reads_columns_that_its_table_has() -> None:
    """A subject or a piece of a template that is missing is refused."""
    shift = {"action": "date_shift", "days": 3, "subject": "idd"}
    (found,) = refused(SOURCE, columns("public.person", born=shift))
    assert "columns.born: the table has no column idd. Did you mean `id`?" in found
    template = {"action": "template", "template": "{name}-{nope}"}
    (found,) = refused(SOURCE, columns("public.person", code=template))
    assert "the table has no column nope" in found
    assert planned(born=shift | {"subject": "id"})["born"].reads == ("id",)


@pytest.mark.parametrize(
    ("column", "action", "said"),
    [
        ("id", NULL, "the column is NOT NULL"),
        ("size", EMAIL, "a number cannot be a fake of the provider email"),
        ("size", {"action": "template", "template": "{id}"}, "a template is text"),
        (
            "size",
            {"action": "date_shift", "days": 3, "subject": "id"},
            "the column holds no dates",
        ),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(
    column: str, action: dict[str, object], said: str
) -> None:
    """Before any row is read, masks of one value and of a row alike."""
    (found,) = refused(SOURCE, columns("public.person", **{column: action}))
    assert f"columns.{column}: {said}" in found


def test_a_partition_is_not_refused_beside_its_table() -> None:
    """One finding for a table, unless a partition refuses for a reason of its own."""
    source = catalog(
        table("public.event", "at date not null", "who text", kind="p"),
        table("public.event_1", "at date not null", "who text", partition_of="public.event"),
        table("public.event_2", "at date key", "who text not null", partition_of="public.event"),
    )
    found = refused(source, columns("public.event", at=NULL))
    assert [line.split(":")[0] for line in found if "event_1" in line] == []
    assert len([line for line in found if 'tables."public.event"' in line]) == 1
    (own,) = refused(source, columns("public.event", who=NULL))
    assert 'tables."public.event_2"' in own


def test_a_partitions_own_rule_is_refused_by_itself() -> None:
    """It is no repetition of its parent's."""
    source = catalog(
        table("public.event", "at date not null", kind="p"),
        table("public.event_1", "at date not null", partition_of="public.event"),
    )
    rules = columns("public.event", at=NULL) | columns("public.event_1", at=NULL)
    assert len(refused(source, rules)) == 2
