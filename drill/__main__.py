"""The drill: `scripts/drill --profile smoke|short|long --seed N --json`.

What is being done goes to stderr; stdout gets one line of JSON at the end. The exit code is 0 when every goal is met.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from drill.keeper import kept_clean
from drill.outcome import Outcome
from drill.phases import PROFILES, Part, parts, play
from drill.processes import end_with_parent
from drill.scene import Scene
from drill.verdict import judge
from drill.world import ROOT, EmbeddedWorld, World

BEGAN = time.monotonic()


def main() -> int:
    """Play the profile. Returns the exit code."""
    options = arguments()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    folder = (options.keep or Path(tempfile.mkdtemp(prefix="selaras-drill-"))).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    # PostgreSQL runs as somebody else and has to get through
    folder.chmod(0o711)
    say(f"{options.profile}, seed {options.seed}, in {folder}")
    # seconds are only worth something on a machine that has them
    say(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with kept_clean(folder, keep=bool(options.keep)):
        outcome = run(options, folder)
    for goal in outcome.failed:
        say(f"missed: {goal}")
    say("all goals met" if not outcome.failed else "FAILED")
    print(json.dumps(outcome.as_json()) if options.json else outcome.as_text(), flush=True)
    return 1 if outcome.failed else 0


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="scripts/drill", description="Kill everything, and see what arrives.")
    parser.add_argument("--profile", choices=PROFILES, default="smoke")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000), help="of all chance")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument(
        "--embedded", action="store_true", help="on SQLite and a queue of files, as scripts/up has them"
    )
    parser.add_argument("--only", default="", metavar="PHASE,…", help="these phases alone")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="use this folder and leave what was recorded in it")
    parser.add_argument("--without", choices=("claim", "lease", "unique"), default="", help="break the engine")
    options = parser.parse_args()
    options.only = [name for name in options.only.split(",") if name]
    if options.keep and options.keep.exists() and any(options.keep.iterdir()):
        parser.error(f"{options.keep} is not empty")
    try:
        options.parts = parts(options.profile, options.only, embedded=options.embedded)
    except ValueError as problem:
        parser.error(str(problem))
    return options


def run(options: argparse.Namespace, folder: Path) -> Outcome:
    """Play every scene: what is measured to the second by itself, the rest in two lanes side by side."""
    outcome = Outcome(options.seed, options.profile, whole=not (options.only or options.embedded))
    alone = [part for part in options.parts if not part.aside]
    aside = [part for part in options.parts if part.aside]
    world = EmbeddedWorld(folder) if options.embedded else World(folder)
    try:
        say("making the servers")
        world.open()
        for part in alone:
            play_part(world, part, options, outcome)
        with lane(aside[:1] if len(aside) > 1 else [], options) as other:
            for part in aside[1:] or aside:
                play_part(world, part, options, outcome)
            outcome.add_lane(other())
    finally:
        world.close()
    outcome.close(time.monotonic() - BEGAN)
    return outcome


def play_part(world: World, part: Part, options: argparse.Namespace, outcome: Outcome) -> None:
    """Play one scene and judge it."""
    # each scene has its own chance, so that --only repeats what a whole run did
    chance = random.Random(f"{options.seed} {part.name}")
    seed = chance.randrange(2**31)
    scene = Scene(world, part.name, part.slots(), part.crew, part.size, seed, say, options.without)
    try:
        scene.open()
        drained = play(scene, part.phases, chance)
    finally:
        scene.close()
    say(f"{part.name}: judging")
    verdict = judge(scene.folder, world.database.url(scene.schema))
    outcome.add(part.name, scene.folder, verdict, recoveries=scene.recoveries(), drained=drained)
    if not options.keep:
        world.database.drop(scene.schema)


@contextlib.contextmanager
def lane(wanted: Sequence[Part], options: argparse.Namespace) -> Iterator[Any]:
    """Play these parts in a drill of their own meanwhile. Gives a function that waits for its JSON."""
    if not wanted:
        yield lambda: None
        return
    names = ",".join(phase.name for part in wanted for phase in part.phases)
    command = ["--profile", options.profile, "--seed", str(options.seed), "--only", names, "--json"]
    command += ["--keep", str(options.keep.resolve() / "aside")] if options.keep else []
    command += ["--without", options.without] if options.without else []
    other = subprocess.Popen(
        [sys.executable, "-m", "drill", *command],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, preexec_fn=end_with_parent(signal.SIGTERM),
    )  # fmt: skip

    def result() -> dict[str, Any]:
        said, _ = other.communicate()
        if not said:
            raise RuntimeError(f"the drill of {names} ended without a verdict; it says why above")
        answer: dict[str, Any] = json.loads(said.splitlines()[-1])
        return answer

    try:
        yield result
    finally:
        if other.poll() is None:
            other.terminate()
            other.wait()


def say(words: str) -> None:
    """A line of progress, with the seconds since the start."""
    print(f"{time.monotonic() - BEGAN:7.1f}  {words}", file=sys.stderr, flush=True)


def _end(number: int, _: object) -> NoReturn:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
