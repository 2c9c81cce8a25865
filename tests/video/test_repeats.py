"""Repeated frames: patterns on paper, and scenes in which nothing does, however compressed."""

from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motilens.video.repeats import LONGEST_PATTERN, Repeats, find_repeats
from motilens.video.survey import survey
from motilens.video.writer import write_video
from tests.video.scenes import glide, scene

PULLDOWN = "5 5 5 5 0"
"""24 a second filed as 30, as the 3:2 pulldown does: one field pair in five repeats."""


def found(changes: str, *, times: int = 1, moved: Iterable[int] = ()) -> Repeats:
    """Repeats of frames with these changes, in grey levels, the first frame's included."""
    change = np.tile(np.array(changes.split(), dtype=float), times)
    return find_repeats(change, np.isin(np.arange(len(change)), list(moved)))


def shown_twice(frames: Iterable[np.ndarray], times: int = 2) -> Iterator[np.ndarray]:
    return chain.from_iterable(repeat(frame, times) for frame in frames)


# --- on paper


@pytest.mark.parametrize(
    ("changes", "cycle", "pictures"),
    [
        ("5 0", 2, 1),
        ("5 0 0", 3, 1),
        ("5 5 5 5 5 0", 6, 5),
        (PULLDOWN, 5, 4),
        ("5 0 0 5 0", 5, 2),  # 24 filed as 60
        ("5 0 0 0 0 0", 6, 1),  # 10 filed as 60
    ],
    ids=["25 as 50", "20 as 60", "25 as 30", "24 as 30", "24 as 60", "10 as 60"],
)
def test_patterns_are_found(changes: str, cycle: int, pictures: int) -> None:
    repeats = found(changes, times=20)
    assert (repeats.kind, repeats.cycle, repeats.pictures_per_cycle) == ("regular", cycle, pictures)
    assert repeats.repeated.tolist() == [value == "0" for value in changes.split()] * 20


def test_a_busy_computer_has_no_pattern() -> None:
    repeats = found("5 5 5 0 5 5 5 5 0 5 5 5 5 5 5 5 5 5 0 5 5 5")
    assert (repeats.kind, np.flatnonzero(repeats.repeated).tolist()) == ("irregular", [3, 8, 18])


def test_one_repeat_in_a_long_video_is_found() -> None:
    repeats = find_repeats(np.where(np.arange(1000) == 500, 0.0, 5.0), np.zeros(1000, dtype=bool))
    assert (repeats.kind, np.flatnonzero(repeats.repeated).tolist()) == ("irregular", [500])


@pytest.mark.parametrize(("change", "kind"), [(0.0, "still"), (0.1, "none"), (5.0, "none")])
def test_what_changes_alike_does_not_repeat(change: float, kind: str) -> None:
    repeats = find_repeats(np.full(60, change), np.zeros(60, dtype=bool))
    assert (repeats.kind, repeats.repeated.any()) == (kind, False)


def test_a_short_video_has_no_repeats() -> None:
    for n_frames in (0, 1):
        repeats = find_repeats(np.zeros(n_frames), np.zeros(n_frames, dtype=bool))
        assert (repeats.kind, len(repeats.repeated)) == ("none", n_frames)


def test_frames_that_change_by_compression_alone_follow_a_pattern_nevertheless() -> None:
    assert found("5.0 1.5", times=20).kind == "regular"
    assert found("5.0 2.5", times=20).kind == "none"


def test_changes_that_alternate_are_no_repeats_if_the_larger_ones_vary() -> None:
    """As of numbers that count up in binary: one digit changes, then two or more."""
    assert found("1 2 1 3 1 2 1 4 1 2 1 3 1 2 1 5", times=5).kind == "none"


def test_key_frames_do_not_make_a_still_scene_repeat() -> None:
    """A key frame of each 12 changes the compression noise of the whole picture; the others change almost nothing."""
    assert found("0.5 " + "0.02 " * 11, times=20).kind == "none"


def test_a_stage_move_does_not_make_the_frames_at_rest_repeat() -> None:
    assert found("0.4 " * 50 + "8 " * 20 + "0.4 " * 30, moved=range(50, 70)).kind == "none"


def test_unchanged_frames_of_a_scene_in_which_little_moves_are_no_repeats() -> None:
    changes = "0.2 0.2 0.2 0.2 0 0.2 0.2 0.2 0.2 0.2 0.2 0 0.2 0.2 0.2 0.2 0.2 0.2"
    assert found(changes).kind == "none"
    assert found(changes.replace("0.2", "0.6")).kind == "irregular"


@given(
    pattern=st.lists(st.booleans(), min_size=2, max_size=12).filter(lambda p: any(p) and not all(p) and not p[0]),
    cycles=st.integers(4, 12),
    grey=st.floats(1, 50),
    seed=st.integers(0, 99),
)
def test_any_pattern_with_a_picture_in_six_frames_is_found(
    pattern: list[bool], cycles: int, grey: float, seed: int
) -> None:
    repeated = np.tile(pattern, cycles)
    wobble = np.random.default_rng(seed).uniform(0.7, 1.0, len(repeated))
    if 6 * (~repeated).sum() < len(repeated):
        return
    repeats = find_repeats(np.where(repeated, 0.0, grey * wobble), np.zeros(len(repeated), dtype=bool))
    assert repeats.kind == "regular"
    assert repeats.repeated.tolist() == repeated.tolist()
    assert repeats.cycle <= min(len(pattern), LONGEST_PATTERN)
    assert repeats.pictures_per_cycle * len(pattern) == repeats.cycle * pattern.count(False)


@given(st.lists(st.floats(0, 255), min_size=1, max_size=80), st.data())
def test_any_changes_give_one_answer_for_each_frame(change: list[float], data: st.DataObject) -> None:
    moved = data.draw(st.lists(st.booleans(), min_size=len(change), max_size=len(change)))
    repeats = find_repeats(np.array(change), np.array(moved))
    assert len(repeats.repeated) == len(change)
    assert not repeats.repeated[0]
    assert repeats.repeated.any() == (repeats.kind in ("regular", "irregular"))


# --- videos


def write_h264(path: Path, frames: Iterable[np.ndarray], options: dict[str, str]) -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=50, options={"preset": "veryfast"} | options)
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width, stream.pix_fmt, stream.thread_count = 240, 320, "yuv420p", 1
        for pixels in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="gray").reformat(format="yuv420p")))
        out.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def slow_scenes() -> dict[str, list[np.ndarray]]:
    """Scenes in which cells move by less than a pixel a frame, or only a few cells do."""
    return {
        "dead, with noise": list(scene(120, speed_px=(0.0, 0.0), noise=3.0)),
        "five slow cells, with noise": list(scene(120, cells=5, speed_px=(0.0, 1.0), noise=1.0)),
        "sixty slow cells": list(scene(120, speed_px=(0.0, 0.3), noise=0.0)),
        "sixty slow cells, with noise": list(scene(120, speed_px=(0.0, 0.5), noise=1.0)),
    }


@pytest.mark.parametrize(
    "options",
    [
        {"crf": "18"},
        {"crf": "28"},
        {"crf": "38"},
        {"crf": "28", "g": "12"},
        {"crf": "30", "g": "25", "bf": "3", "x264-params": "b-adapt=0"},
    ],
    ids=lambda options: " ".join(options.values()),
)
def test_slow_scenes_in_h264_do_not_repeat(
    tmp_path: Path, slow_scenes: dict[str, list[np.ndarray]], options: dict[str, str]
) -> None:
    for name, frames in slow_scenes.items():
        found = survey(write_h264(tmp_path / "v.mp4", frames, options))
        assert (len(found.repeated), found.info.fps_hz) == (0, 50.0), name


def test_a_long_stage_move_does_not_repeat(tmp_path: Path) -> None:
    frames = scene(200, speed_px=(0.0, 2.0), noise=1.0, camera_px=glide(200, start=80, frames=40, by_px=800.0))
    found = survey(write_h264(tmp_path / "v.mp4", frames, {"crf": "23"}))
    assert found.repeated == ()
    assert found.stage_moves


@pytest.mark.parametrize(
    "options",
    [{"crf": "12"}, {"crf": "18"}, {"crf": "23"}, {"crf": "23", "bf": "0"}],
    ids=lambda options: " ".join(options.values()),
)
def test_frames_shown_twice_are_found_in_h264(tmp_path: Path, options: dict[str, str]) -> None:
    found = survey(write_h264(tmp_path / "v.mp4", shown_twice(scene(60)), options))
    assert found.repeated == tuple(range(1, 120, 2))
    assert (found.info.fps_hz, found.info.header_fps_hz, found.info.n_frames) == (25.0, 50.0, 120)
    assert found.problems == (
        "60 of 120 frames repeat the one before, in a regular pattern; they are dropped, which leaves 25.00 frames a "
        "second",
    )


def test_frames_shown_three_times_are_found_in_mjpeg(tmp_path: Path) -> None:
    write_video(tmp_path / "v.avi", shown_twice(scene(30), 3), fps_hz=60.0, codec="mjpeg")
    found = survey(tmp_path / "v.avi")
    assert found.number.tolist() == list(range(0, 90, 3))
    assert found.info.fps_hz == 20.0


def test_real_clips_do_not_repeat(real_data: Path) -> None:
    for clip in ("visem_tracking/82_first15s.mp4", "njit_40cells_60fps_15s.mp4"):
        if not (real_data / clip).exists():
            pytest.skip(f"no {clip} in {real_data}")
        assert survey(real_data / clip).repeated == ()
