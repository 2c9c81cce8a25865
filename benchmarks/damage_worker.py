"""The process in which ``damaged_files`` runs commands: captures what they print, and limits time and memory."""

import json
import math
import os
import re
import resource
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeAlias

from tests.predictors.made import image_cnn

from motilens.predictors.bundle import save_predictor

RESERVED_OVER_LIMIT = 4
"""What the process may reserve, as a multiple of what it may hold; beyond it an allocation fails."""

KIB, MIB = 1 << 10, 1 << 20

CommandLine: TypeAlias = Callable[[Sequence[str]], int]

PROGRESS = re.compile(r".*: \d+/\d+( .*)?")


@dataclass(frozen=True)
class Limits:
    """What a command may use.

    Attributes:
        cpu_s: processor time, in s.
        memory_mib: memory that the process holds at its peak, in MiB.
    """

    cpu_s: float
    memory_mib: float


@dataclass(frozen=True)
class Outcome:
    """What became of a video.

    Attributes:
        faults: a description of each kind of fault that occurred.
        seconds: wall time of all commands.
        memory_mib: peak memory of the process.
        predicted: 1 if the video has a prediction.
        reason: why it has none.
    """

    faults: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    memory_mib: float = 0.0
    predicted: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Said:
    """What a command printed; without the lines that tell its progress."""

    code: int
    out: list[str]
    err: list[str]


@dataclass(frozen=True)
class Shell:
    """Runs commands whose output goes to files.

    Attributes:
        folder: of the files, and for what the commands write.
        command_line: runs a command and returns its exit code.
    """

    folder: Path
    command_line: CommandLine

    def run(self, *words: str) -> Said:
        """Run a command."""
        for number in (1, 2):
            os.ftruncate(number, 0)
        code = self.command_line(words)
        sys.stdout.flush()
        sys.stderr.flush()
        out, err = ((self.folder / name).read_text(encoding="utf-8").splitlines() for name in ("stdout", "stderr"))
        return Said(code, out, [line for line in err if not PROGRESS.fullmatch(line)])


class WrongLinesError(Exception):
    """A command printed or wrote something else than documented."""


def serve(pipe: Connection, folder: Path, limits: Limits, command_line: CommandLine) -> None:
    """Say that it is ready; then run all commands on each video whose path comes, and send the outcome back."""
    shell = Shell(folder, command_line)
    reserved = int(RESERVED_OVER_LIMIT * limits.memory_mib * MIB)
    resource.setrlimit(resource.RLIMIT_DATA, (reserved, reserved))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number, name in ((1, "stdout"), (2, "stderr")):  # also what libraries in C print
        os.dup2(os.open(folder / name, os.O_CREAT | os.O_RDWR | os.O_APPEND | os.O_TRUNC), number)
    model = folder / "model"
    if not model.exists():
        save_predictor(model, image_cnn("moments"))
    pipe.send("ready")
    while True:
        try:
            video: Path = pipe.recv()
        except EOFError:
            return
        pipe.send(_outcome(video, shell, limits))


def _outcome(video: Path, shell: Shell, limits: Limits) -> Outcome:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # start measuring the peak anew
    faults: dict[str, str] = {}
    predicted, reason = 0, ""
    started = time.perf_counter()
    for command in (_inspect, _extract, _predict):
        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = math.ceil(used.ru_utime + used.ru_stime + limits.cpu_s)
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        try:
            predicted, reason = command(video, shell)
        except WrongLinesError as error:
            faults["wrong_lines"] = f"{command.__name__[1:]}: {error}"
        except MemoryError:
            faults["over_memory"] = f"{command.__name__[1:]}: {_last_lines()}"
        except BaseException:
            faults["tracebacks"] = f"{command.__name__[1:]}: {_last_lines()}"
    seconds = time.perf_counter() - started
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    memory_mib = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * KIB / MIB
    if memory_mib > limits.memory_mib:
        faults["over_memory"] = f"{memory_mib:.0f} MiB"
    return Outcome(faults, seconds, memory_mib, predicted, reason)


def _last_lines() -> str:
    """Describe the exception that is being handled, and where it was raised."""
    return " | ".join(" ".join(line.split()) for line in traceback.format_exc().splitlines()[-5:])


def _check(said: Said, allowed: Sequence[int], n_lines: int | None) -> None:
    """Check the exit code, that an error is one line, and that nothing else is on stderr."""
    if said.code not in allowed:
        raise WrongLinesError(f"exit code {said.code}: {said.err[-1:]}")
    if len(said.err) != (said.code == 1) or not all(line.startswith("motilens: error: ") for line in said.err):
        raise WrongLinesError(f"on stderr: {said.err}")
    if n_lines is not None and len(said.out) != n_lines:
        raise WrongLinesError(f"{len(said.out)} lines instead of {n_lines}: {said.out}")


def _inspect(video: Path, shell: Shell) -> tuple[int, str]:
    said = shell.run("inspect", str(video))
    _check(said, (0, 1), 0 if said.err else None)
    if said.code == 0 and not said.out[0].endswith(video.name):
        raise WrongLinesError(f"begins {said.out[0]!r}")
    return 0, ""


def _extract(video: Path, shell: Shell) -> tuple[int, str]:
    store = shell.folder / "store"
    shutil.rmtree(store, ignore_errors=True)
    stacks = ("--input", "I3", "--stacks", "2", "--size", "16", "--workers", "1")
    said = shell.run("extract", str(video), "--out", str(store), *stacks)
    _check(said, (0, 3), 2)
    _check_first(said, video)
    return 0, ""


def _predict(video: Path, shell: Shell) -> tuple[int, str]:
    file = shell.folder / "predictions.json"
    file.unlink(missing_ok=True)
    said = shell.run("predict", str(video), "--model", str(shell.folder / "model"), "--out", str(file))
    _check(said, (0, 3), 3)
    _check_first(said, video)
    lines = json.loads(file.read_text(encoding="utf-8"), parse_constant=_no_number)
    if len(lines) != 1 or (lines[0]["predicted_pct"] is None) != (said.code == 3):
        raise WrongLinesError(f"{file.name}: {lines}")
    return int(said.code == 0), lines[0]["left_out"] or ""


def _check_first(said: Said, video: Path) -> None:
    """Check that the line of the video is about it, and that the exit code is that of its outcome."""
    left_out = said.out[0].startswith(f"{video.name}: left out: ")
    if not said.out[0].startswith(f"{video.name}: ") or left_out != (said.code == 3):
        raise WrongLinesError(f"exit code {said.code}: {said.out}")


def _no_number(text: str) -> float:
    raise WrongLinesError(f"predictions hold {text}")
