"""Writing videos: what goes in comes out, whole or not at all, always the same bytes."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import av
import numpy as np
import pytest

from motilens.errors import InputError, StorageError
from motilens.video.picture import Picture
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


def pictures(n_frames: int, *, height: int = 96, width: int = 128) -> Iterator[Picture]:
    """Numbered frames with a left half that is bluish and a right half that is reddish."""
    chroma = np.full((2, height // 2, width // 2), 128, np.uint8)
    chroma[0, :, : width // 4], chroma[1, :, width // 4 :] = 150, 140
    for pixels in numbered(n_frames, height=height, width=width):
        yield Picture(pixels, chroma)


@pytest.mark.parametrize("codec", get_args(Codec))
def test_every_codec_gives_pictures_back(tmp_path: Path, codec: Codec) -> None:
    """FFV1 stores luma in the limited range, 220 levels for 256: off by at most one. The others compress."""
    path = tmp_path / f"video{ENDING[codec]}"
    drawn = list(pictures(30))
    assert write_video(path, iter(drawn), fps_hz=50.0, codec=codec, quality=4) == 30
    back = read_all(path)
    assert [number_in(pixels) for pixels in back] == list(range(30))
    error = np.abs(np.asarray(back, float) - np.asarray([picture.luma for picture in drawn], float))
    assert error.max() <= 1 if codec == "ffv1" else error.mean() < 3


@pytest.mark.parametrize("codec", get_args(Codec))
def test_every_codec_keeps_the_colours_of_pictures(tmp_path: Path, codec: Codec) -> None:
    """As a player shows them: bluish left, reddish right, to within a few levels of compression."""
    path = tmp_path / f"video{ENDING[codec]}"
    (drawn,) = pictures(1)
    write_video(path, [drawn] * 3, fps_hz=50.0, codec=codec, quality=4)
    with av.open(str(path)) as container:
        shown = next(container.decode(video=0)).to_ndarray(format="rgb24").astype(float)
    expected = drawn.rgb().astype(float)
    for side in (np.s_[30:90, 8:56], np.s_[30:90, 72:120]):
        np.testing.assert_allclose(shown[side].mean(axis=(0, 1)), expected[side].mean(axis=(0, 1)), atol=3)


@pytest.mark.parametrize("codec", get_args(Codec))
def test_same_pictures_same_bytes(tmp_path: Path, codec: Codec) -> None:
    one, other = tmp_path / f"one{ENDING[codec]}", tmp_path / f"other{ENDING[codec]}"
    for path in (one, other):
        write_video(path, pictures(10), fps_hz=50.0, codec=codec)
    assert one.read_bytes() == other.read_bytes()


def test_a_picture_and_its_grey_are_one_kind_of_video_for_the_reader(tmp_path: Path) -> None:
    """VISEM's files are MJPEG in colour; read as grey they are the luma, whatever the colours."""
    plain, coloured = tmp_path / "plain.avi", tmp_path / "coloured.avi"
    write_video(plain, numbered(3), fps_hz=50.0, codec="mjpeg", quality=2)
    write_video(coloured, pictures(3), fps_hz=50.0, codec="mjpeg", quality=2)
    np.testing.assert_allclose(np.asarray(read_all(plain), float), np.asarray(read_all(coloured), float), atol=2)


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ([*pictures(1), *pictures(1, height=98)], r"frame \[98, 128, 1\] into a\.avi after frames \[96, 128, 1\]"),
        ([*pictures(1), *numbered(1)], "one size in a file"),
        ([*numbered(1), *pictures(1)], "one size in a file"),
        ([*pictures(1), np.zeros((96, 128, 1), np.uint8)], r"uint8\[96, 128, 1\].*allowed: uint8 \(y, x\)"),
    ],
)
def test_pictures_do_not_mix(tmp_path: Path, frames: list, words: str) -> None:
    with pytest.raises(InputError, match=words):
        write_video(tmp_path / "a.avi", frames, fps_hz=50.0, codec="mjpeg")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "frames", "codec", "words"),
    [
        ("a.gif", numbered(1), "mjpeg", "cannot write a video named 'a.gif'; allowed extensions: .avi, .mp4"),
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
