"""Folders that files cannot be dealt into are refused when the copy is planned."""

from __future__ import annotations

import pytest
from builders.catalogs import catalog, table

from privaci_core.plan.plan_copy import plan_copy
from privaci_core.policy import FindingsError, parse_policy

pytestmark = pytest.mark.unit

ORDERS = table(
    "public.orders", "id int4 key", "placed_at timestamptz", "paid numeric", "tags int4[]"
)


@pytest.mark.parametrize(
    ("name", "folders", "path", "reason"),
    [
        ("public.order", "{ column: id }", "", "the source has no such table"),
        ("public.orders", "{ column: placed }", ".column", "no column placed that is copied"),
        ("public.orders", "{ column: paid }", ".column", "values of the type numeric"),
        ("public.orders", "{ column: tags }", ".column", "values of the type int4"),
        ("public.orders", "{ column: id, by: month }", ".by", "id is no date or timestamp"),
    ],
)
def test_what_names_no_folder_is_a_finding(name: str, folders: str, path: str, reason: str) -> None:
    """Each at its key in the file, with what to do."""
    sink = f"sink: {{ format: csv, url: file:///x, partition_by: {{ {name}: {folders} }} }}"
    policy = parse_policy(f'version: "1.0"\nauto_detect: false\n{sink}\n')
    with pytest.raises(FindingsError) as refused:
        plan_copy(catalog(ORDERS), policy)
    (found,) = refused.value.findings
    assert found.path == f'sink.partition_by."{name}"{path}'
    assert reason in found.reason
    assert found.remedy


@pytest.mark.parametrize("folders", ["{ column: id }", "{ column: placed_at, by: day }"])
def test_rows_that_go_into_files_travel_as_text(folders: str) -> None:
    """Files hold what Postgres prints."""
    sink = f"sink: {{ format: csv, url: file:///x, partition_by: {{ public.orders: {folders} }} }}"
    head = 'version: "1.0"\nauto_detect: false\n'
    forms = [
        plan_copy(catalog(ORDERS), parse_policy(text)).tables[0].format
        for text in (head, f"{head}{sink}\n")
    ]
    assert forms == ["binary", "text"]


@pytest.mark.parametrize(
    ("sink", "reason"),
    [
        ("{ format: xlsx, url: file:///x }", "unknown choice `xlsx`"),
        ("{ format: csv }", "the key `url` is missing"),
        ("{ format: csv, url: /x }", "url"),
        ("{ format: csv, url: file:///x, instead_of_target: only }", "instead_of_target"),
        ("{ format: csv, url: file:///x, folder: y }", "unknown key"),
    ],
)
def test_a_sink_is_read_strictly(sink: str, reason: str) -> None:
    """Before anything connects."""
    with pytest.raises(FindingsError) as refused:
        parse_policy(f'version: "1.0"\nsink: {sink}\n')
    (found,) = refused.value.findings
    assert reason in f"{found.path} {found.reason}"
