"""Headers of AVIs made by hand: what is read of them, and that pixels, numbers and times of their frames are right."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motilens.video.avi_header import AviHeader, read_avi_header
from motilens.video.reader import VideoReader
from motilens.video.survey import Survey
from tests.video.avi import GREY_PALETTE, avi, dib
from tests.video.scenes import make_video, numbered

FRAMES = list(numbered(40))
HEIGHT, WIDTH = FRAMES[0].shape
RGB = [dib(np.repeat(pixels[:, :, None], 3, axis=2)) for pixels in FRAMES]


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def read(path: Path) -> tuple[Survey, dict[int, np.ndarray]]:
    with VideoReader(path) as reader:
        return reader.survey, {frame.index: frame.grey() for frame in reader}


def check(path: Path, numbers: list[int] | None = None) -> Survey:
    """Every frame that should be there is, with its pixels and its number."""
    found, frames = read(path)
    assert list(frames) == (list(range(len(FRAMES))) if numbers is None else numbers)
    for number, pixels in frames.items():
        assert np.abs(pixels.astype(int) - FRAMES[number]).max() <= 1
    return found


# --- the header


def test_the_header_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "v.avi", avi(RGB[:1], width=WIDTH, height=HEIGHT, code=b"Y16 ", bits=16))
    assert read_avi_header(path) == AviHeader(b"Y16 ", WIDTH, HEIGHT, has_rate=True, start=0)


@pytest.mark.parametrize(
    ("rate", "us_per_frame", "has_rate"),
    [((50, 1), 0, True), ((0, 0), 20_000, True), ((0, 0), 0, False), ((50, 0), 0, False), ((0, 1), 0, False)],
)
def test_a_rate_stands_in_the_stream_or_in_the_file(
    tmp_path: Path, rate: tuple[int, int], us_per_frame: int, has_rate: bool
) -> None:
    content = avi(RGB[:1], width=WIDTH, height=HEIGHT, rate=rate, us_per_frame=us_per_frame)
    header = read_avi_header(write(tmp_path / "v.avi", content))
    assert header is not None
    assert header.has_rate == has_rate


def test_other_files_have_no_such_header(tmp_path: Path) -> None:
    assert read_avi_header(make_video(tmp_path / "v.mkv", 5, codec="ffv1")) is None
    assert read_avi_header(write(tmp_path / "v.wav", b"RIFF\x24\0\0\0WAVEfmt ")) is None


@given(at=st.integers(0, 300), length=st.integers(0, 300), byte=st.integers(0, 255))
def test_a_damaged_header_gives_a_header_or_none(
    tmp_path_factory: pytest.TempPathFactory, at: int, length: int, byte: int
) -> None:
    content = bytearray(avi(RGB[:1], width=WIDTH, height=HEIGHT))
    content[at : at + length] = bytes([byte]) * len(content[at : at + length])
    path = write(tmp_path_factory.getbasetemp() / "damaged.avi", bytes(content))
    assert isinstance(read_avi_header(path), AviHeader | None)
    assert isinstance(read_avi_header(write(path, bytes(content[:at]))), AviHeader | None)


# --- pixels and numbers


def test_pixels_with_a_palette(tmp_path: Path) -> None:
    data = [dib(pixels) for pixels in FRAMES]
    path = write(tmp_path / "v.avi", avi(data, width=WIDTH, height=HEIGHT, bits=8, palette=GREY_PALETTE))
    assert check(path).problems == ()


def test_pixels_with_a_palette_and_a_width_that_is_no_multiple_of_four(tmp_path: Path) -> None:
    data = [dib(pixels[:, :-1]) for pixels in FRAMES]
    path = write(tmp_path / "v.avi", avi(data, width=WIDTH - 1, height=HEIGHT, bits=8, palette=GREY_PALETTE))
    _, frames = read(path)
    for number, pixels in frames.items():
        assert np.array_equal(pixels, FRAMES[number][:, :-1])


def test_a_palette_may_count_down(tmp_path: Path) -> None:
    data = [dib(255 - pixels) for pixels in FRAMES]
    inverted = np.frombuffer(GREY_PALETTE, np.uint8).reshape(256, 4)[::-1].tobytes()
    check(write(tmp_path / "v.avi", avi(data, width=WIDTH, height=HEIGHT, bits=8, palette=inverted)))


def test_without_a_palette_pixels_are_grey_values(tmp_path: Path) -> None:
    data = [dib(pixels) for pixels in FRAMES]
    found = check(write(tmp_path / "v.avi", avi(data, width=WIDTH, height=HEIGHT, bits=8)))
    assert found.problems == ("the file has no palette, so other programs show black; its values are read as grey",)


@pytest.mark.parametrize("code", [b"Y800", b"Y8  ", b"GREY"])
def test_grey_pixels_by_their_code(tmp_path: Path, code: bytes) -> None:
    data = [pixels.tobytes() for pixels in FRAMES]
    check(write(tmp_path / "v.avi", avi(data, width=WIDTH, height=HEIGHT, code=code, bits=8)))


def test_colours_from_the_bottom_and_from_the_top(tmp_path: Path) -> None:
    check(write(tmp_path / "v.avi", avi(RGB, width=WIDTH, height=HEIGHT)))
    from_top = [np.repeat(pixels[:, :, None], 3, axis=2).tobytes() for pixels in FRAMES]
    check(write(tmp_path / "v.avi", avi(from_top, width=WIDTH, height=-HEIGHT)))


@pytest.mark.parametrize("crashed", [False, True])
def test_a_file_without_index(tmp_path: Path, crashed: bool) -> None:
    found = check(write(tmp_path / "v.avi", avi(RGB, width=WIDTH, height=HEIGHT, index=False, crashed=crashed)))
    assert (found.info.fps_hz, found.info.rate_from, found.problems) == (50.0, "header", ())


def test_empty_chunks_are_lost_frames(tmp_path: Path) -> None:
    lost = (0, 10, 11, 30)
    path = write(tmp_path / "v.avi", avi(RGB, width=WIDTH, height=HEIGHT, empty=lost))
    found = check(path, [number for number in range(len(FRAMES)) if number not in lost])
    assert found.lost == ((0, 1), (10, 12), (30, 31))
    assert found.problems == ("4 of 40 frames are missing or could not be decoded (frames 0, 10-11, 30)",)


def test_every_other_chunk_may_be_empty(tmp_path: Path) -> None:
    path = write(tmp_path / "v.avi", avi(RGB, width=WIDTH, height=HEIGHT, empty=range(1, len(FRAMES), 2)))
    found = check(path, list(range(0, len(FRAMES), 2)))
    assert np.allclose(found.time_s, np.arange(20) / 25)
    assert (found.info.fps_hz, found.info.header_fps_hz, found.info.n_frames) == (25.0, 50.0, 39)
    assert found.problems[0] == "the header says 40 frames, the file holds 39"


@pytest.mark.parametrize(("rate", "us_per_frame"), [((0, 0), 20_000), ((10_000_000, 200_000), None)])
def test_unusual_rates(tmp_path: Path, rate: tuple[int, int], us_per_frame: int | None) -> None:
    content = avi(RGB, width=WIDTH, height=HEIGHT, rate=rate, us_per_frame=us_per_frame)
    found = check(write(tmp_path / "v.avi", content))
    assert (found.info.fps_hz, found.info.rate_from) == (50.0, "header")


def test_a_file_without_rate_says_what_is_assumed(tmp_path: Path) -> None:
    found = check(write(tmp_path / "v.avi", avi(RGB, width=WIDTH, height=HEIGHT, rate=(0, 0))))
    assert found.info.rate_from == "assumed"
    assert found.problems == (
        f"the file has no frame rate; {found.info.fps_hz:g} frames a second are assumed, give the true rate with --fps",
    )
