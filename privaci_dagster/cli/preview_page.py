"""Shows a preview: side by side on a terminal, or as a page that runs no script."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from privaci_core.plan.text_table import text_table
from privaci_core.stream.preview import NOTHING
from privaci_dagster.cli.output import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from privaci_core.stream.preview import ColumnPreview, TablePreview

# A longer value is cut where it is shown.
LONGEST = 60
STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
div { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid #8886; padding: .3rem .8rem .3rem 0; text-align: left;
  vertical-align: top; }
td.value { font-family: ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere;
  min-width: 11rem; }
p { opacity: .8; }
"""
NOTE = (
    "These rows were masked, shown and thrown away. A value of which the mask keeps a part is shown"
    " by its form: letters as x, digits as 9."
)


def lines_of(tables: Sequence[TablePreview], *, originals: bool = False) -> Iterator[str]:
    """Each table's masked columns under one another, some rows of it side by side."""
    for table in tables:
        if not table.columns:
            continue
        yield from (f"{table.table} ({counted(table.rows, 'row')} of it)", "")
        head = ("column", "action", *(f"row {number}" for number in range(1, table.rows + 1)))
        rows = [row for each in table.columns for row in _rows_of(each, originals=originals)]
        yield from (f"  {line}" for line in text_table(head, rows))
        yield from (f"  {counted(table.copied, 'column')} copied", "")
    yield _summary(tables)


def page_of(tables: Sequence[TablePreview]) -> str:
    """The same as HTML; it never shows an original."""
    sections = "".join(_section(table) for table in tables if table.columns)
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>What the masks make</title><style>{STYLE}</style></head>\n"
        f"<body><h1>What the masks make</h1><p>{escape(_summary(tables))}. {NOTE}</p>\n"
        f"{sections}</body>\n</html>\n"
    )


def _section(table: TablePreview) -> str:
    numbers = "".join(f"<th>row {number}</th>" for number in range(1, table.rows + 1))
    rows = "".join(_row(column) for column in table.columns)
    return (
        f"<h2>{escape(table.table)}</h2><div><table>"
        f"<tr><th>column</th><th>type</th><th>action</th><th>why</th>{numbers}</tr>\n{rows}"
        f"</table></div><p>{counted(table.copied, 'column')} copied</p>\n"
    )


def _row(column: ColumnPreview) -> str:
    names = (column.name, column.type, column.action, column.reason)
    named = "".join(f"<td>{escape(each)}</td>" for each in names)
    values = (f'<td class="value">{escape(_cut(cell.shown))}</td>' for cell in column.cells)
    return f"<tr>{named}{''.join(values)}</tr>\n"


def _rows_of(column: ColumnPreview, *, originals: bool) -> Iterator[tuple[str, ...]]:
    """A column's masked values, below the originals where a person asks for them."""
    shown = [each.shown for each in column.cells]
    if originals:
        before = (NOTHING if each.before is None else each.before for each in column.cells)
        yield column.name, "original", *map(_plain, before)
        shown = [NOTHING if each.after is None else each.after for each in column.cells]
    yield "" if originals else column.name, column.action, *map(_plain, shown)


def _plain(value: str) -> str:
    """A value without characters that a terminal would obey."""
    return "".join(each if each.isprintable() else " " for each in _cut(value))


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"


def _summary(tables: Sequence[TablePreview]) -> str:
    masked = sum(len(table.columns) for table in tables)
    without = sum(not table.columns for table in tables)
    rest = f"; {counted(without, 'table')} without a mask" if without else ""
    return f"{counted(masked, 'masked column')} in {counted(len(tables) - without, 'table')}{rest}"
