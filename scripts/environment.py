"""The virtual environment of `scripts/up` and `scripts/test`: made when missing, filled from a locked file."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv"
OLDEST = (3, 11)


def ready(requirements: str) -> Path:
    """The environment's python, with all of this requirements file installed. Ends the program when it cannot be.

    Installing again is spared while neither the file nor the python has changed.
    """
    python = FOLDER / "bin" / "python"
    content = (ROOT / requirements).read_bytes()
    mark = FOLDER / f"{requirements}.installed"
    wanted = hashlib.sha256(content).hexdigest()
    if works(python) and mark.exists() and mark.read_text() == wanted:
        return python
    if not works(python):
        say("making .venv")
        make()
    say(f"installing {requirements} (a minute or so)")
    install = ["-m", "pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes", "-r", requirements]
    if subprocess.run([python, *install], cwd=ROOT).returncode:
        sys.exit(f"{requirements} could not be installed; pip says why above. It needs the network this one time.")
    mark.write_text(wanted)
    return python


def works(python: Path) -> bool:
    """Is this an interpreter that starts and has pip? A half-made or moved environment does not."""
    return python.exists() and subprocess.run([python, "-c", "import pip"], capture_output=True).returncode == 0


def make() -> None:
    """Make `.venv`, or name what is missing and the command that installs it."""
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
            sys.exit(
                f"This Python lacks its '{module}' module, which Debian and Ubuntu ship as a package of its own.\n"
                f"Install it and start again:  sudo apt install {package}"
            )
    if subprocess.run([sys.executable, "-m", "venv", "--clear", FOLDER]).returncode:
        sys.exit("python -m venv failed; it says why above.")


def recent_python() -> None:
    """Go on with a Python that is recent enough, where there is one."""
    if sys.version_info >= OLDEST:
        return
    for minor in range(14, OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            os.execv(found, [found, *sys.argv])  # noqa: S606
    sys.exit(f"Selaras needs Python 3.{OLDEST[1]} or newer; this is {sys.version.split()[0]}.")


def say(text: str) -> None:
    """Print a line about what is being done, at once."""
    print(f"· {text}", flush=True)
