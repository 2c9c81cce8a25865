"""Cutting one video: the frames are the right ones, whatever the file does."""

import os
from pathlib import Path

import numpy as np
import pytest

from motilens.config import FRAMES, INPUT_TYPES, InputType, StackConfig
from motilens.errors import MissingError, ScaleError, TooShortError, TooSlowError, UndecodableError
from motilens.stacks.counts import count_heads
from motilens.stacks.extract import extract_stacks
from motilens.stacks.stack_batch import StackBatch
from motilens.video.reader import VideoReader
from motilens.video.writer import Codec, write_video
from tests.video.scenes import make_video, number_in, numbered, scene, write_raw
from tests.video.test_reader import frame_starts


def config(
    input_type: InputType = "I4", *, stacks: int = 4, size_px: int = 64, force_slow: bool = False
) -> StackConfig:
    return StackConfig(input_type=input_type, stacks_per_video=stacks, size_px=size_px, force_slow=force_slow)


def numbers(batch: StackBatch) -> list[list[int]]:
    return [[number_in(frame) for frame in stack] for stack in batch.pixels]


@pytest.mark.parametrize(("codec", "ending"), [("mjpeg", ".avi"), ("h264", ".mp4"), ("ffv1", ".mkv")])
@pytest.mark.parametrize("input_type", INPUT_TYPES)
def test_stacks_hold_the_frames_they_say(tmp_path: Path, codec: Codec, ending: str, input_type: InputType) -> None:
    batch, record = extract_stacks(make_video(tmp_path / f"v{ending}", 200, codec=codec), config(input_type))
    frames = FRAMES[input_type]
    assert batch.pixels.shape == (4, frames, 64, 64)
    assert numbers(batch) == batch.frame_idx.tolist()
    assert (np.diff(batch.frame_idx, axis=1) == 1).all()
    assert (record.video_id, record.file, record.status, record.n_stacks) == ("v", f"v{ending}", "extracted", 4)
    assert record.frame_idx == tuple((row[0], row[-1]) for row in batch.frame_idx.tolist())
    assert record.line() == f"v{ending}: extracted, 4 of 4 stacks"
    assert (record.stage_moves, record.n_lost, record.max_time_error_ms) == ((), 0, pytest.approx(0, abs=0.5))
    # Evenly: the ends lie in the middle of quarters of the places where a stack can end.
    slots = 200 - frames + 1
    assert np.abs(batch.frame_idx[:, 0] - (np.arange(4) + 0.5) * slots / 4).max() <= 1


def test_stacks_with_a_given_width_of_a_pixel_keep_the_aspect_ratio(tmp_path: Path) -> None:
    frames = np.full((40, 96, 160), 30, np.uint8)
    frames[:, 48:, 80:] = 130
    write_video(tmp_path / "v.avi", frames, fps_hz=50.0, codec="ffv1")
    in_um = StackConfig(input_type="I3", stacks_per_video=2, um_per_px=1.0)
    batch, record = extract_stacks(tmp_path / "v.avi", in_um, um_per_px=0.5)
    assert batch.pixels.shape == (2, 9, 48, 80)
    assert (batch.pixels[:, :, :23, :39] == 30).all() and (batch.pixels[:, :, 25:, 41:] == 130).all()
    assert (record.um_per_px, record.size_px) == (0.5, (48, 80))
    larger, _ = extract_stacks(tmp_path / "v.avi", in_um, um_per_px=2.0)
    assert larger.pixels.shape == (2, 9, 192, 320)


@pytest.mark.parametrize("um_per_px", [0.1, 500.0])
def test_a_width_of_a_pixel_that_cannot_be_right_is_refused(tmp_path: Path, um_per_px: float) -> None:
    in_um = StackConfig(input_type="I1", um_per_px=1.0)
    with pytest.raises(ScaleError, match=rf"pixels of {um_per_px:g} um, which makes stacks of .*--um-per-px"):
        extract_stacks(make_video(tmp_path / "v.avi", 5), in_um, um_per_px=um_per_px)


def test_overlapping_stacks_and_no_more_than_there_are(tmp_path: Path) -> None:
    path = make_video(tmp_path / "v.avi", 24)
    batch, record = extract_stacks(path, config(stacks=5))
    assert batch.frame_idx[:, 0].tolist() == sorted(set(batch.frame_idx[:, 0].tolist()))
    assert numbers(batch) == batch.frame_idx.tolist()
    assert record.problems == ()
    batch, record = extract_stacks(path, config(stacks=50))
    assert batch.frame_idx[:, 0].tolist() == list(range(7))
    assert numbers(batch) == batch.frame_idx.tolist()
    assert record.problems == ("only 7 different stacks of 50 fit, as the video is short",)


def test_reading_ahead_changes_nothing(tmp_path: Path) -> None:
    path = make_video(tmp_path / "v.mp4", 150, codec="h264")
    batch, record = extract_stacks(path, config())
    other, same = extract_stacks(path, config(), read_ahead=False)
    assert np.array_equal(batch.pixels, other.pixels)
    assert record == same


def test_no_stack_crosses_a_stage_move(tmp_path: Path) -> None:
    n_frames, moves = 260, (70, 150)
    place = np.searchsorted(moves, np.arange(n_frames), side="right")
    write_video(tmp_path / "v.avi", scene(n_frames, camera_px=place[:, None] * [900.0, 300.0]), fps_hz=50.0, quality=2)
    for stacks in (3, 12, 60, 209):
        batch, record = extract_stacks(tmp_path / "v.avi", config(stacks=stacks))
        assert len(batch) == stacks
        assert all(len(set(place[row])) == 1 for row in batch.frame_idx)
        assert record.stage_moves == ((70, 71), (150, 151))


def test_cells_are_counted_in_each_first_frame(tmp_path: Path) -> None:
    write_video(tmp_path / "v.mkv", scene(80, cells=40), fps_hz=50.0, codec="ffv1")
    batch, record = extract_stacks(tmp_path / "v.mkv", config(stacks=3))
    with VideoReader(tmp_path / "v.mkv") as reader:
        counted = [count_heads(frame.grey()) for frame in reader]
    assert batch.cells_seen.tolist() == [counted[first] for first in batch.frame_idx[:, 0]] == list(record.cells_seen)


def test_100_a_second_gives_every_other_frame(tmp_path: Path) -> None:
    batch, record = extract_stacks(make_video(tmp_path / "v.avi", 200, fps_hz=100.0), config(stacks=3))
    assert (np.diff(batch.frame_idx, axis=1) == 2).all()
    assert numbers(batch) == batch.frame_idx.tolist()
    assert record.max_time_error_ms == pytest.approx(0, abs=0.5)


def test_a_variable_rate_is_resampled_by_time(tmp_path: Path) -> None:
    times_ms = np.cumsum([0, *np.random.default_rng(0).integers(5, 16, 180)])
    path = write_raw(tmp_path / "v.mkv", numbered(181), times_ms=times_ms.tolist())
    batch, record = extract_stacks(path, config(stacks=3))
    assert numbers(batch) == batch.frame_idx.tolist()
    elapsed_ms = times_ms[batch.frame_idx] - times_ms[batch.frame_idx[:, :1]]
    error_ms = np.abs(elapsed_ms - np.arange(18) * 20).max()
    assert error_ms <= 20
    assert record.max_time_error_ms == pytest.approx(error_ms, abs=0.01)
    assert record.problems[0].startswith("variable frame rate")


def test_a_gap_in_time_is_not_crossed(tmp_path: Path) -> None:
    times_ms = [*range(0, 1000, 20), *range(1100, 2100, 20)]
    path = write_raw(tmp_path / "v.mkv", numbered(100), times_ms=times_ms)
    batch, _ = extract_stacks(path, config(stacks=9))
    assert len(batch) == 9
    assert all(row[-1] < 50 or row[0] >= 50 for row in batch.frame_idx)


def test_too_slow_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = make_video(tmp_path / "v.avi", 60, fps_hz=25.0)
    with pytest.raises(TooSlowError, match="v.avi has 25 frames a second, 50 are needed.*--force-slow"):
        extract_stacks(path, config())
    batch, record = extract_stacks(path, config(force_slow=True))
    assert len(batch) == 4
    assert "forced: all frames are used although there are 25 a second instead of 50" in record.line()


def test_too_short(tmp_path: Path) -> None:
    path = make_video(tmp_path / "v.avi", 17)
    with pytest.raises(TooShortError, match="v.avi has 17 usable frames, a stack needs 18 consecutive ones"):
        extract_stacks(path, config())
    assert len(extract_stacks(path, config("I3"))[0]) == 4


def test_a_truncated_video_gives_what_decodes(tmp_path: Path) -> None:
    path = make_video(tmp_path / "v.avi", 200)
    os.truncate(path, path.stat().st_size // 2)
    batch, record = extract_stacks(path, config(stacks=6))
    assert len(batch) == 6
    assert numbers(batch) == batch.frame_idx.tolist()
    assert "the header says 200 frames, the file holds" in record.line()


def test_lost_frames_are_not_crossed_and_all_that_fits_is_taken(tmp_path: Path) -> None:
    path = make_video(tmp_path / "v.avi", 100)
    content, lost = bytearray(path.read_bytes()), [30, 31, 75, *range(90, 100)]
    starts = frame_starts(content)
    for number in lost:
        content[starts[number] : starts[number] + 400] = bytes(400)
    path.write_bytes(content)
    slots = (30 - 17) + (75 - 32 - 17)
    for wanted in (slots, 7):
        batch, record = extract_stacks(path, config(stacks=wanted))
        assert len(batch) == wanted
        assert numbers(batch) == batch.frame_idx.tolist()
        assert (np.diff(batch.frame_idx, axis=1) == 1).all()
        assert not set(batch.frame_idx.ravel().tolist()) & set(lost)
        assert record.n_lost == len(lost)
        assert "13 of 100 frames are missing or could not be decoded (frames 30-31, 75, 90-99)" in record.problems


def test_nothing_but_moves_is_too_short(tmp_path: Path) -> None:
    n_frames = 60
    place = np.arange(n_frames) // 10
    write_video(tmp_path / "v.avi", scene(n_frames, camera_px=place[:, None] * [900.0, 300.0]), fps_hz=50.0, quality=2)
    with pytest.raises(TooShortError, match="but never the 18 consecutive ones of a stack because of stage moves;"):
        extract_stacks(tmp_path / "v.avi", config())


def test_what_is_no_video(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no such file"):
        extract_stacks(tmp_path / "none.avi", config())
    (tmp_path / "notes.avi").write_text("patient 7\n")
    with pytest.raises(UndecodableError, match="it holds text"):
        extract_stacks(tmp_path / "notes.avi", config())


def test_the_real_clip(real_data: Path) -> None:
    clip = real_data / "visem_tracking/82_first15s.mp4"
    if not clip.exists():
        pytest.skip(f"no {clip.name} in {real_data}")
    batch, record = extract_stacks(clip, config(stacks=10))
    assert (len(batch), record.stage_moves, record.problems) == (10, (), ())
    assert 0 < (record.max_time_error_ms or 0) < 2  # 50.18 frames a second
    assert 15 < batch.cells_seen.min() <= batch.cells_seen.max() < 60
