"""Looks for secrets and real people's data in every tracked file, and prints only where it is."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from detect_secrets import SecretsCollection
from detect_secrets.settings import transient_settings

from privaci_core.masks.text.looks_real import unreserved

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
# Files of random-looking text: hashes of wheels, recorded outputs of masks.
NOISY = re.compile(r"requirements[a-z-]*\.lock$|/pools/|\.ambr$|vectors\.json$|/samples/|LICENSE$")
DETECTORS = (
    "AWSKeyDetector",
    "AzureStorageKeyDetector",
    "GitHubTokenDetector",
    "GitLabTokenDetector",
    "JwtTokenDetector",
    "NpmDetector",
    "OpenAIDetector",
    "PrivateKeyDetector",
    "PypiTokenDetector",
    "SlackDetector",
    "StripeDetector",
)
REGISTRY = re.compile(r"\b(?:files\.pythonhosted|pypi|registry\.npmjs)\.org\b")


def main() -> int:
    """Print one line per finding; exit 1 where there is any."""
    command = ["git", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [ROOT / name for name in listed.stdout.split("\0") if name and not NOISY.search(name)]
    findings = sorted(finding for path in paths if path.is_file() for finding in of_file(path))
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def of_file(path: Path) -> Iterator[str]:
    """The findings in one file: its line and their kind."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    for number, line in enumerate(text.splitlines(), 1):
        for kind in kinds_in(line):
            yield f"{name}:{number}: {kind}"
    secrets = SecretsCollection()
    with transient_settings({"plugins_used": [{"name": name} for name in DETECTORS]}):
        secrets.scan_file(str(path))
    for _, secret in secrets:
        yield f"{name}:{secret.line_number}: {secret.type}"


def kinds_in(line: str) -> Iterator[str]:
    """What a line has that could be a real person's, or that no commit may contain."""
    yield from unreserved(line)
    if REGISTRY.search(line):
        yield "a registry's host name"


if __name__ == "__main__":
    sys.exit(main())
