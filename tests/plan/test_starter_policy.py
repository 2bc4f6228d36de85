"""A policy to start from: what detection masks as rules, what a person must decide as comments."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yaml
from builders.catalogs import catalog, place, table
from builders.copies import action, masked, table_plan
from builders.policies import policy

from privaci_core.detect.by_contents import NAMES_OF_PEOPLE, TELLING
from privaci_core.detect.column_names import KINDS
from privaci_core.detect.recognise import Looks
from privaci_core.detect.sample import Contents
from privaci_core.detect.suspect import Suspicion
from privaci_core.plan.plan import Plan
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.plan.soft_references import SoftReference
from privaci_core.plan.starter_policy import Surroundings, starter
from privaci_core.policy import parse_policy

if TYPE_CHECKING:
    from collections.abc import Collection

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
    return starter(plan, source, Surroundings(reads_text=reads_text))


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
        "  # medium, free_text: its name: such columns hold free text\n"
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


@pytest.mark.parametrize("kind", sorted({*ALL_KINDS, "free_text", "document", "originals"}))
def test_every_suggestion_is_an_action(kind: str) -> None:
    """A person who takes the # away has a policy that is read."""
    suspicion = Suspicion(kind=kind, confidence="medium", evidence="a test")
    plan = Plan(tables=(), suspected=(("public.person", "notes", suspicion),))
    text = starter(plan, SOURCE, Surroundings(reads_text=False)).replace(
        "${ANONYMIZATION_SALT}", "x" * 40
    )
    head, rules = text.split("\ntables:\n")
    policy_text = f"{head}\ntables:\n" + rules.replace("# ", "", 3)
    assert set(parse_policy(policy_text).tables["public.person"].columns) == {"notes"}


def test_a_documents_paths_are_one_line_in_its_order() -> None:
    """However many they are: a rule on two lines would end the comment behind it."""
    paths = {f"$.a_rather_long_key_{number}": LOOKS for number in range(9, 0, -1)}
    contents = {place(SOURCE, "public.person.doc"): Contents(paths=paths)}
    plan = plan_copy(SOURCE, policy(auto_detect=True), contents)
    text = starter(plan, SOURCE, Surroundings(reads_text=True))
    (rule,) = (line for line in text.splitlines() if line.startswith("      doc: "))
    assert list(yaml.safe_load(rule)["doc"]["paths"]) == list(paths)


def test_names_in_any_script_stay_readable() -> None:
    """A reviewer reads the name that the database has."""
    assert '\n  public."größe":\n' in written(catalog(table("public.größe", "email text")))


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


def test_a_model_is_paid_for_within_reason() -> None:
    """The time stands beside the rule; a text that would take too long is not copied at all."""
    plan = plan_copy(SOURCE, policy(auto_detect=True), CONTENTS)
    for seconds, rule in (
        (0.4, "{action: ner_mask}  # less than 1 s; medium, free_text"),
        (31, "{action: ner_mask}  # about 31 s; medium, free_text"),
        (700, "{action: ner_mask}  # about 12 min; medium, free_text"),
        (9000, '{action: static, value: ""}  # ner_mask would take about 3 h; medium, free_text'),
    ):
        beside = Surroundings(reads_text=True, costs={("public.person", "notes"): seconds})
        assert f"\n      notes: {rule}: " in starter(plan, SOURCE, beside)


def test_a_detected_text_is_paid_for_too() -> None:
    """Where detection masks a text by itself."""
    text = masked("notes", action("ner_mask"), reason="detected", evidence="it names people")
    plan = Plan(tables=(table_plan(text),))
    cheap = Surroundings(reads_text=True, costs={("public.person", "notes"): 60})
    assert "\n      notes: {action: ner_mask}  # it names people\n" in starter(plan, SOURCE, cheap)
    dear = Surroundings(reads_text=True, costs={("public.person", "notes"): 36000})
    assert (
        '\n      notes: {action: static, value: ""}  # ner_mask would take about 10 h;'
        " it names people\n"
    ) in starter(plan, SOURCE, dear)


JOINED = catalog(
    table("public.users", "id int4 key", "email text unique"),
    table("public.orders", "user_email text", "user_id int4"),
    table("public.notes", "on_id int4", "on_type text"),
)


def reference(column: str, to: str, **more: object) -> SoftReference:
    """A reference of a small shop."""
    ends = {"referencing": place(JOINED, column), "referenced": place(JOINED, to)}
    return SoftReference(**(ends | {"how": "name"} | more))  # type: ignore[arg-type]


BY_EMAIL = reference("public.orders.user_email", "public.users.email", sampled=50, there=50)
OTHERS = (
    reference("public.orders.user_id", "public.users.id", sampled=50, there=50),
    reference(
        "public.notes.on_id", "public.users.id", type_column="on_type", when="on_type == 'User'"
    ),
)


def with_references(*references: SoftReference, declined: Collection[SoftReference] = ()) -> str:
    """The file of a small shop."""
    plan = plan_copy(JOINED, policy(auto_detect=True))
    beside = Surroundings(reads_text=False, references=references, declined=frozenset(declined))
    return starter(plan, JOINED, beside)


def test_references_are_offered() -> None:
    """As comments where nothing proves them, or nothing depends on them; the file is read."""
    text = with_references(*OTHERS)
    offered = text.split("# relations:\n")[1].split("\ntables:")[0]
    assert offered == (
        '#   - {from: "public.orders(user_id)", to: "public.users(id)"}'
        "  # its name; 50 of 50 sampled values are there\n"
        '#   - {from: "public.notes(on_id)", to: "public.users(id)", when: "on_type == \'User\'"}'
        "  # its name; when on_type == 'User'\n"
    )
    taken = text.replace("# relations:", "relations:").replace("#   - ", "  - ")
    rules = parse_policy(taken.replace("${ANONYMIZATION_SALT}", "x" * 40))
    assert [str(each.source) for each in rules.relations] == [
        "public.orders(user_id)",
        "public.notes(on_id)",
    ]


@pytest.mark.parametrize(
    ("found", "is_rule"),
    [
        (replace(BY_EMAIL, matches=False), True),
        (BY_EMAIL, False),
        (replace(BY_EMAIL, matches=False, there=49), False),
        (replace(BY_EMAIL, matches=False, sampled=7, there=7), False),
        (replace(BY_EMAIL, matches=False, sampled=None, there=0), False),
    ],
)
def test_a_proved_reference_that_would_break_is_a_rule(
    found: SoftReference, is_rule: object
) -> None:
    """All of enough values are in the key, and both ends would be masked differently."""
    text = with_references(found, *OTHERS)
    lines = [line for line in text.splitlines() if "user_email)" in line]
    assert [not line.startswith("#") for line in lines] == [is_rule]
    assert ("\nrelations:\n" in text) == is_rule
    assert "\nrelations:\n" not in with_references(found, declined=[found])
