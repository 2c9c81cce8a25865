"""Stage moves: found where the picture jumps or slides, and nowhere else."""

from collections.abc import Iterable
from pathlib import Path

import av
import numpy as np
import pytest

from motilens.errors import InputError
from motilens.recordings.inspect import inspect_video
from motilens.video.frame import Conversion, Frame
from motilens.video.moves import MoveDetector, intervals
from tests.video.scenes import glide, scene

N = 120


def found(frames: Iterable[np.ndarray], *, at_once: int = 8) -> list[int]:
    detector, conversion = MoveDetector(), Conversion()
    thumbnails = [
        Frame(index, index / 50, av.VideoFrame.from_ndarray(pixels, format="gray"), conversion).thumbnail()
        for index, pixels in enumerate(frames)
    ]
    moved = [detector.feed_many(thumbnails[start : start + at_once]) for start in range(0, len(thumbnails), at_once)]
    return np.flatnonzero(np.concatenate(moved)).tolist()


@pytest.mark.parametrize("cells", [0, 3, 20, 60, 150])
@pytest.mark.parametrize("speed_px", [(0.0, 0.0), (0.0, 4.0), (3.0, 6.0)])
def test_cells_alone_are_no_move(cells: int, speed_px: tuple[float, float]) -> None:
    assert found(scene(N, cells=cells, speed_px=speed_px)) == []


@pytest.mark.parametrize("changes", [{"noise": 15.0}, {"drift_px": 2.0}, {"drift_px": -1.0, "noise": 10.0}])
def test_noise_and_drift_are_no_move(changes: dict[str, float]) -> None:
    assert found(scene(N, **changes)) == []  # type: ignore[arg-type]


def test_flicker_and_unrelated_pictures_are_no_move() -> None:
    rng = np.random.default_rng(0)
    assert found(np.clip(pixels * rng.uniform(0.9, 1.1), 0, 255).astype(np.uint8) for pixels in scene(N)) == []
    assert found(rng.integers(0, 255, (240, 320), np.uint8) for _ in range(N)) == []
    assert found(np.full((240, 320), 128, np.uint8) for _ in range(N)) == []


@pytest.mark.parametrize("cells", [20, 60, 150])
@pytest.mark.parametrize("at", [5, 60])
def test_a_jump_is_one_frame(cells: int, at: int) -> None:
    camera_px = np.where(np.arange(N)[:, None] >= at, [700.0, 300.0], 0.0)
    assert found(scene(N, cells=cells, camera_px=camera_px)) == [at]


@pytest.mark.parametrize(("frames", "by_px"), [(8, 640.0), (20, 640.0), (40, 640.0), (30, 300.0)])
@pytest.mark.parametrize("cells", [60, 150])
def test_a_slide_is_found_but_for_its_slow_ends(frames: int, by_px: float, cells: int) -> None:
    camera_px = glide(N, start=50, frames=frames, by_px=by_px)
    speed_px = np.r_[0, np.hypot(*np.diff(camera_px, axis=0).T)]
    moving = found(scene(N, cells=cells, camera_px=camera_px))
    assert set(np.flatnonzero(speed_px > 6)) <= set(moving) <= set(np.flatnonzero(speed_px > 0.5))
    assert len(intervals(moving)) == 1


def test_a_field_of_other_cells_is_accepted_after_a_second() -> None:
    calm, busy = list(scene(100, speed_px=(0.0, 0.5))), list(scene(150, speed_px=(5.0, 9.0), seed=1))
    moving = found([*calm, *busy])
    assert moving[0] == 100
    assert moving[-1] < 160


def test_the_decision_looks_back_only() -> None:
    camera_px = glide(N, start=50, frames=20, by_px=640.0)
    frames = list(scene(N, camera_px=camera_px))
    whole = found(frames)
    for stop in (52, 60, 75):
        assert found(frames[:stop]) == [index for index in whole if index < stop]
    assert found(frames, at_once=1) == found(frames, at_once=50) == whole


def test_real_clips_have_no_move(real_data: Path) -> None:
    for clip in ("visem_tracking/82_first15s.mp4", "njit_40cells_60fps_15s.mp4"):
        if not (real_data / clip).exists():
            pytest.skip(f"no {clip} in {real_data}")
        report = inspect_video(real_data / clip)
        assert (report.stage_moves, report.problems, report.lost_frames) == ((), (), ())


def test_intervals() -> None:
    assert intervals([]) == ()
    assert intervals([3, 4, 9]) == ((3, 5), (9, 10))


def test_another_size_is_refused() -> None:
    detector = MoveDetector()
    assert detector.feed_many([]) == []
    assert not detector.feed(np.zeros((30, 40), np.uint8))
    with pytest.raises(InputError, match=r"sizes \[\(30, 40\), \(31, 40\)\]; allowed: one size"):
        detector.feed(np.zeros((31, 40), np.uint8))
