"""Recordings that are surveyed in part: the same stacks and counts, and a full survey where that was not enough."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

import motilens.video.survey_file
from motilens.config import StackConfig
from motilens.recordings.recording import Recording
from motilens.video.writer import write_video
from tests.networks.counters import constant_counter
from tests.recordings.test_recording import count_calls
from tests.video.long_films import film, place

STACKS = StackConfig(input_type="I3", stacks_per_video=20, size_px=64)
"""One of the stacks has frames 399 to 407."""


def there_and_back() -> Iterable[np.ndarray]:
    """A stage move between two samples, 400 and 425, in a stack."""
    return film(camera_px=place((405, 410, (300, 300))))


def written(path: Path, frames: Iterable[np.ndarray]) -> Path:
    write_video(path, frames, fps_hz=50.0, codec="mjpeg", quality=2)
    return path


def check_same_stacks(sparse: Recording, full: Recording) -> None:
    batch, same = sparse.stacks(STACKS), full.stacks(STACKS)
    assert np.array_equal(batch.pixels, same.pixels)
    assert np.array_equal(batch.frame_idx, same.frame_idx)
    assert np.array_equal(batch.cells_seen, same.cells_seen)
    assert sparse.stack_record(STACKS).problems == full.stack_record(STACKS).problems


def test_the_same_stacks_from_a_part_of_the_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "v.avi", film(camera_px=place((155, 600, (300, 300)))))
    full, sparse = Recording(path), Recording(path, sparse=True)
    assert full.info.survey == "full"
    surveys = count_calls(monkeypatch, motilens.video.survey_file, "survey")
    check_same_stacks(sparse, full)
    assert (sparse.info.survey, surveys) == ("sparse", [])


def test_all_frames_are_surveyed_if_something_was_overlooked(tmp_path: Path) -> None:
    path = written(tmp_path / "v.avi", there_and_back())
    full, sparse = Recording(path), Recording(path, sparse=True)
    assert sparse.info.survey == "sparse"
    check_same_stacks(sparse, full)
    assert sparse.info == full.info
    assert sparse.survey.moved.any()


def test_all_frames_are_surveyed_if_counting_finds_something(tmp_path: Path) -> None:
    path = written(tmp_path / "v.avi", there_and_back())
    in_um = STACKS.model_copy(update={"um_per_px": 1.0})
    counter = constant_counter((0.01, 0.02, 0.03, 0.04, 0.05, 0.0), "I3")
    sparse = Recording(path, um_per_px=0.5, sparse=True)
    counts = sparse.cell_counts(counter, in_um)
    assert counts.times_s == Recording(path, um_per_px=0.5).cell_counts(counter, in_um).times_s
    assert sparse.info.survey == "full"


def test_a_cache_keeps_full_surveys(tmp_path: Path) -> None:
    path = written(tmp_path / "v.avi", film())
    assert Recording(path, cache=tmp_path / "cache", sparse=True).info.survey == "full"
