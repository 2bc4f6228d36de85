"""A salt in a policy never leaves it: in no message, repr, dump or pickle."""

from __future__ import annotations

import copy
import pickle
import traceback

import pytest
from pydantic import ValidationError

from privaci_core.policy import FindingsError, Policy, parse_policy

pytestmark = pytest.mark.unit

SALT = "Zq7-never-shown-" + "k" * 24
BROKEN = [
    "global_salt:{salt}",
    'global_salt: "{salt}"\nunknown: 1',
    "global_salt: [{salt}]",
    "global_salt: {{{salt}: 1}}",
    "global_salt: !{salt}",
    "global_salt: *{salt}",
    "global_salt: &{salt} [",
    'global_salt: "{salt}',
    "global_salt: {salt}: x",
    "{{global_salt:{salt}}}",
    "tables: {{global_salt:{salt}: }}",
    "tables: {{global_salt: {salt}}}",
    "tables: {salt}",
    "tables: {{a.b: {{columns: {{pseudonym_key:{salt}: {{action: hahs}}}}}}}}",
    "global_salt: {salt}\nglobal_salt: {salt}",
    "global_salt: {salt}\nversion: 3",
    "audit_log: {salt}",
    "batch_size: {salt}",
    "relations: [{{from: {salt}, to: {salt}}}]",
    "implied_fk_ignore: [{salt}]",
    "on_existing_data: [{salt}]",
    "- {salt}",
    "{salt}",
]


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.parametrize("version", ['version: "1.0"\n', ""])
def test_no_refusal_quotes_a_salt(text: str, version: str) -> None:
    """However its line is broken, neither the refusal nor its traceback holds a salt."""
    with pytest.raises(FindingsError) as refused:
        parse_policy(version + text.format(salt=SALT))
    shown = (
        "".join(traceback.format_exception(refused.value))
        + repr(refused.value)
        + repr(refused.value.findings)
    )
    assert SALT not in shown
    assert SALT.encode() not in pickle.dumps(refused.value)


def test_no_form_of_a_policy_shows_its_salt() -> None:
    """Repr, text, JSON and fingerprint hold no literal salt, and it is never pickled."""
    policy = parse_policy(f'version: "1.0"\nglobal_salt: {SALT}\npseudonym_key: {SALT}')
    assert policy.global_salt is not None
    assert policy.global_salt.get_secret_value() == SALT
    for shown in (
        repr(policy),
        str(policy),
        policy.model_dump_json(),
        f"{policy.global_salt}",
        policy.fingerprint(),
    ):
        assert SALT not in shown
    assert copy.deepcopy(policy) == policy
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(policy)


def test_a_policy_that_names_its_salt_may_travel() -> None:
    """A policy with a reference instead of a salt is pickled, lines and all."""
    policy = parse_policy(
        'version: "1.0"\nglobal_salt: "${ANONYMIZATION_SALT}"\npseudonym_key: vault://kv/a#b'
    )
    again = pickle.loads(pickle.dumps(policy))  # noqa: S301 - our own bytes
    assert again == policy
    assert again.line_of("pseudonym_key") == 3


def test_the_model_itself_hides_what_it_refuses() -> None:
    """Even the model, used without the loader, keeps its input out of the message."""
    with pytest.raises(ValidationError) as refused:
        Policy.model_validate({"version": "1.0", "global_salt": [SALT]})
    assert SALT not in str(refused.value)
