"""Decoding: each frame once, in order, and only whole ones; every packet is accounted for."""

from collections.abc import Callable, Collection
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from motilens.errors import UndecodableError
from motilens.video.container import choose_stream, opened
from motilens.video.decode import PacketLog, decoded
from motilens.video.reader import VideoReader
from motilens.video.survey import Survey, survey
from tests.video.avi import avi
from tests.video.scenes import make_video, number_in, numbered, scene

CUT = (20, 21, 40, 41)


def jpegs(n_frames: int) -> list[bytes]:
    """A numbered scene as a USB camera sends it: one JPEG a frame."""
    encoder = av.CodecContext.create("mjpeg", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = 128, 96, "yuvj420p"
    encoder.time_base = Fraction(1, 50)
    encoder.qmin = encoder.qmax = 2
    data = []
    for top, below in zip(numbered(n_frames), scene(n_frames), strict=True):
        pixels = np.vstack([top[:16], below[:80, :128]])
        frame = av.VideoFrame.from_ndarray(pixels, format="gray").reformat(format="yuvj420p")
        data += [bytes(packet) for packet in encoder.encode(frame)]
    return data


def half(jpeg: bytes) -> bytes:
    """The header of a JPEG, and half of its picture."""
    start = jpeg.index(b"\xff\xda")
    return jpeg[: start + (len(jpeg) - start) // 2]


def write(path: Path, data: list[bytes]) -> Path:
    path.write_bytes(avi(data, width=128, height=96, code=b"MJPG"))
    return path


def read(path: Path) -> tuple[Survey, dict[int, int]]:
    """The survey, and the number in each frame's pixels by its index."""
    with VideoReader(path) as reader:
        return reader.survey, {frame.index: number_in(frame.grey()) for frame in reader}


def same(numbers: Collection[int]) -> dict[int, int]:
    return {number: number for number in numbers}


# --- JPEGs


def test_jpegs_that_end_half_way_are_lost(tmp_path: Path) -> None:
    data = [half(jpeg) if k in CUT else jpeg for k, jpeg in enumerate(jpegs(60))]
    found, numbers = read(write(tmp_path / "v.avi", data))
    assert numbers == same([k for k in range(60) if k not in CUT])
    assert (found.strict, found.lost) == (True, ((20, 22), (40, 42)))
    assert found.problems == ("4 of 60 frames are missing or could not be decoded (frames 20-21, 40-41)",)


@pytest.mark.parametrize("which", [range(60), CUT])
def test_jpegs_that_lack_their_end_mark_alone_are_whole(tmp_path: Path, which: Collection[int]) -> None:
    data = [jpeg.removesuffix(b"\xff\xd9") if k in which else jpeg for k, jpeg in enumerate(jpegs(60))]
    found, numbers = read(write(tmp_path / "v.avi", data))
    assert numbers == same(range(60))
    assert (found.strict, found.problems) == (True, ())


def test_a_camera_whose_every_jpeg_has_a_fault_is_read_and_it_is_said(tmp_path: Path) -> None:
    """Bytes are missing at the end of each: more than the few that FFmpeg overlooks."""
    found, numbers = read(write(tmp_path / "v.avi", [jpeg[:-60] for jpeg in jpegs(30)]))
    assert numbers == same(range(30))
    assert (found.strict, found.lost) == (False, ())
    assert found.problems == ("every frame has an error in its data; they are used as they decode",)


# --- the account of packets


def log_of(path: Path, *, strict: bool = True) -> tuple[PacketLog, list[int]]:
    log = PacketLog()
    with opened(path) as container:
        stream = choose_stream(container, path, None)
        sources = [frame.packet for frame in decoded(container, stream, strict=strict, log=log)]
    return log, sources


def test_every_packet_is_numbered_in_the_order_of_the_file(tmp_path: Path) -> None:
    log, sources = log_of(make_video(tmp_path / "v.mp4", 60, codec="h264"))
    assert log.n_packets == 60
    assert sorted(sources) == list(range(60))
    assert sources != sorted(sources)  # frames that were stored out of order
    shown = [stamp for source in sources if (stamp := log.pts[source]) is not None]
    assert shown == sorted(shown)
    assert len(shown) == 60
    assert (log.hidden, log.damaged, log.others) == (set(), set(), {})


def test_what_a_file_hides_is_not_lost(tmp_path: Path) -> None:
    """An MP4 whose edit list begins at the sixth frame: the five before it are decoded, and not shown."""
    path = make_video(tmp_path / "v.mp4", 30, codec="h264")
    content = bytearray(path.read_bytes())
    at = content.index(b"elst") + 4
    media_time = int.from_bytes(content[at + 12 : at + 16], "big")
    timescale_at = content.index(b"mdhd") + 4 + 12
    step = int.from_bytes(content[timescale_at : timescale_at + 4], "big") // 50
    content[at + 12 : at + 16] = (media_time + 5 * step).to_bytes(4, "big")
    path.write_bytes(content)
    log, sources = log_of(path)
    assert (log.n_packets, len(log.hidden)) == (30, 5)
    found, numbers = read(path)
    assert numbers == {k: k + 5 for k in range(25)}
    assert (found.lost, len(sources)) == ((), 25)


def test_a_packet_cut_off_at_the_end_of_a_file_is_no_frame(tmp_path: Path) -> None:
    path = write(tmp_path / "v.avi", jpegs(30))
    content = path.read_bytes()
    end = content.index(b"idx1")
    path.write_bytes(content[: end - 500])
    found, numbers = read(path)
    assert numbers == same(range(29))
    assert len(numbers) + found.n_lost == found.info.n_frames


# --- decoders that are not there, or do odd things


def decoded_as(monkeypatch: pytest.MonkeyPatch, path: Path, returned: dict[int, list[object]]) -> list[int]:
    """The frames that are passed on if a decoder returns these: by packet, -1 for the end, the packets they are of."""

    def decoder(*arguments: object, **options: object) -> Callable[[object, int | None], list[av.VideoFrame]]:
        def decode(packet: object, number: int | None) -> list[av.VideoFrame]:
            pictures = [av.VideoFrame(16, 16, "gray") for _ in returned.get(-1 if number is None else number, [])]
            for picture, source in zip(pictures, returned.get(-1 if number is None else number, []), strict=True):
                picture.opaque = source
            return pictures

        return decode

    monkeypatch.setattr("motilens.video.decode._decoder", decoder)
    return log_of(path)[1]


def test_a_frame_that_a_decoder_returns_twice_is_one_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_video(tmp_path / "v.avi", 4)
    assert decoded_as(monkeypatch, path, {0: [0], 1: [0, 1], 2: [1], 3: [3], -1: [3]}) == [0, 1, 3]


def test_frames_that_a_decoder_held_back_come_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_video(tmp_path / "v.avi", 4)
    assert decoded_as(monkeypatch, path, {1: [0], 3: [2], -1: [1, 3]}) == [0, 2, 1, 3]


def test_a_frame_of_no_packet_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_video(tmp_path / "v.avi", 4)
    assert decoded_as(monkeypatch, path, {0: [None, 0], 1: ["x"], 2: [2]}) == [0, 2]


def test_a_codec_without_decoder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "v.avi"
    path.write_bytes(avi([b"12345678"] * 5, width=128, height=96, code=b"Zz9 "))
    words = (
        r"there is no decoder for the codec 'Zz9' of v\.avi; save it with the program that recorded it in another codec"
    )
    with pytest.raises(UndecodableError, match=words):
        survey(path)


def test_an_unknown_codec_of_another_container_is_told(tmp_path: Path) -> None:
    path = make_video(tmp_path / "v.mkv", 5)
    content = path.read_bytes()
    assert content.count(b"V_MJPEG") == 1
    path.write_bytes(content.replace(b"V_MJPEG", b"V_Zz9Zz"))
    with pytest.raises(UndecodableError, match=r"there is no decoder for the codec of v\.mkv; save it with"):
        survey(path)
