"""The command that tries damaged files: a few of them, and commands that go wrong in every way that it counts."""

import json
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from benchmarks.damage import DAMAGES, SOURCES, damaged_copy, make_sources
from benchmarks.damage_worker import MIB, Limits
from benchmarks.damaged_files import FAULTS, Worker, main

from motilens.cli.main import main as motilens_main

LIMITS = Limits(cpu_s=10, memory_mib=1280)  # PyTorch alone holds up to 900


def faulty(words: Sequence[str]) -> int:
    """Run a command; it goes wrong as the video's name says."""
    fault = Path(words[1]).stem
    if fault == "tracebacks":
        raise ZeroDivisionError("of nothing")
    if fault == "crashes":
        os.kill(os.getpid(), signal.SIGSEGV)
    while fault == "timeouts":
        pass
    if fault == "over_memory":
        np.ones(800 * MIB, np.uint8)
    code = motilens_main(words)
    if fault == "wrong_lines":
        print("one line more")
    return code


def test_every_fault_is_counted(tmp_path: Path) -> None:
    content = make_sources(tmp_path, seed=0)["MJPEG in AVI"]
    sound = tmp_path / "sound.avi"
    sound.write_bytes(content)
    worker = Worker(tmp_path, LIMITS, sound, command_line=faulty)
    try:
        for fault in ("tracebacks", "wrong_lines", "over_memory", "timeouts", "crashes"):
            video = tmp_path / f"{fault}.avi"
            video.write_bytes(content)
            outcome = worker.run(video)
            assert set(outcome.faults) == {fault}, outcome
    finally:
        worker.stop()


def test_damaged_files_are_tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "damaged.json"
    words = ["--files", "10", "--folder", str(tmp_path / "f"), "--seed", "1"]
    assert main([*words, "--out", str(out)]) == 0, capsys.readouterr().out
    found = json.loads(out.read_text())
    assert found["files"] == found["predicted"] + found["left_out"] == 10
    assert [found[fault] for fault in FAULTS] == [0] * len(FAULTS)
    assert {name: each["files"] for name, each in found["codecs"].items()} == dict.fromkeys(SOURCES, 2)
    outcomes = tmp_path / "f" / "outcomes-1.jsonl"
    first = outcomes.read_text()
    assert main(words) == 0  # all are known, none is tried again
    assert outcomes.read_text() == first and len(first.splitlines()) == 10


def test_a_copy_can_be_made_again(tmp_path: Path) -> None:
    sources = make_sources(tmp_path, seed=0)
    pairs = set()
    for number in range(35):
        copy = damaged_copy(sources, number, seed=3)
        pairs.add((copy.source, copy.damage))
        assert copy == damaged_copy(sources, number, seed=3)
        if len(copy.content) == len(sources[copy.source]) > 0:
            assert copy.damage in ("overwritten", "zeroed", "exchanged", "header changed")
    assert len(pairs) == len(SOURCES) * len(DAMAGES)
