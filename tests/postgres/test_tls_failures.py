"""Why TLS failed: each cause tried on a real server, with certificates that openssl made."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from substrate.origin import installed_binaries

from privaci_core.errors import PreflightError
from privaci_core.postgres.session import session

if TYPE_CHECKING:
    from collections.abc import Iterator

OPENSSL = shutil.which("openssl")
# The server of the wheel is built without TLS, that of Debian with it.
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(
        not installed_binaries() or not OPENSSL,
        reason="no server with TLS is installed, or no openssl",
    ),
]
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
HBA = (
    "local all all trust\n"
    "hostssl template1 all all trust clientcert=verify-full\n"
    "hostssl all all all trust\n"
)


@dataclass(frozen=True)
class Guarded:
    """A server that takes TLS alone, and the folder of all certificates."""

    folder: Path
    port: int

    def dsn(self, **options: str) -> str:
        """A connection string by TCP; file names are names in the folder."""
        files = {"sslrootcert", "sslcert", "sslkey"}
        given = {
            key: str(self.folder / value) if key in files else value
            for key, value in options.items()
        }
        address = {"host": "localhost", "hostaddr": "127.0.0.1", "port": self.port}
        return make_conninfo(**({**address, "user": "postgres", "dbname": "postgres"} | given))

    def configure(self, **settings: str) -> None:
        """Set settings and wait until new sessions have them."""
        with psycopg.connect(self.local, autocommit=True) as connection:
            for name, value in settings.items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
            connection.execute("SELECT pg_reload_conf()")
        while not all(self.shown(name) == value for name, value in settings.items()):
            time.sleep(0.05)

    def shown(self, name: str) -> str:
        """A setting as a new session shows it."""
        with psycopg.connect(self.local) as connection:
            row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
        return str(row and row[0])

    @property
    def local(self) -> str:
        """The connection string by its socket, which no TLS guards."""
        return f"host={self.folder} port={self.port} user=postgres dbname=postgres"


def openssl(folder: Path, *words: str) -> None:
    """Run openssl among the certificates."""
    subprocess.run([str(OPENSSL), *words], check=True, capture_output=True, cwd=folder)


def authority(folder: Path, name: str) -> None:
    """An authority that signs certificates."""
    made = ("-keyout", f"{name}.key", "-out", f"{name}.pem")
    openssl(folder, "req", "-x509", *NEW_KEY, "-days", "9", "-subj", f"/CN={name}", *made)


def certificate(folder: Path, name: str, *, owner: str, signer: str, days: str = "9") -> None:
    """A certificate for a host or a user; a negative number of days is one that has expired."""
    asked = ("-keyout", f"{name}.key", "-out", f"{name}.csr")
    openssl(folder, "req", *NEW_KEY, "-subj", f"/CN={owner}", *asked)
    signed = ("-CA", f"{signer}.pem", "-CAkey", f"{signer}.key", "-CAcreateserial")
    asked = ("-in", f"{name}.csr", "-out", f"{name}.pem", "-days", days)
    openssl(folder, "x509", "-req", *asked, *signed)


def all_certificates(folder: Path) -> None:
    """Two authorities, and what they signed."""
    authority(folder, "ours")
    authority(folder, "others")
    certificate(folder, "server", owner="localhost", signer="ours")
    certificate(folder, "old", owner="localhost", signer="ours", days="-1")
    certificate(folder, "user", owner="postgres", signer="ours")
    certificate(folder, "foreign", owner="postgres", signer="others")
    certificate(folder, "olduser", owner="postgres", signer="ours", days="-1")


@pytest.fixture(scope="module")
def guarded() -> Iterator[Guarded]:
    """A server with TLS; Postgres does not run as root, and reads no key of others."""
    # Not pytest's own folder: `nobody` cannot enter that of root.
    with tempfile.TemporaryDirectory(prefix="privaci-tls-") as folder:
        yield from _serving(Path(folder))


def _serving(folder: Path) -> Iterator[Guarded]:
    all_certificates(folder)
    runner = os.geteuid() or pwd.getpwnam("nobody").pw_uid
    user = None if os.geteuid() else runner
    folder.chmod(0o755)
    for path in (folder, folder / "server.key", folder / "old.key"):
        os.chown(path, runner, -1)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    binaries = installed_binaries()[-1]
    made = [binaries / "initdb", "-U", "postgres", "--auth=trust", "--no-sync", "-D"]
    data = folder / "data"
    subprocess.run([*made, data], check=True, capture_output=True, user=user, cwd="/")
    (data / "pg_hba.conf").write_text(HBA)
    (data / "postgresql.conf").write_text(
        f"listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = '{folder}'\n"
        f"fsync = off\nssl = on\nssl_ca_file = '{folder}/ours.pem'\n"
        f"ssl_cert_file = '{folder}/server.pem'\nssl_key_file = '{folder}/server.key'\n"
    )
    control = [binaries / "pg_ctl", "-D", data, "-w", "-l", data / "log"]
    subprocess.run([*control, "start"], check=True, capture_output=True, user=user, cwd="/")
    try:
        yield Guarded(folder, port)
    finally:
        stop = [*control, "stop", "-m", "immediate"]
        subprocess.run(stop, check=True, capture_output=True, user=user, cwd="/")


def told(dsn: str) -> PreflightError:
    """What a failed connection says."""
    with pytest.raises(PreflightError) as failed, session(dsn):
        pass
    return failed.value


def test_certificates_that_fit_are_let_in(guarded: Guarded) -> None:
    """The server answers with its own certificate, and takes the user's."""
    with session(
        guarded.dsn(
            sslmode="verify-full",
            sslrootcert="ours.pem",
            dbname="template1",
            sslcert="user.pem",
            sslkey="user.key",
        )
    ) as connection:
        assert connection.pgconn.ssl_in_use


@pytest.mark.parametrize(
    ("options", "cause", "remedy"),
    [
        ({"sslrootcert": "others.pem"}, "no authority that this machine trusts", "sslrootcert"),
        ({"sslrootcert": "ours.pem", "host": "db.example.test"}, "another host", "verify-ca"),
        ({"sslrootcert": "nothing.pem"}, "the file of the authority's certificate", "sslrootcert"),
        ({"sslrootcert": "ours.key"}, "the file of the authority's certificate", "sslrootcert"),
    ],
)
def test_a_server_that_is_not_the_expected_one_is_told(
    guarded: Guarded, options: dict[str, str], cause: str, remedy: str
) -> None:
    """The authority, the host and the file of the authority have a sentence each."""
    found = told(guarded.dsn(sslmode="verify-full", **options))
    assert cause in found.cause
    assert remedy in found.remediation


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        ({}, "asks for a client certificate"),
        ({"sslcert": "none.pem", "sslkey": "user.key"}, "asks for a client certificate"),
        ({"sslcert": "foreign.pem", "sslkey": "foreign.key"}, "does not trust the client"),
        ({"sslcert": "olduser.pem", "sslkey": "olduser.key"}, "client certificate has expired"),
        ({"sslcert": "user.pem", "sslkey": "user.key", "user": "ann"}, "made out to another user"),
        ({"sslcert": "user.pem", "sslkey": "none.key"}, "key of the client certificate"),
        ({"sslcert": "user.pem", "sslkey": "foreign.key"}, "key of the client certificate"),
        ({"sslcert": "ours.key", "sslkey": "user.key"}, "file of the client certificate"),
    ],
)
def test_a_client_certificate_that_is_refused_is_told(
    guarded: Guarded, options: dict[str, str], cause: str
) -> None:
    """Missing, of another authority, expired, of another user, without its key."""
    found = told(guarded.dsn(sslmode="require", dbname="template1", **options))
    assert cause in found.cause
    assert "sslcert" in found.remediation


def test_a_key_that_others_may_read_is_told(guarded: Guarded) -> None:
    """The driver refuses it; the remedy is its mode."""
    (guarded.folder / "user.key").chmod(0o644)
    try:
        found = told(
            guarded.dsn(
                sslmode="require", dbname="template1", sslcert="user.pem", sslkey="user.key"
            )
        )
    finally:
        (guarded.folder / "user.key").chmod(0o600)
    assert "key of the client certificate" in found.cause
    assert "chmod 600" in found.remediation


def test_a_connection_without_tls_is_told(guarded: Guarded) -> None:
    """The server lets none in."""
    assert "sslmode=require" in told(guarded.dsn(sslmode="disable")).remediation


def test_versions_of_tls_that_do_not_meet_are_told(guarded: Guarded) -> None:
    """The server asks for a newer one than the client may speak."""
    guarded.configure(ssl_min_protocol_version="TLSv1.3")
    try:
        found = told(guarded.dsn(sslmode="require", ssl_max_protocol_version="TLSv1.2"))
    finally:
        guarded.configure(ssl_min_protocol_version="TLSv1.2")
    assert "no version of TLS in common" in found.cause


def test_an_expired_certificate_of_the_server_is_told(guarded: Guarded) -> None:
    """The driver says no more than that it is not valid; what it may be is said with how to see."""
    guarded.configure(
        ssl_cert_file=str(guarded.folder / "old.pem"), ssl_key_file=str(guarded.folder / "old.key")
    )
    try:
        found = told(guarded.dsn(sslmode="verify-full", sslrootcert="ours.pem"))
    finally:
        guarded.configure(
            ssl_cert_file=str(guarded.folder / "server.pem"),
            ssl_key_file=str(guarded.folder / "server.key"),
        )
    assert "has expired" in found.cause
    assert "openssl s_client" in found.remediation


def test_a_server_without_tls_is_told(guarded: Guarded) -> None:
    """It answers that it has none."""
    guarded.configure(ssl="off")
    try:
        required = told(guarded.dsn(sslmode="require"))
        checked = told(guarded.dsn(sslmode="verify-full", sslrootcert="ours.pem"))
    finally:
        guarded.configure(ssl="on")
    assert required.cause == "the URL asks for TLS, and the server offers none"
    assert checked.cause == required.cause
