"""Cleans up after a drill that could not do it itself: `python -m drill.keeper FOLDER [--keep]`.

It waits until the drill closes its end of the pipe, which also happens when that is killed, and then ends every
process with the drill's mark and removes its folder.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from drill.processes import sweep


@contextlib.contextmanager
def kept_clean(folder: Path, *, keep: bool) -> Iterator[None]:
    """Whatever happens within the block, and to this process: afterwards nothing of the drill is left."""
    words = [sys.executable, "-m", "drill.keeper", str(folder), *(["--keep"] if keep else [])]
    # in a group of its own, so that what ends the drill's does not end it
    keeper = subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield
    finally:
        assert keeper.stdin is not None
        keeper.stdin.close()
        keeper.wait()


def main(folder: Path, *, keep: bool) -> None:
    """Wait for the end of the drill, and clean up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while os.read(0, 1024):
        pass
    sweep(folder)
    if not keep:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), keep="--keep" in sys.argv[2:])
