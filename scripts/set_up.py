"""Make the virtual environment that the Makefile runs in; standard library alone.

    python3 scripts/set_up.py VENV REQUIREMENTS

Does nothing where VENV already holds what REQUIREMENTS pins. Safe to interrupt and to run twice
at once: one process works at a time, and a stamp is written only when everything stands.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STAMP = "set-up.txt"
# What a larger file installs holds all of the smaller ones, in the same versions.
COVERS = {
    "requirements.txt": ("requirements.txt", "requirements-snowflake.txt", "requirements-dev.txt"),
    "requirements-snowflake.txt": ("requirements-snowflake.txt", "requirements-dev.txt"),
    "requirements-dev.txt": ("requirements-dev.txt",),
}


def main(arguments: list[str]) -> int:
    """Exit code: 0 where the environment is ready, 1 where it could not be made."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs before any pin does
        found = ".".join(map(str, sys.version_info[:2]))
        return _complain(f"Python 3.11 or newer is needed and this is {found}; say make PYTHON=…")
    venv, requirements = (Path(argument).absolute() for argument in arguments)
    if _is_ready(venv, requirements):
        return 0
    with _locked(venv.with_name(f"{venv.name}.lock")):
        # Another make may have finished while this one waited.
        if _is_ready(venv, requirements):
            return 0
        try:
            _install(venv, requirements)
        except (OSError, subprocess.CalledProcessError) as error:
            return _complain(
                f"{venv.name} could not be set up: see above, mend it and run make again ({error})."
            )
        except KeyboardInterrupt:
            return _complain(f"Interrupted: the next make sets {venv.name} up anew.")
    return 0


def _complain(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


def _digest(requirements: Path) -> str:
    """What the stamp says: the Python that was used and the very text of the requirements."""
    content = sys.version.encode() + requirements.read_bytes()
    return hashlib.sha256(content).hexdigest()


def _is_ready(venv: Path, requirements: Path) -> bool:
    stamp = venv / STAMP
    if not stamp.is_file():
        return False
    wanted = {
        _digest(requirements.with_name(name))
        for name in COVERS.get(requirements.name, (requirements.name,))
    }
    return stamp.read_text() in wanted


def _install(venv: Path, requirements: Path) -> None:
    stamp = venv / STAMP
    python = venv / "bin" / "python"
    if not stamp.is_file() and venv.exists():
        # No stamp: someone was interrupted, and a half-installed package looks like a whole one.
        shutil.rmtree(venv)
    stamp.unlink(missing_ok=True)
    print(f"Setting up {venv.name} from {requirements.name} (once) …", file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    subprocess.run(
        [
            *(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--no-input", "--require-hashes", "-r", str(requirements)),
        ],
        check=True,
    )
    # Written beside and moved, so that a stamp is never seen half.
    fresh = stamp.with_suffix(".new")
    fresh.write_text(_digest(requirements))
    fresh.replace(stamp)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold `path` exclusively; the lock goes with the process, however it ends."""
    try:
        import fcntl
    except ImportError:  # Windows has no such lock; there, one make at a time
        yield
        return
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
