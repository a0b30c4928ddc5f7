"""The report's page: one file, that runs the scripts named by their hash and fetches nothing.

What comes from data is in one block of JSON that the browser does not run, and reaches the page as
text alone (`page.js`). The policy in the page's head would keep even a mistake there from running
or asking anything.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from string import Template

from scripts.report.read import Report

_HERE = Path(__file__).parent

ECHARTS_VERSION = "6.1.0"
ECHARTS_SHA256 = "b66b25aeb4df84e33199dc21694014d336d222cbd9deb0e5a7c14bd6aa0d0fd0"

# Nothing in JSON needs these outside of text, where they may be written so: no end of a script, no
# comment, and no line break that only JavaScript knows.
_ESCAPED = {
    ord(character): f"\\u{ord(character):04x}" for character in ("<", ">", "&", "\u2028", "\u2029")
}


def page(report: Report) -> str:
    """The report as HTML."""
    style, script = _text("page.css"), _text("page.js")
    echarts = _text("echarts/echarts.min.js")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash(echarts)} {_hash(script)}",
            f"style-src {_hash(style)}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return Template(_text("page.html")).substitute(
        policy=policy,
        style=style,
        echarts=echarts,
        script=script,
        data=escaped_json(report.data),
    )


def escaped_json(value: object) -> str:
    """JSON that may stand inside a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # half of a surrogate pair, which JSON can name and UTF-8 cannot
    return text.translate(_ESCAPED).encode("utf-8", "replace").decode()


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
