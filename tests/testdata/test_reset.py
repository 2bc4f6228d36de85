"""A reset leaves the database as it was before the request, whatever was done to its rows."""

from __future__ import annotations

import pytest
from testdata.runs import Desk, claim_of, created, member

from privaci_core.testdata.run_errors import ResetFailed, UnknownRun, WrongToken

pytestmark = pytest.mark.postgres


def test_a_reset_removes_what_a_request_made(desk: Desk) -> None:
    """Rows of several tables and a partition are gone, and counted; nothing else has changed."""
    before = desk.state()
    answer = desk.request(member(), claim_of(700), claim_of(700, 901))
    assert desk.state() != before
    done = desk.reset(answer)
    assert (done.status, done.removed) == ("cleaned", {"public.claim": 2, "public.member": 1})
    assert done.took_along == {}
    assert done.released == 3
    assert desk.state() == before
    assert desk.execute("SELECT FROM _privaci.test_row") == []


def test_a_reset_takes_what_was_hung_on_its_rows(desk: Desk) -> None:
    """Rows that refer to a run's rows go too, at any distance and in circles, and are named."""
    before = desk.state()
    answer = desk.request(member(), claim_of(700))
    desk.execute("INSERT INTO public.note VALUES ('hung', 900, 2026), ('hung', 900, 2026)")
    desk.execute("INSERT INTO public.house VALUES (1, NULL, 700), (2, NULL, NULL)")
    desk.execute("INSERT INTO public.person VALUES (5, 1), (6, 1)")
    desk.execute("UPDATE public.house SET head = 5")
    desk.execute(
        "INSERT INTO public.member (name, status, mentor) VALUES ('x', 'open', 700);"
        "UPDATE public.member SET mentor = id WHERE id = 700"
    )
    done = desk.reset(answer)
    assert done.took_along == {
        "public.house": 2,
        "public.member": 1,
        "public.note": 2,
        "public.person": 2,
    }
    assert done.removed["public.member"] == 2
    assert desk.state() == before


def test_a_reserved_row_is_as_it_was(desk: Desk) -> None:
    """A reserved row's values come back, and what was hung on it since is gone."""
    before = desk.state()
    answer = desk.request(desk.found("public.member", 2, reserve=True), claim_of(2))
    desk.execute(
        "UPDATE public.member SET name = 'changed', status = 'closed', mentor = 3, code = NULL"
        " WHERE id = 2"
    )
    desk.execute("INSERT INTO public.claim (year, member) VALUES (2025, 2), (2026, 2)")
    done = desk.reset(answer)
    assert done.took_along == {"public.claim": 2}
    assert desk.state() == before


def test_a_reserved_row_that_was_deleted_comes_back(desk: Desk) -> None:
    """A reserved row that the system under test deleted is inserted again."""
    desk.execute("DELETE FROM public.note; DELETE FROM public.claim WHERE member = 3")
    before = desk.state()
    answer = desk.request(desk.found("public.member", 3, reserve=True))
    desk.execute("DELETE FROM public.member WHERE id = 3")
    desk.reset(answer)
    assert desk.state() == before


def test_a_shared_row_is_left_alone(desk: Desk) -> None:
    """A found row that is not reserved keeps its changes, and is put back if it refers to ours."""
    answer = desk.request(desk.found("public.member", 3, reserve=False), member())
    desk.execute("UPDATE public.member SET name = 'changed' WHERE id = 3")
    desk.reset(answer)
    assert desk.execute("SELECT name FROM public.member WHERE id = 3") == [("changed",)]
    before = desk.state()
    answer = desk.request(desk.found("public.member", 3, reserve=False), member())
    desk.execute("UPDATE public.member SET mentor = 700 WHERE id = 3")
    assert desk.reset(answer).removed == {"public.member": 1}
    assert desk.state() == before


def test_a_second_reset_changes_nothing(desk: Desk) -> None:
    """A run that is cleaned says so, still with its token alone."""
    answer = desk.request(member())
    desk.reset(answer)
    after = desk.state()
    desk.request(member())
    again = desk.reset(answer)
    assert (again.status, again.removed) == ("already_cleaned", {})
    assert desk.execute("SELECT id FROM public.member WHERE id = 700") == [(700,)]
    with pytest.raises(WrongToken):
        desk.reset(answer, "tdt_other")
    assert after != desk.state()


def test_another_token_is_refused(desk: Desk) -> None:
    """A wrong token changes nothing and is not told back; an unknown run is refused as well."""
    answer = desk.request(member())
    before = desk.state()
    with pytest.raises(WrongToken) as refused:
        desk.reset(answer, "tdt_guessed")
    assert "guessed" not in str(refused.value)
    assert desk.state() == before
    with pytest.raises(UnknownRun):
        desk.reset(type(answer)(**{**_fields(answer), "test_run_id": "nothing"}))


def test_rows_that_are_gone_already_are_no_matter(desk: Desk) -> None:
    """The system under test may have deleted some rows itself."""
    before = desk.state()
    answer = desk.request(member(), claim_of(700))
    desk.execute("DELETE FROM public.claim WHERE id = 900")
    assert desk.reset(answer).removed == {"public.member": 1}
    assert desk.state() == before


def test_a_row_without_a_key_is_one_of_its_doubles(desk: Desk) -> None:
    """Of rows without a unique key as many go as came."""
    desk.execute("INSERT INTO public.note VALUES ('same', 1, 2026), ('same', 1, 2026)")
    before = desk.state()
    note = created("note", "public.note", "text claim year", text="same", claim=1, year=2026)
    answer = desk.request(note, note)
    assert desk.reset(answer).removed == {"public.note": 2}
    assert desk.state() == before


def test_rows_of_another_refresh_are_not_touched(desk: Desk) -> None:
    """A key that a run knew is another row's after a refresh of the target."""
    answer = desk.request(member())
    later = Desk(dsn=desk.dsn, refresh="refresh 2")
    assert later.reset(answer).removed == {}
    assert desk.execute("SELECT id FROM public.member WHERE id = 700") == [(700,)]


def test_a_trigger_that_keeps_rows_fails_the_reset(desk: Desk) -> None:
    """Nothing is taken out if a trigger keeps one of the rows; the table is named."""
    answer = desk.request(member(), claim_of(700))
    desk.execute(
        "CREATE FUNCTION public.keep() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER keep BEFORE DELETE ON public.member FOR EACH ROW"
        " EXECUTE FUNCTION public.keep()"
    )
    before = desk.state()
    with pytest.raises(ResetFailed, match=r"a trigger of public\.member keeps 1"):
        desk.reset(answer)
    assert desk.state() == before
    desk.execute("DROP TRIGGER keep ON public.member")
    assert desk.reset(answer).status == "cleaned"


def test_an_outlet_that_fails_undoes_the_reset(desk: Desk) -> None:
    """What the trail cannot tell does not happen."""

    def fails(_: object) -> None:
        raise OSError

    answer = desk.request(member())
    before = desk.state()
    with pytest.raises(OSError):  # noqa: PT011 - it is this test's own
        Desk(dsn=desk.dsn, outlet=fails).reset(answer)
    assert desk.state() == before


def _fields(answer: object) -> dict[str, object]:
    return {name: getattr(answer, name) for name in answer.__dataclass_fields__}  # type: ignore[attr-defined]
