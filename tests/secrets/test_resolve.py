"""A reference is followed to its secret, and whatever goes wrong says nothing of it."""

from __future__ import annotations

import os
import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from privaci_core.errors import PreflightError
from privaci_core.secrets import resolve

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.unit

SECRET = "not-to-be-seen-0123456789"


def refusal(named: str, environ: dict[str, str] | None = None) -> str:
    """What a reference is refused for."""
    with pytest.raises(PreflightError) as refused:
        resolve(named, environ or {})
    assert SECRET not in str(refused.value)
    assert SECRET not in repr(refused.value.__context__)
    return str(refused.value)


@pytest.fixture
def root(tmp_path: Path) -> dict[str, str]:
    """An environment whose only extra root is this test's own folder."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    return {"PRIVACI_SECRET_FILE_ROOTS": str(folder), "folder": str(folder)}


@given(st.text())
def test_a_plain_value_is_itself(text: str) -> None:
    """What is no reference is the secret."""
    assume("${" not in text)
    assume("://" not in text)
    assert resolve(text, {}).reveal() == text


def test_connection_strings_are_plain_values() -> None:
    """A Postgres URL is a value, and may be kept in a variable."""
    url = "postgresql://user:pw@db.example.test/app"
    assert resolve(url, {}).reveal() == url
    assert resolve("env://SOURCE", {"SOURCE": url}).reveal() == url


def test_variables_are_followed() -> None:
    """`${NAME}` and env:// name a variable, which may hold a reference, but not a circle."""
    environ = {"A": "env://B", "B": "${C}", "C": f"{SECRET}\n", "X": "${Y}", "Y": "env://X"}
    assert resolve("${A}", environ).reveal() == SECRET
    assert "in a circle" in refusal("env://X", environ)


@pytest.mark.parametrize(
    "named", ["${A", "${A}${B}", "pw-${A}", "${}", "env://", "env://A/B", "${A B}"]
)
def test_malformed_references_are_refused(named: str) -> None:
    """A reference that is not the whole value is refused, not used as a value."""
    assert "malformed" in refusal(named, {"A": SECRET, "B": SECRET})


@pytest.mark.parametrize(
    ("named", "near"), [("aws_sm://x", "aws-sm"), ("valt://x", "vault"), ("ENV://A", "env")]
)
def test_unknown_schemes_are_refused(named: str, near: str) -> None:
    """A misspelt scheme is not taken for a value, and the near one is named."""
    assert f"Did you mean {near}://" in refusal(named, {"A": SECRET})


def test_files_lose_their_trailing_newline(root: dict[str, str], tmp_path: Path) -> None:
    """A file under a root is read, its path may be percent-encoded, and its last newline goes."""
    (tmp_path / "secrets" / "a salt").write_text(f"{SECRET}\r\n")
    assert resolve(f"file://{root['folder']}/a%20salt", root).reveal() == SECRET


def test_links_stay_inside_their_root(root: dict[str, str], tmp_path: Path) -> None:
    """A link inside the root is allowed, as mounts use them; one that leads out is refused."""
    folder = tmp_path / "secrets"
    (tmp_path / "outside").write_text(SECRET)
    (folder / "data").mkdir()
    (folder / "data" / "salt").write_text(SECRET)
    (folder / "salt").symlink_to(folder / "data" / "salt")
    (folder / "out").symlink_to(tmp_path / "outside")
    assert resolve(f"file://{folder}/salt", root).reveal() == SECRET
    for path in (
        f"{folder}/out",
        f"{folder}/../outside",
        f"{tmp_path}/outside",
        "/etc/passwd",
        str(folder),
    ):
        assert "outside the allowed roots" in refusal(f"file://{path}", root)


def test_only_small_regular_text_files_are_read(root: dict[str, str], tmp_path: Path) -> None:
    """A folder, a pipe, a missing, a large, a binary and an empty file are refused."""
    folder = tmp_path / "secrets"
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "large").write_text(SECRET * 10_000)
    (folder / "binary").write_bytes(b"\xff\xfe" + SECRET.encode())
    (folder / "empty").write_text("\n")
    told = {
        "folder": "not a regular file",
        "pipe": "not a regular file",
        "none": "cannot be opened",
        "large": "larger than",
        "binary": "not UTF-8",
        "empty": "is empty",
    }
    for name, cause in told.items():
        assert cause in refusal(f"file://{folder}/{name}", root)
    for named in ("file://salt", "file://", f"file://host{folder}/none", "file:///run/secrets/%00"):
        assert "absolute path" in refusal(named, root)


@pytest.mark.parametrize(
    ("named", "module", "extra"),
    [
        ("aws-sm://prod/salt#field", "boto3", "aws"),
        ("azure-kv://vault/salt", "azure.keyvault.secrets", "azure"),
    ],
)
def test_an_absent_client_is_refused_with_its_command(
    monkeypatch: pytest.MonkeyPatch, named: str, module: str, extra: str
) -> None:
    """Without the extra's client, the refusal says which command installs it."""
    monkeypatch.setitem(sys.modules, module, None)
    assert f"pip install 'privaci-dagster[{extra}]'" in refusal(named)


@pytest.mark.parametrize(
    "named", ["aws-sm://", "azure-kv://vault", "azure-kv://", "vault://", "vault://mount"]
)
def test_incomplete_uris_are_refused(named: str) -> None:
    """A URI that leaves out where to look is refused with the form it should have."""
    assert f"Write {named.partition('://')[0]}://<" in refusal(named)


def stub(monkeypatch: pytest.MonkeyPatch, name: str, **attributes: Any) -> None:
    """Put a module in the place of a client library that is not installed here."""
    module = ModuleType(name)
    vars(module).update(attributes)
    monkeypatch.setitem(sys.modules, name, module)


def test_aws_secrets_are_read_in_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client gets region, timeouts and name; a JSON field is read; errors hide their text."""
    asked: dict[str, Any] = {}

    def get_secret_value(**arguments: str) -> dict[str, str]:
        asked.update(arguments)
        if arguments["SecretId"] == "gone":
            raise RuntimeError(SECRET)
        return {"SecretString": f'{{"salt": "{SECRET}"}}'}

    def client(_service: str, **options: Any) -> SimpleNamespace:
        asked.update(options)
        return SimpleNamespace(get_secret_value=get_secret_value)

    stub(monkeypatch, "boto3", client=client)
    stub(monkeypatch, "botocore", config=None)
    stub(monkeypatch, "botocore.config", Config=dict)
    assert (
        resolve("aws-sm://arn:aws:secret:prod/masking?region=eu-west-1#salt", {}).reveal() == SECRET
    )
    assert (asked["SecretId"], asked["region_name"]) == ("arn:aws:secret:prod/masking", "eu-west-1")
    assert asked["config"]["read_timeout"] <= 10
    assert "no text field `other`" in refusal("aws-sm://prod#other")
    assert "failed (RuntimeError)" in refusal("aws-sm://gone")


def test_azure_secrets_are_read_in_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client gets address, timeouts, name and version; errors hide their text."""
    asked: list[Any] = []

    def client(address: str, _credential: object, **options: Any) -> SimpleNamespace:
        asked.extend([address, options])
        return SimpleNamespace(
            get_secret=lambda name, version: asked.append((name, version)) or known[name]
        )

    known = {"salt": SimpleNamespace(value=SECRET)}
    for package in ("azure", "azure.keyvault"):
        stub(monkeypatch, package, __path__=[])
    stub(monkeypatch, "azure.keyvault.secrets", SecretClient=client)
    stub(monkeypatch, "azure.identity", DefaultAzureCredential=object)
    assert resolve("azure-kv://masking/salt/v2", {}).reveal() == SECRET
    assert asked[0] == "https://masking.vault.azure.net"
    assert asked[1]["read_timeout"] <= 10
    assert asked[2] == ("salt", "v2")
    assert "failed (KeyError)" in refusal("azure-kv://masking/other")
