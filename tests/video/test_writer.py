"""Writing videos: what goes in comes out, whole or not at all, always the same bytes."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from motilens.errors import InputError, StorageError
from motilens.video.reader import VideoReader
from motilens.video.writer import Codec, write_video
from tests.video.scenes import number_in, numbered

ENDING = {"mjpeg": ".avi", "h264": ".mp4", "ffv1": ".mkv"}


def read_all(path: Path) -> list[np.ndarray]:
    with VideoReader(path) as reader:
        return [frame.grey() for frame in reader]


@pytest.mark.parametrize("codec", get_args(Codec))
def test_every_codec_gives_the_frames_back(tmp_path: Path, codec: Codec) -> None:
    path = tmp_path / f"video{ENDING[codec]}"
    frames = list(numbered(30))
    assert write_video(path, iter(frames), fps_hz=50.18, codec=codec, quality=4) == 30
    back = read_all(path)
    assert [number_in(pixels) for pixels in back] == list(range(30))
    error = np.abs(np.asarray(back, float) - np.asarray(frames, float))
    assert error.max() == 0 if codec == "ffv1" else error.mean() < 3


@pytest.mark.parametrize("codec", get_args(Codec))
def test_same_frames_same_bytes(tmp_path: Path, codec: Codec) -> None:
    one, other = tmp_path / f"one{ENDING[codec]}", tmp_path / f"other{ENDING[codec]}"
    for path in (one, other):
        write_video(path, numbered(20), fps_hz=50.0, codec=codec)
    assert one.read_bytes() == other.read_bytes()


def test_colour_frames_keep_their_brightness(tmp_path: Path) -> None:
    grey = next(iter(numbered(1)))
    path = tmp_path / "colour.avi"
    write_video(path, [np.repeat(grey[:, :, None], 3, axis=2)] * 3, fps_hz=50.0, codec="ffv1")
    assert np.abs(read_all(path)[0].astype(int) - grey).max() <= 1


@pytest.mark.parametrize(
    ("name", "frames", "codec", "words"),
    [
        ("a.gif", numbered(1), "mjpeg", "cannot write a video named 'a.gif'; allowed endings: .avi, .mp4"),
        ("a.avi", [], "mjpeg", "no frame to write into a.avi"),
        ("a.mp4", numbered(1, height=97), "h264", "128 x 97 pixels as h264; allowed: even sizes"),
        ("a.avi", [np.zeros((96, 128), np.uint16)], "mjpeg", r"cannot write a frame uint16\[96, 128\]"),
        ("a.avi", [np.zeros((96, 128), np.uint8), np.zeros((98, 128), np.uint8)], "mjpeg", "one size in a file"),
    ],
)
def test_refusals_say_what_is_allowed(tmp_path: Path, name: str, frames: list, codec: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        write_video(tmp_path / name, frames, fps_hz=50.0, codec=codec)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_failure_half_way_leaves_nothing(tmp_path: Path) -> None:
    def breaks() -> Iterator[np.ndarray]:
        yield from numbered(5)
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        write_video(tmp_path / "a.avi", breaks(), fps_hz=50.0, codec="mjpeg")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said(small_disk: Path) -> None:
    noise = (np.random.default_rng(number).integers(0, 255, (480, 640), np.uint8) for number in range(40))
    with pytest.raises(StorageError, match="the disk is full"):
        write_video(small_disk / "a.avi", noise, fps_hz=50.0, codec="ffv1")
    assert list(small_disk.iterdir()) == []
