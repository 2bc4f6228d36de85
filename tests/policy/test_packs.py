"""Rules by kind in the policy, and the signed packs that bring them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from builders.catalogs import catalog, table
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privaci_core.errors import PolicyError
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.plan.show import lines_of
from privaci_core.plan.try_pack import refuse_failing
from privaci_core.policy import FindingsError, parse_policy
from privaci_core.policy.merge_pack import with_pack
from privaci_core.policy.signed_pack import KEY_VARIABLE, read_pack, sign_pack, trusted_key

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.unit

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KINDS: dict[str, Any] = {
    "email": {"action": "hash"},
    "dob": {"action": "generalize", "to": "year"},
    "phone": {"action": "fpe"},
}
PACK: dict[str, Any] = {
    "name": "health",
    "version": "1.2.0",
    "description": "Clinics",
    "kinds": KINDS,
    "tests": [
        {"table": "public.patient", "column": "email", "expect": {"action": "hash"}},
        {
            "table": "public.patient",
            "column": "date_of_birth",
            "type": "date",
            "expect": {"action": "generalize", "to": "year"},
        },
        {"table": "public.patient", "column": "ward", "expect": "copied"},
    ],
}
PERSON = catalog(
    table("public.person", "id int4 key", "email text", "phone_number text", "details text")
)


def planned(policy: str) -> dict[str, str]:
    """What happens to each column of a person, by name alone."""
    plan = plan_copy(PERSON, parse_policy('version: "1.0"\n' + policy))
    return {line.column: line.action for line in lines_of(plan, PERSON)}


def pack_of(**changed: Any) -> Any:
    """The pack, changed and signed again."""
    return read_pack(sign_pack(PACK | changed, KEY), KEY.public_key())


def test_a_rule_by_kind_masks_what_is_detected() -> None:
    """Own rules precede packs, columns that are listed precede both, and the rest is as before."""
    packs = 'packs: {p: {version: "1.0.0", kinds: {email: {action: hash}, phone: {action: fpe}}}}\n'
    own = 'kinds: {email: {action: static, value: "x"}}\n'
    listed = "tables: {public.person: {columns: {email: {action: passthrough}}}}\n"
    before = planned("")
    assert (before["email"], before["phone_number"]) == ("fake email", "fake phone")
    found = planned(packs)
    assert (found["email"], found["phone_number"]) == ("hash", "fpe")
    assert planned(packs + own)["email"] == "static"
    assert planned(packs + own + listed)["email"] == "passthrough"
    assert found["details"] == before["details"]


def test_a_rule_for_a_kind_masks_also_what_only_may_be_one() -> None:
    """A column that is likely free text is copied, unless the policy says what masks free text."""
    notes = catalog(table("public.person", "id int4 key", "notes text"))
    plans = [
        plan_copy(notes, parse_policy(f'version: "1.0"\n{kinds}'))
        for kinds in ("", 'kinds: {free_text: {action: static, value: "-"}}')
    ]
    assert [[each.name for each in plan.tables[0].masked] for plan in plans] == [[], ["notes"]]
    assert plans[1].suspected == ()


@pytest.mark.parametrize(
    ("kinds", "why"),
    [
        ("kinds: {emial: {action: hash}}", "nothing is detected as `emial`. Did you mean `email`?"),
        ("kinds: {email: {action: hash, when: 'id > 1'}}", "names another column"),
        ("kinds: {email: {action: passthrough}}", "unknown action"),
        ('packs: {p: {version: "1", kinds: {}}}', "line 2, packs.p.version"),
        ('packs: {p: {version: "1.0.0", kind: {}}}', "Did you mean `kinds`?"),
    ],
)
def test_a_rule_that_cannot_be_by_kind_is_refused(kinds: str, why: str) -> None:
    """With its line, before any row is read."""
    with pytest.raises(FindingsError) as refused:
        planned(kinds)
    assert why in str(refused.value)


def test_the_pseudonym_key_is_needed_by_kinds_too() -> None:
    """As by the rule of a column."""
    policy = 'version: "1.0"\nkinds: {email: {action: hmac_hash}}'
    assert parse_policy(policy).needs_pseudonym_key


def test_a_pack_is_read_if_the_trusted_key_signed_it() -> None:
    """One that is unsigned, edited or signed by another key is refused."""
    pack, kinds = pack_of()
    assert (pack.name, pack.version, kinds) == ("health", "1.2.0", KINDS)
    signed = sign_pack(PACK, KEY)
    other = Ed25519PrivateKey.generate()
    for octets in (
        json.dumps(PACK).encode(),
        signed.replace(b"hash", b"null"),
        sign_pack(PACK, other),
        signed.replace(b'"signature": "', b'"signature": "!'),
        b'{"signature": 1}',
        b"[]",
        b"\xff",
        signed + bytes(1 << 20),
        signed.replace(b'"name"', b'"name": "a", "name"'),
    ):
        with pytest.raises(PolicyError):
            read_pack(octets, KEY.public_key())
    with pytest.raises(FindingsError, match="unknown key"):
        pack_of(more=1)


def test_the_trusted_key_comes_from_a_variable(tmp_path: Path) -> None:
    """As hexadecimal digits or a PEM file; without one nothing is installed."""
    public = KEY.public_key()
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    path = tmp_path / "key.pem"
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    path.write_bytes(public.public_bytes(serialization.Encoding.PEM, form))
    for named in (raw.hex(), raw.hex().upper(), str(path)):
        assert trusted_key({KEY_VARIABLE: named}) == public
    for named in ("", raw.hex()[:-1], str(tmp_path), "env://NO_SUCH"):
        with pytest.raises(PolicyError, match=KEY_VARIABLE):
            trusted_key({KEY_VARIABLE: named})


def test_a_pack_must_pass_its_own_tests() -> None:
    """Each that fails is named; one without tests is refused."""
    refuse_failing(pack_of()[0])
    for tests, why in (
        ([], "it has no tests"),
        (
            [PACK["tests"][0] | {"expect": {"action": "null"}}],
            "null is expected, and it would be h",
        ),
        ([PACK["tests"][2] | {"column": "email"}], "copied is expected"),
    ):
        with pytest.raises(PolicyError, match=why):
            refuse_failing(pack_of(tests=tests)[0])
    with pytest.raises(PolicyError, match="nothing is detected as"):
        refuse_failing(pack_of(kinds={"soul": {"action": "hash"}})[0])


def test_a_pack_is_one_line_of_the_policy() -> None:
    """A newer version replaces it, an older one is refused; every other line stays."""
    text = '# ours\nversion: "1.0"   # the format\nunlisted: detect\n'
    once = with_pack(text, *pack_of())
    assert once.startswith(text)
    assert parse_policy(once).packs["health"].version == "1.2.0"
    assert with_pack(once, *pack_of()) == once
    newer = with_pack(once, *pack_of(version="1.10.0"))
    assert newer == once.replace("1.2.0", "1.10.0")
    with pytest.raises(PolicyError, match="which is newer than"):
        with_pack(newer, *pack_of())
    both = with_pack(newer, *pack_of(name="bank"))
    assert {*parse_policy(both).packs} == {"health", "bank"}
    with pytest.raises(PolicyError, match="by hand"):
        with_pack('version: "1.0"\npacks: {}\n', *pack_of())
