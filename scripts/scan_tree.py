"""Looks through every tracked file for secrets and for data that could be a real person's; prints none of it."""

from __future__ import annotations

import ipaddress
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from detect_secrets import SecretsCollection
from detect_secrets.settings import transient_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
# Where random-looking text is what a file is for: hashes of wheels, recorded outputs of masks.
NOISY = re.compile(r"requirements\.lock$|/pools/|\.ambr$|vectors\.json$|/samples/|LICENSE$")
PLUGINS = [
    {"name": name}
    for name in (
        *(
            "AWSKeyDetector",
            "AzureStorageKeyDetector",
            "GitHubTokenDetector",
            "GitLabTokenDetector",
            "JwtTokenDetector",
        ),
        *(
            "NpmDetector",
            "OpenAIDetector",
            "PrivateKeyDetector",
            "PypiTokenDetector",
            "SlackDetector",
            "StripeDetector",
        ),
    )
]
RESERVED = re.compile(r"(^|\.)(example|test|invalid|localhost|local)$|(^|\.)example\.(com|net|org)$")
EMAIL = re.compile(r"(?<![\\\w])[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})\b")
PHONE = re.compile(r"(?<![\w.])\+[1-9]\d{1,2}[ .-]?\(?\d{2,4}\)?[ .-]?\d{3,4}[ .-]?\d{2,4}(?![\w.])")
TEST_PHONE = re.compile(r"\+\d{1,3}\D?555|5550|\+1555|000")
SSN = re.compile(r"(?<![\w-])(\d{3})-(\d{2})-(\d{4})(?![\w-])")
CARD = re.compile(r"(?<![\w.-])(?:\d[ -]?){15}\d(?![\w.-])")
TEST_CARDS = ("4111", "4242", "5555", "3782", "6011", "0000", "4000")
IPV4 = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.])")
REGISTRY = re.compile(r"\b(?:files\.pythonhosted|pypi|registry\.npmjs)\.org\b")
HIGHEST_ISSUED_AREA = 899


def main() -> int:
    """Scan the tree; exit 1 with one line a finding."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    paths = [ROOT / name for name in listed.stdout.split("\0") if name and not NOISY.search(name)]
    findings = sorted(finding for path in paths if path.is_file() for finding in of_file(path))
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def of_file(path: Path) -> Iterator[str]:
    """What one file holds that it should not, by line and kind."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    for number, line in enumerate(text.splitlines(), 1):
        for kind in kinds_in(line):
            yield f"{name}:{number}: {kind}"
    secrets = SecretsCollection()
    with transient_settings({"plugins_used": PLUGINS}):
        secrets.scan_file(str(path))
    for _, secret in secrets:
        yield f"{name}:{secret.line_number}: {secret.type}"


def kinds_in(line: str) -> Iterator[str]:
    """The kinds of data in a line that could be a real person's."""
    if any(not RESERVED.search(match[1].lower()) for match in EMAIL.finditer(line)):
        yield "an e-mail address outside the reserved domains"
    if any(not TEST_PHONE.search(match[0]) for match in PHONE.finditer(line)):
        yield "a phone number outside the test ranges"
    if any(match[1] not in {"000", "666"} and int(match[1]) <= HIGHEST_ISSUED_AREA for match in SSN.finditer(line)):
        yield "a social security number that could be issued"
    if any(is_real_card(re.sub(r"\D", "", match[0])) for match in CARD.finditer(line)):
        yield "a card number that is no test number"
    if any(is_public(match[1]) for match in IPV4.finditer(line)):
        yield "a public IP address"
    if REGISTRY.search(line):
        yield "a registry's host name"


def is_real_card(digits: str) -> bool:
    """Whether the digits pass Luhn's test and are of no test range."""
    doubled = [int(d) * (2 - place % 2) for place, d in enumerate(digits)]
    return sum(sum(divmod(d, 10)) for d in doubled) % 10 == 0 and not digits.startswith(TEST_CARDS)


def is_public(text: str) -> bool:
    """Whether an address could be somebody's."""
    try:
        return ipaddress.ip_address(text).is_global
    except ValueError:
        return False


if __name__ == "__main__":
    sys.exit(main())
