"""Fields of interlaced frames: each moment once, in its order, however the fields are stored."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import av.filter
import numpy as np
import pytest

from motilens.config import ReadingConfig
from motilens.video.decode import Decoded
from motilens.video.deinterlace import fields
from motilens.video.reader import VideoReader
from motilens.video.survey import survey
from tests.video.scenes import make_video

TOP, BOTTOM = "tff", "bff"
SIZE_PX = 96


def moments(n: int, *, height: int = SIZE_PX) -> list[np.ndarray]:
    """A bright bar that moves to the right by 4 pixels from moment to moment."""
    pictures = []
    for number in range(n):
        picture = np.full((height, SIZE_PX), 60, np.uint8)
        left = 8 + 4 * number % 72
        picture[:, left : left + 8] = 200
        pictures.append(picture)
    return pictures


def bar_in(pixels: np.ndarray) -> float:
    """Where the bar is, as the number of the moment within its sweep."""
    row = np.maximum(pixels[8:-8].mean(axis=0) - 90, 0)
    return (float((row * np.arange(SIZE_PX)).sum() / row.sum()) - 11.5) / 4


def woven(pictures: list[np.ndarray], order: str) -> Iterator[np.ndarray]:
    """Pairs of moments as frames; the earlier one is in the lines 0, 2, ... or in the others."""
    for one, other in zip(pictures[::2], pictures[1::2], strict=True):
        frame = one.copy()
        lines = slice(1, None, 2) if order == TOP else slice(0, None, 2)
        frame[lines] = other[lines]
        yield frame


def write(path: Path, pictures: list[np.ndarray], order: str) -> Path:
    """MPEG-2 of two fields a frame, 25 frames a second, as a capture card makes it of an analogue camera."""
    with av.open(str(path), "w") as out:
        options = {"flags": "+ilme+ildct", "qmin": "1", "qmax": "2", "field_order": "tt" if order == TOP else "bb"}
        stream = out.add_stream("mpeg2video", rate=25, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width, stream.pix_fmt = *pictures[0].shape, "yuv420p"
        for number, frame in enumerate(marked(woven(pictures, order), order, "yuv420p")):
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def marked(pictures: Iterator[np.ndarray], order: str, pixel_format: str) -> Iterator[av.VideoFrame]:
    """Frames that say which of their fields is the earlier one."""
    drawn = list(pictures)
    height, width = drawn[0].shape
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=width, height=height, format=av.VideoFormat(pixel_format), time_base=Fraction(1, 25)
    )
    graph.link_nodes(source, graph.add("setfield", order), graph.add("buffersink"))
    graph.configure()
    for number, pixels in enumerate(drawn):
        frame = av.VideoFrame.from_ndarray(pixels, format="gray").reformat(format=pixel_format)
        frame.pts, frame.time_base = number, Fraction(1, 25)
        graph.push(frame)
        pulled = graph.pull()
        assert isinstance(pulled, av.VideoFrame)
        yield pulled


# --- the frames


@pytest.mark.parametrize("order", [TOP, BOTTOM])
@pytest.mark.parametrize("height", [SIZE_PX, SIZE_PX - 1])
def test_both_fields_come_in_their_order(order: str, height: int) -> None:
    drawn = moments(20, height=height)
    frames = (Decoded(7 + k, frame) for k, frame in enumerate(marked(woven(drawn, order), order, "gray")))
    made = list(fields(frames))
    assert [packet for packet, _ in made] == np.repeat(np.arange(7, 17), 2).tolist()
    for (_, picture), moment in zip(made[1:-1], drawn[1:-1], strict=True):
        pixels = picture.to_ndarray()
        assert pixels.shape == (height, SIZE_PX)
        assert abs(bar_in(pixels) - bar_in(moment)) < 0.25
        assert not picture.interlaced_frame


def test_the_lines_of_a_field_are_kept_and_those_between_are_made() -> None:
    drawn = moments(20)
    frames = (Decoded(k, frame) for k, frame in enumerate(marked(woven(drawn, TOP), TOP, "gray")))
    for number, (_, picture) in enumerate(fields(frames)):
        lines = slice(number % 2, None, 2)
        assert np.array_equal(picture.to_ndarray()[lines], drawn[number][lines])


def test_a_still_picture_stays_as_it_is() -> None:
    still = np.random.default_rng(0).integers(0, 255, (SIZE_PX, SIZE_PX), np.uint8)
    frames = (Decoded(k, frame) for k, frame in enumerate(marked(iter([still] * 10), TOP, "gray")))
    pictures = [picture.to_ndarray() for _, picture in fields(frames)]
    assert len(pictures) == 20
    for pixels in pictures[2:-2]:
        assert np.array_equal(pixels, still)


def test_one_frame_gives_two_and_none_gives_none() -> None:
    (one,) = marked(woven(moments(2), TOP), TOP, "gray")
    assert [packet for packet, _ in fields(iter([Decoded(3, one)]))] == [3, 3]
    assert list(fields(iter([]))) == []


def test_a_frame_of_another_size_is_dropped() -> None:
    frames = [Decoded(k, frame) for k, frame in enumerate(marked(woven(moments(8), TOP), TOP, "gray"))]
    frames.insert(2, Decoded(99, av.VideoFrame(32, 32, "gray")))
    assert [packet for packet, _ in fields(iter(frames))] == [0, 0, 1, 1, 2, 2, 3, 3]


# --- videos


def test_an_interlaced_video_is_said_to_be_one(tmp_path: Path) -> None:
    found = survey(write(tmp_path / "v.mkv", moments(60), TOP))
    assert (found.info.interlaced, found.info.fps_hz, len(found.number)) == (True, 25.0, 30)
    assert found.problems == (
        "interlaced: each frame holds two moments, one in every second line; use --deinterlace to separate them",
    )


@pytest.mark.parametrize("read_ahead", [True, False])
@pytest.mark.parametrize("order", [TOP, BOTTOM])
def test_25_frames_a_second_become_50(tmp_path: Path, order: str, read_ahead: bool) -> None:
    drawn = moments(60)
    found = survey(write(tmp_path / "v.mkv", drawn, order), ReadingConfig(deinterlace=True))
    assert (found.info.interlaced, found.info.fps_hz, found.info.header_fps_hz) == (False, 50.0, 25.0)
    assert (found.info.n_frames, found.number.tolist(), found.problems) == (60, list(range(60)), ())
    assert np.allclose(found.time_s, np.arange(60) / 50, atol=1e-3)
    with VideoReader(found, read_ahead=read_ahead) as reader:
        for frame in list(reader)[1:-1]:
            assert abs(bar_in(frame.grey()) - bar_in(drawn[frame.index])) < 0.25


def test_a_video_that_is_cut_off_is_not_whole_because_it_has_two_fields_a_frame(tmp_path: Path) -> None:
    path = make_video(tmp_path / "v.avi", 40)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    found = survey(path, ReadingConfig(deinterlace=True))
    assert found.problems[0].startswith("the header says 40 frames, the file holds ")


def test_grey_values_are_those_without_deinterlacing(tmp_path: Path) -> None:
    """In the limited range (MPEG-2) and in the full one (MJPEG)."""
    for path in (write(tmp_path / "v.mkv", moments(20), TOP), make_video(tmp_path / "v.avi", 10)):
        with VideoReader(survey(path)) as reader:
            plain = np.mean([frame.grey() for frame in reader])
        with VideoReader(survey(path, ReadingConfig(deinterlace=True))) as reader:
            made = np.mean([frame.grey() for frame in reader])
        assert made == pytest.approx(plain, abs=0.5)
