"""A headless Chromium that notes what a page says, asks and breaks, and axe to judge the page."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.python.npm import installed

CHROMIUM = ("@sparticuz/chromium", "147.0.0")
AXE = ("axe-core", "4.14.1")

# Root, as in CI, may not use Chromium's sandbox; all that is opened is this project's own file.
ARGUMENTS = ["--no-sandbox"]
# The fonts that come with it, whatever the machine has.
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


@dataclass
class Visit:
    """A page, and what it did that a page from disk must not do."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def violations(self) -> list[str]:
        """What axe finds that is serious or critical."""
        script = installed(*AXE) / "node_modules" / "axe-core" / "axe.min.js"
        # not as an element of the page, whose policy would keep it out
        self.page.evaluate(script.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run()")
        return [
            f"{one['id']}: {one['help']}: {node['html'][:120]} {node['failureSummary'][:300]}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's Chromium (`CHROMIUM` names another), else the one that npm has a package of."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chrome")
    launch: dict[str, Any] = {"executable_path": program}
    if program is None:
        launch = _from_npm()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(args=ARGUMENTS, **launch)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visit(
    browser: Browser, file: Path, *, scheme: str = "light", width: int = 1400
) -> Iterator[Visit]:
    """Open a file from disk and wait until its charts are drawn."""
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, locale="de-DE"
    )
    page = context.new_page()
    noted = Visit(page)
    page.on("console", lambda message: noted.said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: noted.said.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (noted.said.append("a dialog"), dialog.dismiss()))
    page.on("request", lambda request: noted.asked.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-drawn]", state="attached")
    try:
        yield noted
    finally:
        context.close()


def _from_npm() -> dict[str, Any]:
    """How to start the Chromium of the package, unpacked beside it with the libraries it needs."""
    home = installed(*CHROMIUM)
    unpacked = home / "unpacked"
    if not (unpacked / "chromium").exists():
        fresh = home / "unpacking"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        done = subprocess.run(
            [
                *("node", "--input-type=module", "-e"),
                "import c from '@sparticuz/chromium'; await c.executablePath();",
            ],
            cwd=home,
            # it brings its libraries along where it takes the machine for a bare one
            env=os.environ | {"TMPDIR": str(fresh), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs20.x"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"Chromium was not unpacked:\n{done.stderr}"
        # the package's own file looks in places of its author's; without a font Chromium dies
        (fresh / "fonts" / "fonts.conf").write_text(
            FONTS.format(cache=unpacked / "fonts" / "cache")
        )
        shutil.rmtree(unpacked, ignore_errors=True)
        fresh.rename(unpacked)
    return {
        "executable_path": unpacked / "chromium",
        "env": {
            "PATH": os.environ["PATH"],
            "HOME": str(unpacked),
            "LD_LIBRARY_PATH": str(unpacked / "al2023" / "lib"),
            "FONTCONFIG_PATH": str(unpacked / "fonts"),
        },
    }
