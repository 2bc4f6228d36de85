"""What could be a real person's, and what is of a range that nobody has."""

from __future__ import annotations

import pytest

from privaci_core.masks.text.looks_real import unreserved

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("mine", "nobodys"),
    [
        ("ada@" + "somewhere.org", "ada@corp.example"),
        ("ada@" + "myexample.com", "ada@example.com"),
        ("ADA@" + "SOMEWHERE.ORG", "ADA@CORP.EXAMPLE"),
        ("+49 30 " + "1234 5678", "+1 555 010 0199"),
        ("123-45" + "-6789", "900-12-3456"),
        ("899-12" + "-3456", "666-12-3456"),
        ("899-00" + "-3456", "000-12-3456"),
        ("4539 " + "1488 0343 6467", "4111 1111 1111 1111"),
        ("8.8." + "8.8", "192.0.2.7"),
        ("8.8." + "8.8", "1.2.3.999"),
    ],
)
def test_ranges_that_nobody_has(mine: str, nobodys: str) -> None:
    """The one is told by its kind, never by itself; the other is not."""
    (kind,) = unreserved(f"it says {mine} here")
    assert mine not in kind
    assert list(unreserved(f"it says {nobodys} here")) == []
