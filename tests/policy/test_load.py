"""The policy file is read whole: every valid file loads, every mistake is found at once."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privaci_core.policy import (
    Bucket,
    Fake,
    Finding,
    FindingsError,
    Json,
    Null,
    Passthrough,
    RegexMask,
    Template,
    load_policy,
    parse_policy,
)

pytestmark = pytest.mark.unit

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.yaml"))
MISTAKES = """\
version: "1.0"
globl_salt: x
on_existing_data: append
unlisted: dney
batch_size: 0
audit_log: maybe
subset: {}
implied_fk_ignore: [orders.email]
replicate_views: false
schema_mode: assume_existing
tables:
  users: {}
  public.users:
    stratgy: exclude
    columns:
      a: {action: fak, provider: email}
      b: {action: fake, provider: emial}
      c: {action: fake, provider: email, sed_alias: x}
      d: hash
      e: {provider: email}
      f: {action: fake}
      g: {action: static, value: 1}
      h: {action: regex_mask, pattern: "(?<=a)b", replace: x}
      i: {action: regex_mask, pattern: "(a)b", replace: '\\2'}
      j: {action: regex_mask, pattern: a, replace: b, flags: [LOCALE]}
      k: {action: ner_mask, entities: [PERSN]}
      l: {action: json, paths: {"$.a": {action: hahs}}}
      m: {action: json, paths: {"a.b": {action: hash}}}
      n: {action: noise}
      o: {action: bucket, edges: [2, 1]}
      p: {action: template, template: "{a"}
      q: {action: fake, provider: email, params: {domian: example.test}}
      a: {action: hash}
relations:
  - {from: "users(id)", to: "public.users(id)"}
  - {from: "public.a(x, y)", to: "public.b(z)"}
"""
FOUND = {
    (2, "globl_salt", "unknown key"),
    (3, "on_existing_data", "`append` is not supported"),
    (4, "unlisted", "unknown choice `dney`"),
    (5, "batch_size", "the value should be greater than or equal to 1"),
    (6, "audit_log", "the value is not true or false"),
    (7, "subset", "the key `start` is missing"),
    (8, "implied_fk_ignore[0]", "a column is named schema.table.column"),
    (9, "replicate_views", "the target is always a whole replica"),
    (10, "schema_mode", "an existing schema is never loaded into"),
    (12, "tables.users", "a table is named schema.table"),
    (14, 'tables."public.users".stratgy', "unknown key"),
    (16, 'tables."public.users".columns.a.action', "unknown action `fak`"),
    (17, 'tables."public.users".columns.b.provider', "unknown provider `emial`"),
    (18, 'tables."public.users".columns.c.sed_alias', "unknown key"),
    (19, 'tables."public.users".columns.d', "an action is a mapping"),
    (20, 'tables."public.users".columns.e', "the key `action` is missing"),
    (21, 'tables."public.users".columns.f', "the key `provider` is missing"),
    (22, 'tables."public.users".columns.g.value', "the value is not text"),
    (
        23,
        'tables."public.users".columns.h.pattern',
        (
            "the pattern does not compile: look-around, including look-ahead and look-behind,"
            " is not supported"
        ),
    ),
    (24, 'tables."public.users".columns.i.replace', "the pattern has no group 2"),
    (25, 'tables."public.users".columns.j.flags', "unknown flag `LOCALE`"),
    (26, 'tables."public.users".columns.k.entities', "unknown entity `PERSN`"),
    (27, 'tables."public.users".columns.l.paths."$.a".action', "unknown action `hahs`"),
    (28, 'tables."public.users".columns.m.paths', "the JSON path `a.b` is malformed"),
    (29, 'tables."public.users".columns.n', "exactly one of ratio, amount is needed, 0 are given"),
    (30, 'tables."public.users".columns.o', "`edges` do not rise"),
    (
        31,
        'tables."public.users".columns.p.template',
        "the template has an unmatched brace",
    ),
    (32, 'tables."public.users".columns.q.params', "`email` has no parameter `domian`"),
    (33, 'tables."public.users".columns.a', "the key is repeated from line 16"),
    (35, "relations[0].from", "a key is named schema.table(column, ..)"),
    (36, "relations[1]", "the two keys differ in length"),
}


def findings(text: str, **known: list[str]) -> tuple[Finding, ...]:
    """What a text is refused for."""
    with pytest.raises(FindingsError) as refused:
        parse_policy(text, **known)
    assert refused.value.exit_code == 3
    assert refused.value.__context__ is None
    return refused.value.findings


def column(rule: str) -> str:
    """A policy of one column with one rule."""
    return f'version: "1.0"\ntables: {{public.t: {{columns: {{c: {rule}}}}}}}\n'


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_valid_files_load(sample: Path) -> None:
    """Every valid file loads as it is."""
    assert load_policy(sample).version == "1.0"


def test_a_file_means_what_it_says() -> None:
    """Values, defaults and spellings of a file arrive where they belong."""
    policy = load_policy(SAMPLES[0].parent / "shop.yaml")
    customers = policy.tables["public.customers"].columns
    assert customers["email"] == Fake(
        action="fake",
        provider="email",
        seed_alias="customer_email",
        params={"domain": "example.test"},
    )
    assert isinstance(customers["nickname"], Null)
    assert isinstance(customers["language"], Passthrough)
    assert policy.tables["internal.events"].strategy == "exclude"
    assert policy.tables["public.orders"].null_orphan_fks
    assert policy.tables["public.orders"].columns["customer_email"].when == "status == 'closed'"
    assert policy.batch_size == 10000
    assert not policy.needs_pseudonym_key


def test_anchors_merge_and_words_stay_words() -> None:
    """Anchors are shared, own keys win over merged ones, and a column named `no` keeps its name."""
    columns = load_policy(SAMPLES[0].parent / "clinic.yaml").tables["clinic.patients"].columns
    assert columns["contact_name"].seed_alias == "contact"
    assert columns["no"].when is None


def test_all_mistakes_are_found_at_once() -> None:
    """One refusal has every mistake, with its line, path, reason and a remedy."""
    found = findings(MISTAKES)
    assert {(finding.line, finding.path, finding.reason) for finding in found} == FOUND
    assert all(finding.remedy for finding in found)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("{action: fak, provider: email}", "Did you mean `fake`?"),
        ("{action: hmac-hash}", "Did you mean `hmac_hash`?"),
        ("{action: fake, provider: E-Mail}", "Did you mean `email`?"),
        ("{action: fake, provider: email, sead_alias: x}", "Did you mean `seed_alias`?"),
        ("{action: hmac_hash, encoding: base64}", "Did you mean `base64url`?"),
        ("passthrough", "Write {action: passthrough}."),
        ("{action: static, value: 12}", "Put it in quotes."),
    ],
)
def test_near_misses_are_suggested(text: str, remedy: str) -> None:
    """A misspelt word is answered by the word that was meant."""
    assert [finding.remedy for finding in findings(column(text))] == [remedy]


@pytest.mark.parametrize("version", ['"2.0"', "1.0", '"1"', "null", "[1.0]"])
def test_other_versions_are_refused(version: str) -> None:
    """Only the text "1.0" is a version that this release reads."""
    (finding,) = findings(f"version: {version}")
    assert (finding.path, finding.line) == ("version", 1)
    assert finding.remedy.startswith('Write version: "1.0"')


@pytest.mark.parametrize("text", ["", "# nothing\n", "null", "- a", "word", "{}"])
def test_a_file_that_is_no_policy_is_refused(text: str) -> None:
    """An empty file, a list and a word are refused, not taken for an empty policy."""
    assert findings(text)


def test_when_is_bounded() -> None:
    """512 characters of `when` are taken, one more is refused."""
    assert parse_policy(column(f"{{action: hash, when: '{'a' * 512}'}}"))
    (finding,) = findings(column(f"{{action: hash, when: '{'a' * 513}'}}"))
    assert finding.path.endswith("columns.c.when")


def test_the_same_table_twice_is_refused() -> None:
    """Two spellings of one table's name are one table."""
    (finding,) = findings('version: "1.0"\ntables: {public.t: {}, \'"public"."t"\': {}}')
    assert "the same table" in finding.reason


def test_lines_and_paths_serve_later_stages() -> None:
    """A later stage makes findings at the line of what it found, under the table's one spelling."""
    policy = parse_policy(
        'version: "1.0"\ntables:\n  \'"public".t\':\n    columns:\n      c: {action: hash}\n'
    )
    finding = policy.finding("tables", "public.t", "columns", "c", reason="r", remedy="m.")
    assert finding == Finding(path='tables."public.t".columns.c', line=5, reason="r", remedy="m.")
    assert policy.line_of("nowhere") is None


def test_the_fingerprint_knows_what_matters() -> None:
    """Layout, comments, order, secrets and written defaults keep it; a rule changes it."""
    first = parse_policy('version: "1.0"\ntables: {a.b: {}, c.d: {columns: {x: {action: hash}}}}')
    same = parse_policy(
        'tables:\n  c.d: {strategy: transform, columns: {x: {action: hash, when: ""}}} # more\n'
        "  a.b: {}\n"
        f'audit_log: true\nversion: "1.0"\nglobal_salt: {"s" * 40}'
    )
    other = parse_policy(
        'version: "1.0"\ntables: {a.b: {}, c.d: {columns: {x: {action: passthrough}}}}'
    )
    assert first.fingerprint() == same.fingerprint() != other.fingerprint()


def test_patterns_reach_the_linear_engine_in_its_words() -> None:
    """Flags, end anchors, group references and dollars are translated for the engine."""
    rule = RegexMask(
        action="regex_mask",
        pattern=r"^(\d+)-(?P<n>x)\Z",
        replace=r"$\1\g<n>\\",
        flags=("IGNORECASE", "DOTALL"),
    )
    assert rule.linear_pattern == r"(?is)^(\d+)-(?P<n>x)\z"
    assert rule.linear_replacement == "$$${1}${n}\\"
    verbose = RegexMask(action="regex_mask", pattern="(a) # one", replace=r"\1", flags=("VERBOSE",))
    assert verbose.linear_pattern == "(?x)(a) # one"


def test_json_paths_are_cut_into_steps() -> None:
    """Members, indexes, wildcards and quoted names become steps, in the order of the file."""
    rule = Json.model_validate(
        {
            "action": "json",
            "paths": {"$": {"action": "hash"}, "$.a.b[*].c[0]['x.y'].*": {"action": None}},
        }
    )
    assert [steps for steps, _ in rule.steps] == [(), ("a", "b", None, "c", 0, "x.y", None)]


def test_templates_are_cut_into_pieces() -> None:
    """A template gives text, columns and spellings in order; doubled braces are braces."""
    rule = Template(action="template", template="{{{a:lower}}}-{b}-{a}")
    assert rule.columns == ("a", "b")
    assert [(piece.text, piece.column) for piece in rule.pieces] == [
        ("{", None),
        ("", "a"),
        ("}", None),
        ("-", None),
        ("", "b"),
        ("-", None),
        ("", "a"),
    ]


def test_labels_name_every_range() -> None:
    """A bucket with too few labels is refused."""
    assert Bucket(action="bucket", edges=(1, 2), labels=("a", "b", "c")).edges == (1.0, 2.0)
    assert "labels" in findings(column("{action: bucket, edges: [1, 2], labels: [a, b]}"))[0].reason


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Any text is a policy or a list of findings, never another error."""
    with suppress(FindingsError):
        assert parse_policy(text).version == "1.0"


def test_a_text_is_checked_once() -> None:
    """A run asks for its policy several times; another text is another policy."""
    text = 'version: "1.0"\nauto_detect: false\n'
    assert parse_policy(text) is parse_policy(text)
    assert parse_policy(text) is not parse_policy(text + "# Another one.\n")


def test_a_file_that_is_not_there_has_no_line_to_correct(tmp_path: Path) -> None:
    """The error says what to do about the file instead."""
    with pytest.raises(FindingsError) as caught:
        load_policy(tmp_path / "none.yaml")
    assert caught.value.cause == "it cannot be read: No such file or directory"
    assert caught.value.remediation == "Name the policy file, or write one with `privaci init`."
