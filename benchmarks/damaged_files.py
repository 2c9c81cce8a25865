"""What becomes of damaged videos: 2,000 small files through ``inspect``, ``extract`` and ``predict``.

    python -m benchmarks.damaged_files --out benchmarks/results/damaged_files.json

damages copies of small videos in five codecs at random (bytes overwritten, deleted, inserted, zeroed or exchanged,
files truncated, headers changed) and calls each command on each copy. A damaged video may be used, left out or refused
in one line; whatever else happens is a fault, and is counted:

- ``tracebacks``: an exception that is not one of motilens's own;
- ``crashes``: the process died;
- ``timeouts``: a command took more processor time or wall time than allowed;
- ``over_memory``: the process held more memory than allowed;
- ``wrong_lines``: not one line for each video, or an exit code or a message that is not as documented.

One process runs many commands, after a warm-up on an undamaged video, and is started again when it has died or hangs.
The copy with the number K depends on the seed and K alone: ``--only K`` makes it again in ``--folder`` and shows what
becomes of it. With ``--folder`` outcomes are kept, and an interrupted run continues; use a new folder for a new version
of motilens. Memory is measured as Linux reports it. Run it in the repository's root.
"""

import argparse
import json
import multiprocessing
import os
import platform
import signal
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from benchmarks.damage import DAMAGES, SOURCES, DamagedCopy, damaged_copy, make_sources
from benchmarks.damage_worker import CommandLine, Limits, Outcome, serve

from motilens.cli.main import main as motilens_main
from motilens.files import write_json

FAULTS = ("tracebacks", "crashes", "timeouts", "over_memory", "wrong_lines")
WALL_OVER_CPU = 4
"""A command may wait for other programs; it may take this many times the allowed processor time."""

GRACE_S = 5.0
"""Time in which a process must end by itself."""


class Worker:
    """A process that runs commands on one video after another, and is replaced when it dies.

    Args:
        folder: for what the commands write.
        limits: what a command may use.
        sound: an undamaged video, on which a new process runs once before anything is measured.
        command_line: runs a command and returns its exit code.
    """

    def __init__(self, folder: Path, limits: Limits, sound: Path, *, command_line: CommandLine = motilens_main) -> None:
        self._folder, self._limits, self._sound, self._command_line = folder, limits, sound, command_line
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def run(self, video: Path) -> Outcome:
        """Run all commands on a video."""
        if self._process is None:
            self._start()
        outcome = self._ask(video)
        if outcome.faults.keys() & {"crashes", "timeouts"}:
            self.stop()
        return outcome

    def stop(self) -> None:
        """End the process: it ends by itself without a pipe, unless it hangs."""
        if self._process is not None and self._pipe is not None:
            self._pipe.close()
            self._process.join(GRACE_S)
            self._process.kill()
            self._process.join()
            self._process = None

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=serve, args=(theirs, self._folder, self._limits, self._command_line), daemon=True
        )
        self._process.start()
        theirs.close()
        self._pipe.recv()  # imports take long on a busy machine, and are not measured
        warm_up = self._ask(self._sound)
        if warm_up.faults or warm_up.predicted != 1:
            raise SystemExit(f"an undamaged video is not predicted: {warm_up}")

    def _ask(self, video: Path) -> Outcome:
        assert self._process is not None and self._pipe is not None, "started before"
        started = time.perf_counter()
        try:
            self._pipe.send(video)
            if not self._pipe.poll(self._limits.cpu_s * WALL_OVER_CPU):
                return Outcome({"timeouts": "waits"}, time.perf_counter() - started)
            return self._pipe.recv()
        except (EOFError, OSError):
            self._process.join()
            code = self._process.exitcode or 0
            kind = "timeouts" if code == -signal.SIGXCPU else "crashes"
            what = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            return Outcome({kind: what}, time.perf_counter() - started)


@dataclass(frozen=True)
class Line:
    """The outcome of one copy, as it is kept."""

    number: int
    source: str
    damage: str
    outcome: Outcome


def told(line: Line) -> str:
    """Describe an outcome in one line."""
    found = line.outcome
    what = "; ".join(f"{kind}: {text}" for kind, text in found.faults.items())
    what = what or ("predicted" if found.predicted else f"left out: {found.reason}")
    return f"{line.number} ({line.source}, {line.damage}): {what}"


def summary(lines: Sequence[Line], *, seed: int, limits: Limits) -> dict[str, object]:
    """Count the outcomes."""
    counts = Counter(kind for line in lines for kind in line.outcome.faults)
    seconds = [line.outcome.seconds for line in lines]
    return {
        "command": f"python -m benchmarks.damaged_files --out FILE --files {len(lines)} --seed {seed}",
        "machine": {"processors": os.cpu_count(), "kind": platform.machine()},
        "versions": {name: version(name) for name in ("motilens", "av", "numpy", "torch")},
        "seed": seed,
        "limits": asdict(limits),
        "files": len(lines),
        **{kind: counts[kind] for kind in FAULTS},
        "predicted": sum(line.outcome.predicted for line in lines),
        "left_out": sum(not line.outcome.predicted and not line.outcome.faults for line in lines),
        "seconds": round(sum(seconds), 1),
        "median_s": round(statistics.median(seconds), 4),
        "longest_s": round(max(seconds), 3),
        "most_memory_mib": round(max(line.outcome.memory_mib for line in lines), 1),
        "codecs": {source: _shares([line for line in lines if line.source == source]) for source in SOURCES},
        "damages": {damage: _shares([line for line in lines if line.damage == damage]) for damage in DAMAGES},
        "faults": [told(line) for line in lines if line.outcome.faults],
    }


def _shares(lines: Sequence[Line]) -> dict[str, int]:
    return {
        "files": len(lines),
        "predicted": sum(line.outcome.predicted for line in lines),
        "faults": sum(bool(line.outcome.faults) for line in lines),
    }


def _kept(file: Path) -> dict[int, Line]:
    """Read the outcomes of an interrupted run."""
    rows = [json.loads(text) for text in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
    return {row["number"]: Line(**(row | {"outcome": Outcome(**row["outcome"])})) for row in rows}


def run(folder: Path, numbers: Sequence[int], *, seed: int, limits: Limits, keep: bool) -> list[Line]:
    """Send damaged copies through the commands.

    Args:
        folder: for the videos, the outcomes so far and what the commands write.
        numbers: of the copies.
        seed: of the sources and the damage.
        limits: what a command may use.
        keep: keep all copies, not only those with a fault.
    """
    sources = make_sources(folder, seed=seed)
    file = folder / f"outcomes-{seed}.jsonl"
    done = {} if keep else _kept(file)
    sound = next(folder.glob("H.264*.mp4"))
    worker = Worker(folder, limits, sound)
    try:
        for number in numbers:
            if number in done:
                continue
            copy: DamagedCopy = damaged_copy(sources, number, seed=seed)
            video = folder / copy.name
            video.write_bytes(copy.content)
            line = Line(number, copy.source, copy.damage, worker.run(video))
            done[number] = line
            if line.outcome.faults or keep:
                print(told(line), flush=True)
            else:
                video.unlink()
            if not keep:
                with file.open("a", encoding="utf-8") as kept:
                    kept.write(json.dumps(asdict(line)) + "\n")
    finally:
        worker.stop()
    return [done[number] for number in numbers]


def main(words: Sequence[str] | None = None) -> int:
    """Run, print the counts and write the JSON; the exit code is 1 if there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="JSON to write; none if it is not given")
    parser.add_argument("--files", type=int, default=2000, help="number of damaged copies")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, metavar="K", help="try the copy with this number only, and keep it")
    parser.add_argument("--folder", type=Path, help="keeps outcomes, so that a run can be continued, and faulty copies")
    parser.add_argument("--cpu-s", type=float, default=60, help="processor time that a command may take, in s")
    parser.add_argument("--memory-mib", type=float, default=2048, help="memory that the process may hold, in MiB")
    options = parser.parse_args(words)
    limits = Limits(options.cpu_s, options.memory_mib)
    with tempfile.TemporaryDirectory() as temporary:
        folder: Path = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        numbers = range(options.files) if options.only is None else [options.only]
        lines = run(folder, numbers, seed=options.seed, limits=limits, keep=options.only is not None)
    found = summary(lines, seed=options.seed, limits=limits)
    print(json.dumps({name: found[name] for name in ("files", *FAULTS, "predicted", "left_out", "seconds")}))
    if options.out is not None:
        write_json(options.out, found)
    return int(any(line.outcome.faults for line in lines))


if __name__ == "__main__":
    raise SystemExit(main())
