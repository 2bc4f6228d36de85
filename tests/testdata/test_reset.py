"""A reset leaves the database as it was before the request, whatever was done to its rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
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


def test_a_trigger_does_not_change_what_is_put_back(desk: Desk) -> None:
    """What a trigger sets at each UPDATE is as it was before, and the trigger stays."""
    desk.execute(
        "ALTER TABLE public.member ADD touched int DEFAULT 0;"
        "CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN NEW.touched = OLD.touched + 1; RETURN NEW; END';"
        "CREATE TRIGGER touch BEFORE UPDATE ON public.member FOR EACH ROW"
        " EXECUTE FUNCTION public.touch();"
        "ALTER TABLE public.member ENABLE ALWAYS TRIGGER touch"
    )
    before = desk.state()
    answer = desk.request(desk.found("public.member", 2, reserve=True))
    desk.execute("UPDATE public.member SET name = 'changed' WHERE id = 2")
    desk.reset(answer)
    assert desk.state() == before
    states = "SELECT tgenabled::text FROM pg_trigger WHERE tgname = 'touch'"
    assert desk.execute(states) == [("A",)]


LOGGED = """
CREATE TABLE public.change_log (at timestamptz DEFAULT clock_timestamp(), what text, json json);
CREATE TABLE public.counter (rows int);
INSERT INTO public.counter VALUES (0);
INSERT INTO public.change_log VALUES (now(), 'before', '{}');
CREATE FUNCTION public.log() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
    INSERT INTO public.change_log (what, json) VALUES (TG_OP, to_json(coalesce(NEW, OLD)));
    UPDATE public.counter SET rows = rows + CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
    RETURN NULL; END$$;
CREATE TRIGGER log AFTER INSERT OR DELETE ON public.member FOR EACH ROW
    EXECUTE FUNCTION public.log();
"""


def test_what_triggers_write_of_a_run_goes_with_it(desk: Desk) -> None:
    """A change log is as it was, and a counter that triggers keep is never taken for a new row."""
    desk.execute(LOGGED)
    before = desk.state()
    answer = desk.request(member(), member(701), claim_of(700))
    assert desk.execute("SELECT count(*) FROM public.change_log") == [(3,)]
    assert desk.execute("SELECT rows FROM public.counter") == [(2,)]
    done = desk.reset(answer)
    assert desk.execute("SELECT rows FROM public.counter") == [(0,)]
    assert done.removed["public.change_log"] == 2
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


def waiting(desk: Desk, count: int) -> None:
    """Wait until so many sessions wait for a lock."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    while desk.execute(f"{asked} AND datname = current_database()") != [(count,)]:
        pass


def test_resets_of_one_run_wait_for_one_another(desk: Desk) -> None:
    """Of resets at the same time one cleans the run, and the others say that it is clean."""
    before = desk.state()
    answer = desk.request(member(), claim_of(700))
    with ThreadPoolExecutor() as threads, psycopg.connect(desk.dsn) as other:
        other.execute("SELECT FROM _privaci.test_run FOR UPDATE")
        resets = [threads.submit(desk.reset, answer) for _ in range(3)]
        waiting(desk, 3)
        other.commit()
        statuses = sorted(done.result().status for done in resets)
    assert statuses == ["already_cleaned", "already_cleaned", "cleaned"]
    assert desk.state() == before


def test_a_row_that_is_hung_on_meanwhile_is_taken(desk: Desk) -> None:
    """A row that is committed while a reset waits for it goes as well."""
    before = desk.state()
    answer = desk.request(member(), claim_of(700))
    with ThreadPoolExecutor() as threads, psycopg.connect(desk.dsn) as other:
        other.execute("INSERT INTO public.note VALUES ('late', 900, 2026)")
        reset = threads.submit(desk.reset, answer)
        waiting(desk, 1)
        other.commit()
        assert reset.result().took_along == {"public.note": 1}
    assert desk.state() == before


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
