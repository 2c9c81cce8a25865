"""Participants whose counts of cells are known, and folders of tiny untrained networks."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from motilens.config import CounterConfig, InputType, StackConfig, Target
from motilens.networks.counter import Counter
from motilens.networks.counter_file import save_counter
from motilens.recordings.cell_counts import CellCounts
from tests.recordings.fakes import FakeRecording

TINY = CounterConfig(encoder_width=4, widths=(4, 4, 4, 4, 4))


def tiny_counter(input_type: InputType = "I4") -> Counter:
    """An untrained network; the same at every call."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Counter(TINY.model_copy(update={"input_type": input_type})).eval()


def tiny_counters(folder: Path) -> Path:
    """A folder of untrained networks for both targets and input types."""
    targets: tuple[Target, ...] = ("motility", "morphology")
    inputs: tuple[InputType, ...] = ("I1", "I4")
    for target in targets:
        for input_type in inputs:
            save_counter(folder, target, tiny_counter(input_type))
    return folder


class CountedRecording(FakeRecording):
    """A recording whose counts are given: (stack, 6)."""

    def __init__(self, video_id: str, counts: Sequence[Sequence[float]]) -> None:
        super().__init__(video_id, um_per_px=0.5)
        self.counts = counts
        self.asked: list[StackConfig] = []

    def cell_counts(self, counter: Counter, config: StackConfig) -> CellCounts:
        """The given ones, whatever the network."""
        self.asked.append(config)
        counts = tuple(tuple(float(n) for n in row) for row in np.asarray(self.counts, float).reshape(-1, 6))
        times_s = tuple((float(k), k + 0.36) for k in range(len(counts)))
        return CellCounts(
            counts=counts, times_s=times_s, fields=(0,) * len(counts), um_per_px=0.5, cpu_s=0.0, problems=()
        )
