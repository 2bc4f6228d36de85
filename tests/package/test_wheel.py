"""The wheel works where it is installed alone, in a new environment outside the tree."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from substrate.processes import all_gone

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
# The suite tries one interpreter; `make wheel-test` names all.
VARIABLE = "PRIVACI_TEST_PYTHONS"
PYTHONS = os.environ.get(VARIABLE, "3.11").split()
PATIENCE = 60
# Present in both wheels, beside the modules.
DATA = (
    "privaci_core/py.typed",
    "privaci_core/compiled/rows.c",
    "privaci_core/demo/schema.sql",
    "privaci_core/demo/words/given.txt",
    "privaci_core/masks/base/pools/de_DE.last_name.txt",
    "privaci_core/prove/pages/1.html",
    "privaci_core/sql/catalog_columns.sql",
    "privaci_dagster/docs/reference/errors.md",
)
LIBRARY = "privaci_core/compiled/libloops.so"
LOADED = "from privaci_core.compiled import loops; print(loops.LOADED)"
PLACE = "import privaci_core; print(privaci_core.__file__)"
NAMES_POLICY = """
version: "1.0"
auto_detect: false
tables: {public.app_user: {columns: {full_name: {action: ner_mask}}}}
"""
POSTGRES_STORAGE = "storage: {postgres: {postgres_url: {env: DAGSTER_POSTGRES_URL}}}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A virtual environment with the wheel in it, and a folder to work in."""

    binaries: Path
    folder: Path

    def privaci(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run the installed command in the folder."""
        return self.run(str(self.binaries / "privaci"), *words, **environ)

    def python(self, code: str) -> str:
        """What a program prints there."""
        done = self.run(str(self.binaries / "python"), "-c", code)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def run(self, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command that finds nothing of the tree on its path."""
        known = {
            "PATH": f"{self.binaries}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "HOME": str(self.folder),
            "DAGSTER_HOME": str(self.folder / "dagster"),
            "PRIVACI_HOME": str(self.folder / "demo"),
            "SOURCE_DB_URL": "embedded://source/company",
            "TARGET_DB_URL": "embedded://target/copy",
            "ANONYMIZATION_SALT": "the salt of the test suite, long enough",
        }
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**known, **environ},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheel with the compiled loops, and the pure one."""
    return {loops: built(loops, tmp_path_factory.mktemp("dist")) for loops in ("portable", "none")}


def built(loops: str, folder: Path) -> Path:
    """Build one wheel, as `make wheel` does."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    environ = {**os.environ, "PRIVACI_LOOPS": loops}
    subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True)
    (wheel,) = folder.iterdir()
    return wheel


@pytest.fixture(scope="module", params=PYTHONS)
def environment(
    request: pytest.FixtureRequest,
    wheels: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Environment]:
    """An environment of one Python version, with the wheel, its dependencies and a Postgres."""
    folder = tmp_path_factory.mktemp("outside")
    venv = folder / "venv"
    command = [UV, "venv", "--quiet", "--no-python-downloads", "--python", request.param, venv]
    made = subprocess.run(command, cwd=folder, env=finding_pyenv(), check=False)
    if made.returncode:
        pytest.skip(f"this machine has no Python {request.param}")
    install(venv, f"{wheels['portable']}[embedded]")
    yield Environment(binaries=venv / "bin", folder=folder)
    assert all_gone(folder, PATIENCE)


def finding_pyenv() -> dict[str, str]:
    """This environment, in which uv also finds the interpreters that pyenv built."""
    built_here = map(str, Path.home().glob(".pyenv/versions/*/bin"))
    return {**os.environ, "PATH": os.pathsep.join([*built_here, os.environ["PATH"]])}


def install(venv: Path, *words: str) -> None:
    """Install into an environment, at the locked versions where the lock knows a package."""
    command = [UV, "pip", "install", "--quiet", "--python", venv / "bin" / "python", *words]
    bounds = ["--constraints", ROOT / "requirements.lock"]
    environ = {**os.environ, "UV_SYSTEM_CERTS": "1"}
    done = subprocess.run(
        [*command, *bounds], env=environ, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def demo(environment: Environment) -> subprocess.CompletedProcess[str]:
    """What the demo printed; its source is what the other commands read."""
    return environment.privaci("demo", "--home", "demo", "--tier", "mini")


@pytest.fixture
def pure(environment: Environment, wheels: dict[str, Path]) -> Iterator[Environment]:
    """The environment with the pure wheel in place of the other one."""
    again = "--no-deps", "--reinstall"
    install(environment.binaries.parent, *again, str(wheels["none"]))
    yield environment
    install(environment.binaries.parent, *again, str(wheels["portable"]))


def test_wheels_hold_the_package_alone(wheels: dict[str, Path]) -> None:
    """Modules, data and licence: no tests, and a library only where the tag names a platform."""
    for loops, wheel in wheels.items():
        names = zipfile.ZipFile(wheel).namelist()
        about = f"privaci_dagster-{version('privaci-dagster')}.dist-info"
        assert {name.split("/")[0] for name in names} == {"privaci_core", "privaci_dagster", about}
        assert set(DATA) <= set(names)
        assert (LIBRARY in names) == (loops == "portable")
        assert ("manylinux_2_17_x86_64" in wheel.name) == (loops == "portable")
        assert ("py3-none-any" in wheel.name) == (loops == "none")


def test_the_library_needs_no_later_glibc_than_its_tag(wheels: dict[str, Path]) -> None:
    """Every symbol version that it asks for is in glibc 2.17."""
    library = zipfile.ZipFile(wheels["portable"]).read(LIBRARY)
    versions = [
        tuple(map(int, found.split(b"."))) for found in re.findall(rb"GLIBC_([\d.]+)", library)
    ]
    assert versions
    assert max(versions) <= (2, 17)


def test_a_user_masks_a_database(
    environment: Environment, demo: subprocess.CompletedProcess[str]
) -> None:
    """Version, demo, init, plan and run, from an installation that knows nothing of the tree."""
    assert environment.python(LOADED) == "True"
    assert environment.python(PLACE).startswith(str(environment.folder))
    assert re.fullmatch(r"privaci \d+\.\d+\.\d+\n", environment.privaci("--version").stdout)
    assert "checks   5 of 5 passed" in demo.stdout, demo.stderr
    for words in (
        ("init", "--config", "own.yaml"),
        ("plan", "--config", "own.yaml"),
        ("run", "--config", "demo/mask-rules.yaml"),
    ):
        done = environment.privaci(*words)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "24 tables" in done.stdout


@pytest.mark.usefixtures("demo")
def test_a_missing_extra_is_named(environment: Environment) -> None:
    """The UI, Postgres storage and ner_mask each say what to install, without a traceback."""
    storage = environment.folder / "postgres-dagster"
    storage.mkdir()
    (storage / "dagster.yaml").write_text(POSTGRES_STORAGE)
    (environment.folder / "names.yaml").write_text(NAMES_POLICY)
    config = "--config", "names.yaml"
    asked = {
        "ui": environment.privaci("ui"),
        "nlp": environment.privaci("plan", *config),
        "postgres-storage": environment.privaci(
            "run", *config, "--dagster-home", str(storage), DAGSTER_POSTGRES_URL="postgresql:///x"
        ),
    }
    for extra, done in asked.items():
        assert done.returncode != 0
        assert f"pip install 'privaci-dagster[{extra}]'" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("demo")
def test_the_pure_wheel_masks_without_the_loops(pure: Environment) -> None:
    """The demo's refresh once more, by vectors."""
    assert pure.python(LOADED) == "False"
    done = pure.privaci("demo", "--home", "demo", "--tier", "mini")
    assert "checks   5 of 5 passed" in done.stdout, done.stderr
