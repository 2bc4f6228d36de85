"""Suspects columns of keys, tokens and long random strings, whatever they are called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from privaci_core.detect.by_contents import ENOUGH, HALF, MOST, SOME, Confidence, Suspicion

if TYPE_CHECKING:
    from privaci_core.detect.recognise import Looks
    from privaci_core.detect.table_context import About

# Names of what is hashed to be told apart, and of keys and places: their values open nothing.
OF_THINGS = re.compile(
    r".*(?:etag|checksum|md5|sha\d*|hash|digest|commit|revision|crc|cursor|blob|content|cache).*"
    r"|(?:.*_)?(?:id|uid|guid|key|ref|rev|slug|path|file|object|version|name|url|ids)"
    r"|.*(?:I[dD]|Uid|Guid|Key|Ref|Rev|Slug|Path|File|Object|Version|Name|Url|Ids)"
)


def suspect_secret(name: str, about: About | None, looks: Looks) -> Suspicion | None:
    """Tokens by their form; random strings where neither name nor table says what they are of."""
    if looks.share("token") >= SOME:
        sure = looks.share("token") >= MOST and looks.distinct >= ENOUGH
        evidence = f"{looks.share('token'):.0%} of {looks.distinct} sampled values look like tokens"
        return Suspicion(kind="secret", confidence="high" if sure else "medium", evidence=evidence)
    is_random = looks.share("secret") >= MOST and looks.distinct >= ENOUGH
    if not is_random or looks.share("uuid") >= HALF or OF_THINGS.fullmatch(name):
        return None
    confidence: Confidence = "high" if about in {"people", "access"} else "medium"
    evidence = f"{looks.share('secret'):.0%} of {looks.distinct} sampled values are long and random"
    return Suspicion(kind="secret", confidence=confidence, evidence=evidence)
