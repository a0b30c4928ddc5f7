"""Programs and scripts that npm has, below `target/`, of one version each."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest

from scripts.paths import PROJECT_ROOT


def installed(package: str, version: str) -> Path:
    """The folder whose `node_modules` has a package, fetched the first time.

    Skips where there is no node or npm; a network that is down fails, and skips nothing.
    """
    missing = [name for name in ("node", "npm") if not shutil.which(name)]
    if missing:
        pytest.skip(f"{' and '.join(missing)} must be installed to have {package}")
    home = PROJECT_ROOT / "target" / f"{package.strip('@').replace('/', '-')}-{version}"
    if (home / "node_modules").exists():
        return home
    # moved when it is whole, so that an interruption leaves no half of it
    fresh = home.with_name(f"{home.name}-{uuid4().hex[:8]}")
    fresh.mkdir(parents=True)
    options = ("--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    done = subprocess.run(
        ["npm", "install", *options, "--prefix", str(fresh), f"{package}@{version}"],
        cwd=fresh,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{package} was not installed:\n{done.stderr}"
    shutil.rmtree(home, ignore_errors=True)
    fresh.rename(home)
    return home
