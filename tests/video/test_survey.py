"""Surveys of whole files: what is found, what is said, and that nothing is passed over in silence."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from motilens.config import ReadingConfig
from motilens.errors import InputError
from motilens.video.reader import VideoReader
from motilens.video.survey import Survey, survey
from motilens.video.writer import write_video
from tests.video.avi import avi, dib
from tests.video.scenes import glide, make_video, number_in, numbered, scene, write_raw
from tests.video.surveys import make_survey


def accounted(found: Survey) -> None:
    """Every frame of the file is usable, repeated or lost, once."""
    lost = [number for first, stop in found.lost for number in range(first, stop)]
    assert sorted([*found.number.tolist(), *found.repeated, *lost]) == list(range(found.info.n_frames))
    assert found.n_lost == len(lost)


def test_a_healthy_video_has_no_problem(tmp_path: Path) -> None:
    found = survey(make_video(tmp_path / "v.avi", 60))
    accounted(found)
    assert (found.problems, found.lost, found.repeated, found.stage_moves) == ((), (), (), ())
    assert (found.strict, found.reading, found.info.rate_from) == (True, ReadingConfig(), "header")
    assert not found.moved.any()
    assert not found.gap.any()


def test_a_stage_move_after_a_loss_is_a_gap(tmp_path: Path) -> None:
    """Whether the stage moved, or only time passed, cannot be told: no stack spans it, and no move is claimed."""
    camera_px = np.where(np.arange(60)[:, None] >= 30, [700.0, 300.0], 0.0)
    frames = [dib(np.repeat(pixels[:, :, None], 3, axis=2)) for pixels in scene(60, camera_px=camera_px)]
    path = tmp_path / "v.avi"
    path.write_bytes(avi(frames, width=320, height=240))
    assert survey(path).stage_moves == ((30, 31),)
    path.write_bytes(avi(frames, width=320, height=240, empty=[28, 29]))
    found = survey(path)
    accounted(found)
    assert (found.stage_moves, found.number[found.gap].tolist(), found.lost) == ((), [30], ((28, 30),))


def test_a_slide_is_a_stage_move(tmp_path: Path) -> None:
    path = tmp_path / "v.avi"
    write_video(path, scene(80, camera_px=glide(80, start=30, frames=10, by_px=640.0)), fps_hz=50.0, codec="mjpeg")
    ((first, stop),) = survey(path).stage_moves
    assert 30 <= first < stop <= 41


def test_many_losses_are_named_in_part(tmp_path: Path) -> None:
    frames = [dib(np.repeat(pixels[:, :, None], 3, axis=2)) for pixels in numbered(60)]
    (tmp_path / "v.avi").write_bytes(avi(frames, width=128, height=96, empty=[5, 10, 15, 16, 20, 30, 40, 50]))
    found = survey(tmp_path / "v.avi")
    accounted(found)
    assert found.problems == ("8 of 60 frames are missing or could not be decoded (frames 5, 10, 15-16, 20, 30, ...)",)


def test_repeated_frames_are_told_and_not_read(tmp_path: Path) -> None:
    drawn = list(numbered(30))
    drawn[12] = drawn[11]
    write_video(tmp_path / "v.avi", drawn, fps_hz=50.0, codec="ffv1")
    found = survey(tmp_path / "v.avi")
    accounted(found)
    assert (found.repeated, found.skipped) == ((12,), {12})
    with VideoReader(found) as reader:
        assert [frame.index for frame in reader] == [k for k in range(30) if k != 12]


def test_frames_of_another_size_are_skipped_and_told(tmp_path: Path) -> None:
    """As some cameras write a smaller picture when they change their exposure."""
    path = tmp_path / "v.avi"
    small = make_jpegs(list(numbered(30, height=48, width=64)))
    data = [small[k] if k in (7, 8) else jpeg for k, jpeg in enumerate(make_jpegs(list(numbered(30))))]
    path.write_bytes(avi(data, width=128, height=96, code=b"MJPG"))
    found = survey(path)
    accounted(found)
    assert found.number.tolist() == [k for k in range(30) if k not in (7, 8)]
    assert "2 frames have another size than the first one and were skipped" in found.problems
    with VideoReader(found) as reader:
        assert all(frame.index == number_in(frame.grey()) for frame in reader)


def make_jpegs(pictures: list[np.ndarray]) -> list[bytes]:
    encoder = av.CodecContext.create("mjpeg", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.height, encoder.width = pictures[0].shape
    encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1, 50)
    encoder.qmin = encoder.qmax = 2
    frames = [av.VideoFrame.from_ndarray(pixels, format="gray").reformat(format="yuvj420p") for pixels in pictures]
    return [bytes(packet) for frame in frames for packet in encoder.encode(frame)]


def test_a_black_video_is_said(tmp_path: Path) -> None:
    write_video(tmp_path / "v.avi", [np.zeros((96, 128), np.uint8)] * 20, fps_hz=50.0, codec="mjpeg")
    assert survey(tmp_path / "v.avi").problems == ("the picture is black throughout", "the picture never changes")


def test_a_video_that_lights_up_in_its_last_frames_is_not_black(tmp_path: Path) -> None:
    frames = [np.zeros((96, 128), np.uint8)] * 18 + [np.full((96, 128), 90, np.uint8)]
    write_video(tmp_path / "v.avi", frames, fps_hz=50.0, codec="mjpeg")
    assert "the picture is black throughout" not in survey(tmp_path / "v.avi").problems


def test_the_users_rate_is_in_all_that_is_said(tmp_path: Path) -> None:
    path = make_video(tmp_path / "v.avi", 60, fps_hz=25.0)
    assert survey(path).info.fps_hz == 25.0
    found = survey(path, ReadingConfig(fps_hz=60.0))
    assert (found.info.fps_hz, found.info.header_fps_hz, found.info.rate_from) == (60.0, 25.0, "user")
    assert (found.info.duration_s, found.problems) == (1.0, ())
    assert np.allclose(found.time_s, np.arange(60) / 60)


def test_the_change_between_frames_does_not_depend_on_the_range_of_luma(tmp_path: Path) -> None:
    """A scene that is just bright enough to be judged in one range is judged so in the other."""
    drawn = list(scene(40, speed_px=(2.0, 4.0)))
    drawn[20] = drawn[19]
    repeated = set()
    for pixel_format, ending in (("gray", ".mkv"), ("yuv420p", ".mkv"), ("yuvj420p", ".avi")):
        codec = "ffv1" if ending == ".mkv" else "mjpeg"
        path = write_raw(
            tmp_path / f"{pixel_format}{ending}",
            drawn,
            times_ms=range(0, 800, 20),
            codec=codec,
            pixel_format=pixel_format,
        )
        repeated.add(survey(path).repeated)
    assert repeated == {(20,)}


def test_arrays_of_a_survey_have_one_length() -> None:
    with pytest.raises(
        InputError, match=r"survey of v\.avi has arrays of shapes \[\(3,\), \(4,\)\]; allowed: \(frame,\)"
    ):
        Survey(**{**vars(make_survey(np.arange(4) / 50, 50.0)), "moved": np.zeros(3, dtype=bool)})
