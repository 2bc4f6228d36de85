"""Refuses a test that has not exactly one of the primary markers."""

from __future__ import annotations

import pytest

PRIMARY = {
    "unit": "looks at values alone: no server, no file outside its own folder",
    "postgres": "talks to a real Postgres server",
    "dagster": "runs or loads Dagster",
    "e2e": "goes through the product's own doors, as a user does",
}
BESIDE = {
    "slow": "takes more than some seconds",
    "live": "needs a service outside this machine; never runs by itself",
}


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    for name, meaning in (PRIMARY | BESIDE).items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Fail the collection on a wrong marker; skip `live` tests unless `-m live` asks for them."""
    wrong = [
        item.nodeid
        for item in items
        if len({mark.name for mark in item.iter_markers()} & PRIMARY.keys()) != 1
    ]
    if wrong:
        shown = "\n  ".join(wrong)
        raise pytest.UsageError(
            f"each test carries exactly one of {', '.join(PRIMARY)}; these do not:\n  {shown}"
        )
    if "live" not in (config.option.markexpr or ""):
        for item in items:
            if item.get_closest_marker("live"):
                item.add_marker(pytest.mark.skip(reason="live tests run only by -m live"))
