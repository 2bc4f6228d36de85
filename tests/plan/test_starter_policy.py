"""A policy to start from: what detection masks as rules, what a person must decide as comments."""

from __future__ import annotations

import pytest
import yaml
from builders.catalogs import catalog, place, table
from builders.policies import policy

from privaci_core.detect.by_contents import NAMES_OF_PEOPLE, TELLING
from privaci_core.detect.column_names import KINDS
from privaci_core.detect.recognise import Looks
from privaci_core.detect.sample import Contents
from privaci_core.detect.suspect import Suspicion
from privaci_core.plan.plan import Plan
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.plan.starter_policy import starter
from privaci_core.policy import parse_policy

pytestmark = pytest.mark.unit

SOURCE = catalog(
    table("public.person", "id int4 key", "email text", "notes text", "url text", "doc jsonb"),
    table("public.shop", "city text"),
    table("public.event", "phone text", kind="p"),
    table("public.event_1", "phone text", partition_of="public.event"),
    table("public.plain", "size int4"),
)
ALL_KINDS = {*(kind.name for kind in KINDS), *TELLING, *NAMES_OF_PEOPLE}
LOOKS = Looks(sampled=40, distinct=40, letters=1, digits=1, words=1, shares={"email": 1.0})
CONTENTS = {place(SOURCE, "public.person.doc"): Contents(paths={"$.a": LOOKS})}


def written(source: object = SOURCE, *, reads_text: bool = False) -> str:
    """The file for a source."""
    plan = plan_copy(source, policy(auto_detect=True), CONTENTS if source is SOURCE else None)
    return starter(plan, source, reads_text=reads_text)


def test_a_starter_does_what_detection_does() -> None:
    """Sure columns are rules, each with its evidence; partitions are their table's."""
    text = written()
    lines = text.split("\ntables:\n")[1]
    assert lines == (
        "  public.event:\n"
        "    columns:\n"
        "      phone: {action: fake, provider: phone}  # its name and its type text\n"
        "\n"
        "  public.person:\n"
        "    columns:\n"
        "      email: {action: fake, provider: email}  # its name and its type text\n"
        "      doc: {action: json, paths: {$.a: {action: fake, provider: email}}}"
        "  # its paths $.a (email)\n"
        "      # notes: {action: ner_mask}"
        "  # medium, free_text: its name: text of people about people\n"
        "      # url: {action: fake, provider: url}"
        "  # medium, url: its name and its type text; its table is about people\n"
        "\n"
        "  # public.shop:\n"
        "    # columns:\n"
        "      # city: {action: fake, provider: city}  # low, city: its name and its type text\n"
    )
    assert "samples of 4 tables" in text


def test_free_text_is_masked_where_a_model_reads_it() -> None:
    """As a rule instead of a comment."""
    assert "\n      notes: {action: ner_mask}  # medium" in written(reads_text=True)
    assert "\n      # url" in written(reads_text=True)


def test_a_starter_is_a_policy() -> None:
    """It is read as one, with the same rules."""
    text = written(reads_text=True).replace("${ANONYMIZATION_SALT}", "x" * 40)
    tables = parse_policy(text).tables
    assert set(tables) == {"public.person", "public.event"}
    assert set(tables["public.person"].columns) == {"email", "doc", "notes"}


@pytest.mark.parametrize("kind", sorted({*ALL_KINDS, "free_text", "document"}))
def test_every_suggestion_is_an_action(kind: str) -> None:
    """A person who takes the # away has a policy that is read."""
    suspicion = Suspicion(kind=kind, confidence="medium", evidence="a test")
    plan = Plan(tables=(), suspected=(("public.person", "notes", suspicion),))
    text = starter(plan, SOURCE, reads_text=False).replace("${ANONYMIZATION_SALT}", "x" * 40)
    head, rules = text.split("\ntables:\n")
    policy_text = f"{head}\ntables:\n" + rules.replace("# ", "", 3)
    assert set(parse_policy(policy_text).tables["public.person"].columns) == {"notes"}


def test_a_documents_paths_are_one_line_in_its_order() -> None:
    """However many they are: a rule on two lines would end the comment behind it."""
    paths = {f"$.a_rather_long_key_{number}": LOOKS for number in range(9, 0, -1)}
    contents = {place(SOURCE, "public.person.doc"): Contents(paths=paths)}
    text = starter(plan_copy(SOURCE, policy(auto_detect=True), contents), SOURCE, reads_text=True)
    (rule,) = (line for line in text.splitlines() if line.startswith("      doc: "))
    assert list(yaml.safe_load(rule)["doc"]["paths"]) == list(paths)


def test_names_in_any_script_stay_readable() -> None:
    """A reviewer reads the name that the database has."""
    assert "\n  public.größe:\n" in written(catalog(table("public.größe", "email text")))


def test_nothing_personal_leaves_no_tables() -> None:
    """The head alone is a policy too."""
    text = written(catalog(table("public.plain", "size int4")))
    assert "tables" not in yaml.safe_load(text)
    assert text.endswith("strict_autodetect: false\n")


def test_names_are_quoted_where_yaml_needs_it() -> None:
    """A column called no is not false."""
    source = catalog(table("public.person", "no text", "email text"))
    assert "email: {action" in written(source)
    source = catalog(table("public.true", "email text"))
    assert yaml.safe_load(written(source))["tables"].keys() == {"public.true"}
