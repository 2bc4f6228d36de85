"""A store writes objects whole or not at all, and never returns other bytes than were written."""

from __future__ import annotations

import resource
import threading
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from substrate.azure_storage import serving_azure
from substrate.object_storage import serving, serving_google

from privaci_core.errors import CopyError, PreflightError
from privaci_core.stores import clients
from privaci_core.stores.extra import optional_module
from privaci_core.stores.store import Store, Stored, open_store, refuse_unencrypted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from substrate.object_storage import Bucket

pytestmark = pytest.mark.unit
SERVERS = {"s3": serving, "gs": serving_google, "az": serving_azure}
# Longer than a part of a multipart upload.
LONG = [b"a" * (9 << 20), memoryview(b"b" * (9 << 20))]


@pytest.fixture(params=["file", "memory", "s3", "gs", "az"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of each kind that this machine has."""
    local = {"file": f"file://{tmp_path}/kept", "memory": f"memory:///{tmp_path.name}"}
    if request.param in local:
        yield open_store(local[request.param], {})
        return
    with SERVERS[request.param](tmp_path / "cloud") as bucket:
        yield open_store(bucket.url, bucket.environ)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that fails is asked once."""
    monkeypatch.setattr(clients, "RETRIES", 0)


def read(store: Store, stored: Stored) -> bytes:
    """All bytes of an object."""
    return b"".join(store.get(stored))


def broken() -> Iterator[bytes]:
    """Bytes that end by an error after the first part was sent."""
    yield from (bytes(piece) for piece in LONG)
    raise RuntimeError


def test_every_kind_of_store_returns_what_was_written(store: Store) -> None:
    """Small and long objects are read as they were written, and listed by folder."""
    small = store.put("one/small", [b"as ", b"it is"])
    long, empty = store.put("one/long", LONG), store.put("two/empty", [])
    assert [read(store, each) for each in (small, empty)] == [b"as it is", b""]
    assert read(store, long) == b"".join(LONG)
    assert store.folders("") == ["one", "two"]
    assert store.names("one") == ["one/long", "one/small"]


def test_a_broken_stream_leaves_no_object(store: Store) -> None:
    """An object whose stream breaks off in its second part is not there."""
    with pytest.raises(RuntimeError):
        store.put("one/long", broken())
    assert store.names("") == []


def test_an_object_is_removed_once_and_may_be_gone(store: Store) -> None:
    """Removing an object twice is no error, and it is not there afterwards."""
    stored = store.put("one/small", [b"x"])
    store.delete([stored.name])
    store.delete([stored.name])
    with pytest.raises(CopyError, match="it is not there"):
        read(store, stored)


def test_one_flipped_byte_is_refused(tmp_path: Path) -> None:
    """An object with one changed byte is not read as whole."""
    store = open_store(f"file://{tmp_path}", {})
    stored = store.put("kept", [bytes(100)])
    damaged = bytearray((tmp_path / "kept").read_bytes())
    damaged[50] ^= 1
    (tmp_path / "kept").write_bytes(damaged)
    with pytest.raises(CopyError, match="not those that were written"):
        read(store, stored)


def test_encrypted_objects_are_read_by_their_recipient_alone(tmp_path: Path) -> None:
    """The stored bytes hold nothing of the text; another key and no key are refused."""
    pyrage = optional_module("pyrage")
    mine, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    url, environ = f"file://{tmp_path}", {"MINE": str(mine), "OTHER": str(other)}
    writer = open_store(url, environ, [str(mine.to_public())])
    stored = writer.put("kept", [b"plain text"] * 300_000)
    assert stored.name == "kept.age"
    assert b"plain text" not in (tmp_path / stored.name).read_bytes()
    assert read(open_store(url, environ, identity="env://MINE"), stored) == b"plain text" * 300_000
    with pytest.raises(CopyError, match="for other recipients"):
        read(open_store(url, environ, identity="env://OTHER"), stored)
    with pytest.raises(PreflightError, match="no identity is given"):
        read(open_store(url, environ), stored)


def pair_of_age() -> tuple[str, str]:
    """A public key, and a file of the private one with what `age-keygen` writes above it."""
    mine = optional_module("pyrage").x25519.Identity.generate()
    return str(mine.to_public()), f"# created: 2026-01-01\n# public key: age1\n\n{mine}\n"


def pair_of_ssh() -> tuple[str, str]:
    """A line of a `.pub` file, and the file of the private key."""
    mine = ed25519.Ed25519PrivateKey.generate()
    public = mine.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    private = mine.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return f"{public.decode()} ada@example.com", private.decode()


@pytest.mark.parametrize("pair", [pair_of_age, pair_of_ssh])
def test_keys_are_read_as_their_files_hold_them(
    pair: Callable[[], tuple[str, str]], tmp_path: Path
) -> None:
    """With comments above and blanks around them; one of several recipients can read."""
    (other, _), (public, private) = pair_of_age(), pair()
    url, environ = f"file://{tmp_path}", {"MINE": f"\n{private}\n"}
    stored = open_store(url, environ, [other, f" {public}\n"]).put("kept", [b"plain text"])
    assert read(open_store(url, environ, identity="env://MINE"), stored) == b"plain text"


def test_a_reader_that_stops_early_ends_the_decryption(tmp_path: Path) -> None:
    """The thread that decrypts ends with its reader."""
    mine = optional_module("pyrage").x25519.Identity.generate()
    store = open_store(
        f"file://{tmp_path}", {"MINE": str(mine)}, [str(mine.to_public())], "env://MINE"
    )
    with closing(store.get(store.put("kept", LONG))) as pieces:
        assert next(pieces)
        assert "privaci-age" in {thread.name for thread in threading.enumerate()}
    assert "privaci-age" not in {thread.name for thread in threading.enumerate()}


def test_a_key_that_is_none_is_not_shown() -> None:
    """A recipient or an identity that is no key is refused, and the text is not quoted."""
    with pytest.raises(PreflightError, match="recipient 1 is not") as found:
        open_store("memory:///keys", {}, ["age1-not-a-key"])
    assert "not-a-key" not in str(found.value)
    stored = Stored(name="kept.age", bytes=0, sha256="")
    store = open_store("memory:///keys", {"KEY": "AGE-SECRET-not-a-key"}, identity="env://KEY")
    with pytest.raises(PreflightError, match="not a private key") as found:
        read(store, stored)
    assert "not-a-key" not in str(found.value)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://host/kept", "a store has a URL"),
        ("s3://name:word@bucket/kept", "more than a place"),
        ("s3://bucket/kept?key=word", "more than a place"),
        ("s3://", "no bucket"),
        ("file://kept", "absolute path"),
    ],
)
def test_a_url_that_is_no_place_is_refused(url: str, why: str) -> None:
    """A URL of another kind, or with credentials in it, opens nothing and is not quoted."""
    with pytest.raises(PreflightError, match=why) as found:
        open_store(url, {})
    assert "word" not in str(found.value)


def test_readable_objects_stay_on_this_machine_unless_allowed(tmp_path: Path) -> None:
    """Without recipients a cloud's store is refused, unless plain objects are asked for."""
    cloud = open_store("s3://bucket/kept", {"AWS_REGION": "us-east-1"})
    with pytest.raises(PreflightError, match="who can read"):
        refuse_unencrypted(cloud, may_be_plain=False)
    refuse_unencrypted(cloud, may_be_plain=True)
    refuse_unencrypted(open_store(f"file://{tmp_path}", {}), may_be_plain=False)


@pytest.mark.usefixtures("impatient")
def test_wrong_credentials_end_in_a_sentence(bucket: Bucket) -> None:
    """A wrong key is refused in words that hold nothing of it."""
    environ = bucket.environ | {"AWS_SECRET_ACCESS_KEY": "anotherkey0123456789"}
    store = open_store(bucket.url, environ)
    ways: list[Callable[[], object]] = [
        lambda: store.put("kept", [b"x"]),
        lambda: store.names(""),
        lambda: store.folders("kept"),
        lambda: store.delete(["kept"]),
    ]
    for way in ways:
        with pytest.raises(CopyError, match="refuses the credentials") as found:
            way()
        assert "anotherkey" not in str(found.value)


@pytest.mark.usefixtures("impatient")
def test_a_server_that_is_killed_in_the_middle_leaves_nothing(bucket: Bucket) -> None:
    """The upload ends in a sentence, and no object is there."""
    store = open_store(bucket.url, bucket.environ)

    def killing() -> Iterator[bytes]:
        yield from (bytes(piece) for piece in LONG)
        bucket.server.kill()
        bucket.server.wait()
        yield from (bytes(piece) for piece in LONG)

    with pytest.raises(CopyError, match="does not answer"):
        store.put("kept", killing())
    assert [path for path in bucket.folder.rglob("*") if path.is_file()] == []


class Failing(BaseHTTPRequestHandler):
    """A store that fails at every request: by an error, or by saying nothing."""

    def fail(self) -> None:
        """Answer 500; a path with `slow` in it is answered too late."""
        if "slow" in self.path:
            time.sleep(1)
        self.send_error(500)

    do_GET = do_PUT = do_POST = do_DELETE = fail  # noqa: N815 - as the base class calls them

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("place", ["broken", "slow"])
def test_a_server_that_fails_ends_in_a_sentence(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer of 500, or none in time, names the store and what to look at."""
    monkeypatch.setattr(clients, "SILENT_SECONDS", 0.3)
    with ThreadingHTTPServer(("127.0.0.1", 0), Failing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environ = {
            "AWS_ACCESS_KEY_ID": "accesskey01",
            "AWS_SECRET_ACCESS_KEY": "secretkey0123456789",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        }
        store = open_store(f"s3://bucket/{place}", environ)
        ways: list[Callable[[], object]] = [
            lambda: store.put("kept", [b"x"]),
            lambda: store.names(""),
            lambda: read(store, Stored(name="kept", bytes=1, sha256="")),
        ]
        for way in ways:
            with pytest.raises(CopyError, match="does not answer, or answers with an error"):
                way()
        server.shutdown()


def test_a_disk_that_takes_no_more_leaves_no_object(tmp_path: Path) -> None:
    """The sentence names the disk, and what was written of the object is gone."""
    store = open_store(f"file://{tmp_path}/kept", {})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(CopyError, match="the operating system refuses it"):
            store.put("kept", LONG)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert store.names("") == []


def test_credentials_may_be_secret_uris(bucket: Bucket, tmp_path: Path) -> None:
    """A variable of the cloud may say where the secret is."""
    place = tmp_path / "word"
    place.write_text(bucket.environ["AWS_SECRET_ACCESS_KEY"])
    place.chmod(0o600)
    environ = bucket.environ | {
        "AWS_SECRET_ACCESS_KEY": f"file://{place}",
        "PRIVACI_SECRET_FILE_ROOTS": str(tmp_path),
    }
    store = open_store(bucket.url, environ)
    assert read(store, store.put("kept", [b"x"])) == b"x"


def test_the_endpoint_of_s3_alone_is_read(bucket: Bucket) -> None:
    """AWS's own name for it comes before that of all services, and an empty variable is none."""
    environ = bucket.environ | {
        "AWS_ENDPOINT_URL_S3": bucket.environ["AWS_ENDPOINT_URL"],
        "AWS_ENDPOINT_URL": "http://nowhere.example.test",
        "AWS_SESSION_TOKEN": "",
    }
    store = open_store(bucket.url, environ)
    assert read(store, store.put("kept", [b"x"])) == b"x"


def test_what_a_killed_writer_left_is_cleared(tmp_path: Path) -> None:
    """A store on disk lists no half written file; named objects and other folders stay."""
    store = open_store(f"file://{tmp_path}/a b", {})
    for name in ("r/t/kept", "r/t/old", "r/u/old", "other/kept"):
        store.put(name, [b"x"])
    top = tmp_path / "a b"
    for half in (top / "r/t/half.parquet#1", top / "r/u/half#12", top / "other/half#1"):
        half.write_bytes(b"half")
    store.clear("r", {"r/t/kept"})
    left = {str(path.relative_to(top)) for path in top.rglob("*") if path.is_file()}
    assert left == {"r/t/kept", "other/kept", "other/half#1"}
    assert not (top / "r/u").exists()
    store.clear("r")
    assert not (top / "r").exists()
    store.clear("never")
