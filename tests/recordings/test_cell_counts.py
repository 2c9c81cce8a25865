from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import motilens.recordings.cell_counts
from motilens.config import StackConfig
from motilens.errors import TooShortError
from motilens.networks.counter import Counter
from motilens.recordings.cell_counts import CellCounts, CellJob, count_cells
from motilens.video.source import VideoFile
from motilens.video.survey import survey
from motilens.video.writer import write_video
from tests.networks.counters import constant_counter, small_counter
from tests.recordings.films import FPS_HZ, SPEEDS_UM_S, UM_PER_PX, write_film
from tests.tracking.scenes import film, straight

DENSITIES = (0.01, 0.02, 0.03, 0.04, 0.05, 0.0)
"""Cells in each pixel of the maps."""

CONFIG = StackConfig(input_type="I3", stacks_per_video=2, um_per_px=1.0)

MAP_PX = 20 * 30
"""The film has 160 x 240 pixels of 0.5 um: 80 x 120 of 1 um, and the stride is 4."""


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "1_x.avi")


def counted(
    video: Path,
    folder: Path | None,
    *,
    counter: Counter | None = None,
    um_per_px: float = UM_PER_PX,
    config: StackConfig = CONFIG,
) -> CellCounts:
    file = VideoFile.of(video)
    counter = counter or constant_counter(DENSITIES, "I3")
    return count_cells(CellJob(file, um_per_px, config, counter, folder), survey(video, file.reading))


def forbid_cutting(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*args: object, **named: object) -> None:
        pytest.fail("the stacks were cut again")

    monkeypatch.setattr(motilens.recordings.cell_counts, "extract_stacks", cut)


def test_counts_are_sums_over_the_maps_stack_by_stack(video: Path) -> None:
    found = counted(video, None)
    expected = np.tile(MAP_PX * np.array(DENSITIES), (2, 1))
    assert found.array() == pytest.approx(expected, abs=1e-3)
    assert found.um_per_px == UM_PER_PX
    assert [round(end - start, 3) for start, end in found.times_s] == [0.18, 0.18]  # nine frames at 50 Hz
    assert found.problems == ()
    assert found.cpu_s > 0


def test_a_video_without_stacks_has_no_rows() -> None:
    assert CellCounts(counts=(), times_s=(), fields=(), um_per_px=1.0, cpu_s=0.0, problems=()).array().shape == (0, 6)


def test_problems_of_the_stacks_are_said(video: Path) -> None:
    found = counted(video, None, config=CONFIG.model_copy(update={"stacks_per_video": 60}))
    (problem,) = found.problems
    assert problem.startswith("only 52 different stacks of 60 fit")


def test_counts_are_kept(video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = counted(video, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["1_x.json"]
    forbid_cutting(monkeypatch)
    assert counted(video, tmp_path) == first


CHANGES: dict[str, Callable[[Path, Path | None], CellCounts]] = {
    "weights": lambda video, folder: counted(video, folder, counter=constant_counter(DENSITIES[::-1], "I3")),
    "stride": lambda video, folder: counted(video, folder, counter=constant_counter(DENSITIES, "I3", stride=8)),
    "width of a pixel": lambda video, folder: counted(video, folder, um_per_px=2 * UM_PER_PX),
    "settings": lambda video, folder: counted(video, folder, config=CONFIG.model_copy(update={"stacks_per_video": 3})),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_decides_the_counts_makes_new_ones(change: str, video: Path, tmp_path: Path) -> None:
    first = counted(video, tmp_path)
    second = CHANGES[change](video, tmp_path)
    assert second.counts != first.counts
    assert CHANGES[change](video, None).counts == second.counts
    assert counted(video, tmp_path).counts == first.counts


def test_a_video_that_was_exchanged_is_counted_anew(tmp_path: Path) -> None:
    counter = small_counter("I3")
    video = write_film(tmp_path / "1_x.avi", (0.0, 20.0))
    first = counted(video, tmp_path / "cells", counter=counter)
    write_film(video, (0.0, 20.0, 40.0, 0.0))
    second = counted(video, tmp_path / "cells", counter=counter)
    assert second.counts == counted(video, None, counter=counter).counts != first.counts


def test_a_video_that_is_too_short_is_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    video = write_film(tmp_path / "1_x.avi", n_frames=8)
    with pytest.raises(TooShortError, match=r"1_x\.avi has 8 usable frames, a stack needs 9 "):
        counted(video, tmp_path / "cells")
    assert not (tmp_path / "cells").exists()


def test_stacks_before_and_after_a_stage_move_are_of_different_fields(tmp_path: Path) -> None:
    """Two fields, each longer than a stack; the second is cut to the first without a glide."""
    one, other = (film(straight(60, SPEEDS_UM_S), seed=seed) for seed in (0, 1))
    path = tmp_path / "1_x.avi"
    write_video(path, [*one, *(np.fliplr(frame) for frame in other)], fps_hz=FPS_HZ, codec="mjpeg")
    found = counted(path, None, config=CONFIG.model_copy(update={"stacks_per_video": 6}))
    starts_s = np.array([start for start, _ in found.times_s])
    assert found.fields == tuple(int(start >= 60 / FPS_HZ) for start in starts_s)
    assert set(found.fields) == {0, 1}
