"""Gives a test the rows of a scenario, and takes them out again when the test has ended.

@privaci_scenario("claim_denied", constraints={"claim_status": "denied"})
def test_a_denied_claim_is_shown(privaci_data): ...
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_dagster.run_client import RunClient

MARK = "privaci_scenario"
INVOKER = "pytest"
# Opened by the first test that asks for data; each process of xdist has its own.
CLIENT: pytest.StashKey[RunClient] = pytest.StashKey()
OPENED: pytest.StashKey[ExitStack] = pytest.StashKey()


def privaci_scenario(
    scenario: str, constraints: Mapping[str, Any] | None = None, **more: Any
) -> pytest.MarkDecorator:
    """Ask for the rows of a scenario; `more` are a seed, a ttl such as 2h, a planner."""
    return getattr(pytest.mark, MARK)(scenario, constraints=constraints or {}, **more)  # type: ignore[no-any-return]


class PrivaciData(dict[str, Any]):
    """The data of a run: role to row, `<role>_id` to key; and what the run is called."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        """Take what a request answered."""
        super().__init__(answer["data"])
        self.answer = dict(answer)
        self.test_run_id: str = answer["test_run_id"]
        # Where the rows are, if the run has a database of its own.
        self.database: str | None = answer.get("database")


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark."""
    line = f"{MARK}(scenario, constraints={{}}, seed, ttl): rows that privaci_data makes"
    config.addinivalue_line("markers", line)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close what a test has opened."""
    opened = config.stash.get(OPENED, None)
    if opened is not None:
        opened.close()


@pytest.fixture
def privaci_data(request: pytest.FixtureRequest) -> Iterator[PrivaciData]:
    """The rows of the test's scenario; they are taken out again, whatever became of the test."""
    mark = request.node.get_closest_marker(MARK)
    if mark is None or len(mark.args) != 1:
        pytest.fail(f'write @privaci_scenario("its id") above {request.node.name}', pytrace=False)
    given = {name: value for name, value in mark.kwargs.items() if name != "constraints"}
    client = _client(request.config)
    try:
        answer = client.request(mark.args[0], mark.kwargs.get("constraints") or {}, **given)
    except _errors() as error:
        raise _failed(error) from None
    yield PrivaciData(answer)
    try:
        client.reset(answer["test_run_id"], answer["cleanup"]["cleanup_token"])
    except _errors() as error:
        raise _failed(error) from None


def _client(config: pytest.Config) -> RunClient:
    """A client of the service or the target that variables name; opened once in a process."""
    if CLIENT not in config.stash:
        # A test session that uses no test data imports neither the driver nor the masks.
        from privaci_dagster.project import Project  # noqa: PLC0415
        from privaci_dagster.run_client import opened_client  # noqa: PLC0415

        stack = config.stash[OPENED] = ExitStack()
        try:
            client = stack.enter_context(opened_client(Project.of_environment(), INVOKER))
        except _errors() as error:
            raise _failed(error) from None
        config.stash[CLIENT] = client
    return config.stash[CLIENT]


def _failed(error: Exception) -> BaseException:
    """What a report says of an error, once."""
    return pytest.fail.Exception(str(error), pytrace=False)


def _errors() -> type[Exception]:
    from privaci_core.errors import PrivaciError  # noqa: PLC0415 - as above

    return PrivaciError
