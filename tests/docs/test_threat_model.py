"""Each promise of the page on threats is kept by a test that is named here."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/explanation/threat-model.md").read_text(encoding="utf-8")
# Of the table: whom we have in mind, and the tests of what protects the values from them.
DEFENCES = {
    "a developer with the copy": (
        "prove/search/test_originals_found.py::test_an_original_is_found_in_each_place",
        "prove/search/test_originals_found.py::test_what_is_left_out_is_counted",
        "prove/test_damages.py::test_a_damage_is_found",
    ),
    "a developer who is early": (
        "target/test_fence.py::test_nobody_reads_before_publication",
        "target/test_fence.py::test_a_refused_publication_keeps_the_fence",
    ),
    "a reader of logs and dashboards": (
        "e2e/test_audit.py::test_no_value_leaves",
        "dagster_layer/test_error_texts.py::test_no_value_of_ours_is_stored_or_printed",
        "dagster_layer/test_error_texts.py::test_the_drift_sensor_says_no_value",
    ),
    "a reader of the repository": (
        "policy/test_no_secret_shown.py::test_no_refusal_quotes_a_salt",
        "policy/test_no_secret_shown.py::test_no_form_of_a_policy_shows_its_salt",
        "secrets/test_resolve.py::test_variables_are_followed",
    ),
    "an engineer who changes a column and forgets the policy": (
        "plan/test_drift.py::test_a_new_column_is_judged_by_the_plan",
        "dagster_layer/test_drift.py::test_a_refresh_waits_for_a_review",
    ),
    "a forger of the proof": (
        "prove/test_document.py::test_no_byte_of_a_file_can_be_changed",
        "prove/test_page.py::test_no_byte_of_a_page_can_be_changed",
    ),
    "a person who changes the target later": (
        "prove/test_damages.py::test_a_damage_is_found",
        "target/test_trail_digest.py::test_a_rewritten_trail_is_found",
        "target/test_trail_digest.py::test_a_broken_seal_is_found",
        "prove/test_definitions.py::test_a_changed_object_is_named",
    ),
    "a guesser with the proof": (
        "e2e/test_audit.py::test_no_value_leaves",
        "masks/test_keys.py::test_a_guess_of_a_salt_costs_scrypt",
        "secrets/test_salts.py::test_there_is_no_silent_default",
    ),
    "an author of a policy": (
        "policy/test_where.py::test_anything_else_is_refused",
        "plan/test_where.py::test_nothing_accepted_leaves_its_brackets",
        "plan/test_where.py::test_the_catalog_decides_what_a_predicate_may_call",
        "masks/test_choices.py::test_a_mask_of_one_outcome_is_refused",
        "plan/test_templates.py::test_templates_that_read_each_other_are_refused",
    ),
    "a function in the source": (
        "postgres/test_driver_errors.py::test_names_that_a_function_wrote_are_not_told",
        "postgres/test_driver_errors.py::test_names_from_the_catalog_are_told",
    ),
    "a client of the service for tests": (
        "doors/test_http_door.py::test_without_a_token_nothing_is_done",
        "doors/test_http_door.py::test_guessing_is_slowed_down",
        "doors/test_http_door.py::test_errors_have_a_code_and_no_value",
        "doors/test_http_door.py::test_a_malformed_body_is_not_repeated",
        "doors/test_serve.py::test_a_target_that_was_never_published_is_not_served",
    ),
    "a thief of the store": (
        "baselines/test_refusals.py::test_an_unproved_target_is_refused",
        "baselines/test_refusals.py::test_a_cloud_without_recipients_is_refused",
        "baselines/test_refusals.py::test_a_damaged_object_leaves_the_target_as_it_was",
        "stores/test_store.py::test_encrypted_objects_are_read_by_their_recipient_alone",
    ),
    "a reader of the bucket": (
        "refresh/test_files_published.py::test_a_refused_refresh_leaves_no_manifest",
        "refresh/test_files_published.py::test_the_masked_company_is_in_files",
        "dagster_layer/test_files.py::test_a_refused_run_removes_its_files",
    ),
    "another team in the same Dagster": (
        "dagster_layer/test_error_texts.py::test_no_value_of_ours_is_stored_or_printed",
        "dagster_layer/test_error_texts.py::test_others_show_their_errors_in_full",
        "dagster_layer/test_error_texts.py::test_importing_us_changes_nothing_for_others",
    ),
}
# Sentences about where values are, by their first words.
PROMISES = {
    "Values are in the memory": ("e2e/test_audit.py::test_no_value_leaves",),
    "A shuffled column is in memory": (
        "stream/test_deal_out.py::test_a_column_that_memory_cannot_hold_is_refused",
    ),
    "No value is on disk": (
        "e2e/test_audit.py::test_no_value_leaves",
        "e2e/test_scratch.py::test_the_folder_of_a_killed_command_is_removed",
    ),
    "The search for originals runs in our process": (
        "prove/search/test_originals_found.py::test_an_original_is_found_in_each_place",
    ),
    "Postgres puts values into": (
        "postgres/test_driver_errors.py::test_names_that_a_function_wrote_are_not_told",
        "loading/test_workers.py::test_the_parent_raises_a_worker_s_error",
    ),
    "The target's schema": (
        "e2e/test_audit.py::test_no_value_leaves",
        "refresh/test_moment.py::test_a_copy_without_now_leaves_no_moment",
    ),
    "A start of a subset": (
        "refresh/test_remembered_start.py::test_only_the_same_salt_and_refresh_open_it",
        (
            "refresh/test_remembered_start.py::"
            "test_a_resume_finds_it_and_the_target_holds_no_word_of_it"
        ),
    ),
    "Of a connection string": (
        "postgres/test_dsn.py::test_a_password_that_is_not_encoded_is_never_shown",
        "postgres/test_dsn.py::test_host_port_and_database_are_shown",
        "e2e/test_audit.py::test_no_value_leaves",
    ),
}
# What we say that we do not promise: a new line there is a decision.
NOT_PROMISED = {
    "Anyone who has the salt",
    "What the row itself says",
    "Frequencies and order",
    "Free text beyond the model",
    "The machine that runs it",
    "Dagster's webserver",
    "What a target held before us",
}


def section(title: str) -> str:
    """The text below a heading of the page."""
    return re.split(r"^## ", PAGE, flags=re.MULTILINE)[
        1 + re.findall(r"^## (.*)$", PAGE, flags=re.MULTILINE).index(title)
    ].partition("\n")[2]


@cache
def names_in(path: str) -> frozenset[str]:
    """The names of the tests in a file."""
    tree = ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_each_row_of_the_table_has_its_tests() -> None:
    """A row that is added, or that is reworded, needs one."""
    rows = [
        line.split("|")[1].strip()
        for line in section("Whom we have in mind").splitlines()
        if line.startswith("|")
    ][2:]
    assert rows == list(DEFENCES)


def test_each_sentence_about_where_values_are_has_its_tests() -> None:
    """Every sentence is a promise."""
    text = " ".join(section("Where values are, and for how long").split())
    sentences = re.split(r"(?<=\.) (?=[A-Z])", text)
    begun = [
        next((words for words in PROMISES if sentence.startswith(words)), sentence)
        for sentence in sentences
    ]
    assert begun == list(PROMISES)


def test_what_is_not_promised_is_listed() -> None:
    """Each begins with a phrase in bold."""
    found = re.findall(
        r"^- \*\*(.*?)\.\*\*", section("What we do not defend against"), re.MULTILINE
    )
    assert set(found) == NOT_PROMISED
    assert len(found) == len(NOT_PROMISED)


@pytest.mark.parametrize("promise", [*DEFENCES, *PROMISES])
def test_each_named_test_exists(promise: str) -> None:
    """A test that is renamed or removed leaves its promise without one."""
    named = DEFENCES.get(promise) or PROMISES[promise]
    assert named
    for one in named:
        path, _, name = one.partition("::")
        assert name in names_in(path), one
