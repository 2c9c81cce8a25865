"""The simulated side that the realism benchmark makes itself: as many participants, coded as the real clips were."""

from pathlib import Path

import numpy as np
import pytest

from motilens.errors import InputError
from motilens.video.reader import VideoReader
from motilens.video.writer import write_video
from tests.benchmarks.conftest import Load
from tests.video.scenes import numbered


def greys(path: Path) -> np.ndarray:
    with VideoReader(path) as reader:
        return np.stack([frame.grey() for frame in reader]).astype(float)


def test_a_video_goes_through_h264_as_often_as_asked(load: Load, tmp_path: Path) -> None:
    write_video(tmp_path / "a.avi", numbered(30), fps_hz=50.0, codec="ffv1")
    recoded = load("simulated").recoded
    assert recoded(tmp_path / "a.avi", tmp_path / "out", 0) == tmp_path / "a.avi"
    twice = recoded(tmp_path / "a.avi", tmp_path / "out", 2)
    assert twice.name == "a_h264x2.mp4" and (tmp_path / "out" / "a_h264x1.mp4").exists()
    before, after = greys(tmp_path / "a.avi"), greys(twice)
    assert after.shape == before.shape
    error = np.abs(after - before).mean()
    assert 0 < error < 3  # lossy, and the same scene


def test_tracks_without_labels_are_refused(load: Load, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="one of --tracks and --labels came; allowed: both or none"):
        load("simulated").make_simulated(
            tmp_path, [], seconds=1.0, seed=0, recode=0, tracks=tmp_path / "boxes.csv", labels=None
        )
