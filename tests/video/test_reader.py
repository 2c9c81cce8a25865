"""Reading: every frame once, in order, under its own number, in grey 0-255 whatever it was stored as."""

import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange

from motilens.errors import InputError, MissingError, UndecodableError
from motilens.video.reader import VideoReader, _ReadAhead
from motilens.video.survey import survey
from motilens.video.writer import Codec, write_video
from tests.video.scenes import make_video, number_in, numbered, scene, write_raw


def numbers(path: Path) -> tuple[list[int], list[int], VideoReader]:
    with VideoReader(path) as reader:
        read = [(frame.index, number_in(frame.grey())) for frame in reader]
    return [index for index, _ in read], [number for _, number in read], reader


@pytest.mark.parametrize(("codec", "ending"), [("mjpeg", ".avi"), ("h264", ".mp4"), ("h264", ".mkv"), ("ffv1", ".avi")])
@pytest.mark.parametrize("read_ahead", [True, False])
def test_each_frame_once_in_order(tmp_path: Path, codec: Codec, ending: str, read_ahead: bool) -> None:
    path = make_video(tmp_path / f"v{ending}", 100, codec=codec)
    with VideoReader(path, read_ahead=read_ahead) as reader:
        read = [(frame.index, frame.time_s, number_in(frame.grey())) for frame in reader]
    assert [index for index, _, _ in read] == [number for _, _, number in read] == list(range(100))
    assert np.allclose([time_s for _, time_s, _ in read], np.arange(100) / 50, atol=2e-3)
    assert (reader.lost, reader.survey.problems) == ([], ())


def test_info(tmp_path: Path) -> None:
    info = survey(make_video(tmp_path / "3_drift_SSW.mp4", 60, codec="h264", fps_hz=48.0)).info
    assert (info.codec, info.pixel_format, info.bit_depth) == ("h264", "yuv420p", 8)
    assert (info.height_px, info.width_px, info.n_frames, info.variable_rate) == (96, 128, 60, False)
    assert (info.fps_hz, info.duration_s) == (pytest.approx(48), pytest.approx(60 / 48, abs=1e-3))


def test_same_scene_same_grey_however_stored(tmp_path: Path) -> None:
    ramp = np.tile(np.arange(0, 256, 2).astype(np.uint8), (64, 1))
    kinds: tuple[tuple[Codec, str], ...] = (("h264", ".mp4"), ("mjpeg", ".avi"), ("ffv1", ".avi"))
    for codec, ending in kinds:
        write_video(tmp_path / f"v{ending}", [ramp] * 2, fps_hz=50.0, codec=codec, quality=1)
        with VideoReader(tmp_path / f"v{ending}") as reader:
            first = next(iter(reader))
        assert np.abs(first.grey().astype(int) - ramp).max() <= 4, codec
        assert first.grey().min() <= 2, codec
        assert first.grey().max() >= 252, codec


def test_area_average_is_the_mean_of_each_area(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (96, 128), np.uint8)
    write_video(tmp_path / "v.avi", [pixels], fps_hz=50.0, codec="ffv1")
    with VideoReader(tmp_path / "v.avi") as reader:
        frame = next(iter(reader))
    by_hand = pixels.reshape(32, 3, 32, 4).mean(axis=(1, 3))
    assert np.abs(frame.area_average(32, 32) - by_hand).max() < 0.6
    # 96 / 64 and 128 / 64: areas that cut pixels in two.
    rows = np.kron(np.eye(32), [[2, 1, 0], [0, 1, 2]]) / 3
    assert np.abs(frame.area_average(64, 64) - rows @ pixels.reshape(96, 64, 2).mean(axis=2)).max() < 0.6


@pytest.mark.parametrize(
    ("pixel_format", "exact"), [("gray16le", True), ("gray10le", False), ("yuv420p10le", False), ("gbrp10le", False)]
)
def test_deep_pixels_keep_their_highest_bits(tmp_path: Path, pixel_format: str, exact: bool) -> None:
    ramp = np.tile((np.arange(128) * 512).astype(np.uint16), (96, 1))
    path = write_raw(
        tmp_path / "v.mkv", [ramp] * 2, times_ms=[0, 20], source_format="gray16le", pixel_format=pixel_format
    )
    with VideoReader(path) as reader:
        assert reader.survey.info.bit_depth in (10, 16)
        frame = next(iter(reader))
    assert np.abs(frame.grey().astype(int) - ramp // 256).max() <= (0 if exact else 2)
    assert np.abs(frame.area_average(32, 32).astype(int) - (ramp // 256).reshape(32, 3, 32, 4).mean((1, 3))).max() <= 3
    assert reader.survey.problems == ("the picture never changes",)


def test_twelve_bits_in_sixteen_are_scaled_and_said(tmp_path: Path) -> None:
    ramp = np.tile((np.arange(128) * 32).astype(np.uint16), (96, 1))
    path = write_raw(tmp_path / "v.mkv", [ramp], times_ms=[0], source_format="gray16le", pixel_format="gray16le")
    with VideoReader(path) as reader:
        (frame,) = reader
    assert np.array_equal(frame.grey(), ramp >> 4)
    assert reader.survey.problems == ("16 bits a pixel, of which the lowest 12 are used; these are scaled to 0-255",)


def test_colour_is_its_luma(tmp_path: Path) -> None:
    pixels = np.zeros((96, 128, 3), np.uint8)
    pixels[:, :64, 1] = 255  # green
    pixels[:, 64:, 2] = 255  # blue
    write_video(tmp_path / "v.avi", [pixels], fps_hz=50.0, codec="ffv1")
    with VideoReader(tmp_path / "v.avi") as reader:
        grey = next(iter(reader)).grey()
    assert abs(int(grey[0, 0]) - 150) <= 2  # Rec. 601: 0.587 of 255
    assert abs(int(grey[0, 127]) - 29) <= 2  # 0.114 of 255


@pytest.mark.parametrize(("degrees", "turns"), [(90, 1), (180, 2), (270, 3)])
def test_rotation_is_honoured(tmp_path: Path, degrees: int, turns: int) -> None:
    path = make_video(tmp_path / "v.mp4", 4, codec="h264")
    with VideoReader(path) as reader:
        upright = next(iter(reader))
        pixels, small = upright.grey(), upright.area_average(32, 32)
    rotate_mp4(path, degrees)
    with VideoReader(path) as reader:
        assert (reader.survey.info.rotation_deg, reader.survey.problems) == (degrees, ())
        size = reader.survey.info.height_px, reader.survey.info.width_px
        turned = next(iter(reader))
    assert turned.grey().shape == size == np.rot90(pixels, turns).shape
    assert np.array_equal(turned.grey(), np.rot90(pixels, turns))
    assert np.array_equal(turned.area_average(32, 32), np.rot90(small, turns))


def rotate_mp4(path: Path, degrees: int) -> None:
    """Write a rotation (counter-clockwise) into the track header's matrix."""
    content = bytearray(path.read_bytes())
    matrix = content.index(b"tkhd") + 4 + 40
    cosine, sine = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees]
    one = 1 << 16
    content[matrix : matrix + 36] = struct.pack(
        ">9i", cosine * one, -sine * one, 0, sine * one, cosine * one, 0, 0, 0, 1 << 30
    )
    path.write_bytes(content)


def test_variable_rate_is_told(tmp_path: Path) -> None:
    times_ms = np.cumsum([0, *([10, 30] * 30)])
    found = survey(write_raw(tmp_path / "v.mkv", numbered(61), times_ms=times_ms.tolist()))
    assert found.info.variable_rate
    assert found.problems[0].startswith("variable frame rate")
    assert np.allclose(found.time_s * 1000, times_ms)


def test_coarse_time_stamps_are_no_variable_rate(tmp_path: Path) -> None:
    times_ms = np.rint(np.arange(120) * 1000 / 240).astype(int)
    info = survey(write_raw(tmp_path / "v.mkv", numbered(120), times_ms=times_ms.tolist())).info
    assert (info.variable_rate, info.fps_hz) == (False, pytest.approx(240, rel=0.01))


@pytest.mark.parametrize(("codec", "ending"), [("mjpeg", ".avi"), ("h264", ".mp4"), ("h264", ".avi")])
def test_a_truncated_file_gives_what_decodes(tmp_path: Path, codec: Codec, ending: str) -> None:
    path = tmp_path / f"v{ending}"
    frames = zip(numbered(100), scene(100), strict=True)  # moving, so that all frames are about as large
    write_video(path, (np.vstack([top[:16], field[:, :128]]) for top, field in frames), fps_hz=50.0, codec=codec)
    os.truncate(path, path.stat().st_size * 6 // 10)
    with VideoReader(path) as reader:
        read = [(frame.index, round(frame.time_s * 50), number_in(frame.grey(), height=256)) for frame in reader]
    index, time, number = zip(*read, strict=True)
    assert time == number
    assert 20 < len(index) < 100
    assert list(number[:20]) == list(range(20))
    assert "the header says 100 frames, the file holds" in " ".join(reader.survey.problems)
    assert len(index) + len(reader.lost) == reader.survey.info.n_frames


def frames_by_time(path: Path, *, read_ahead: bool = True) -> dict[float, np.ndarray]:
    with VideoReader(path, read_ahead=read_ahead) as reader:
        return {round(frame.time_s, 3): frame.grey() for frame in reader}


@pytest.fixture(scope="module")
def h264(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With frames stored out of order, and its index at the start, where a cut leaves it whole."""
    path = tmp_path_factory.mktemp("h264") / "v.mp4"
    write_video(path, scene(100), fps_hz=50.0, codec="h264")
    return path


@pytest.mark.parametrize("share", [0.5, 0.6, 0.7, 0.8, 0.9])
def test_a_cut_off_h264_file_loses_only_what_was_cut(h264: Path, tmp_path: Path, share: float) -> None:
    whole, path = frames_by_time(h264), tmp_path / "v.mp4"
    path.write_bytes(h264.read_bytes()[: int(h264.stat().st_size * share)])
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size and not packet.is_corrupt]
    read = frames_by_time(path)
    assert sorted(read) == sorted(round(float((packet.pts or 0) * packet.time_base), 3) for packet in packets)
    assert all(np.array_equal(pixels, whole[time_s]) for time_s, pixels in read.items())


def test_a_damaged_h264_file_is_decoded_as_in_one_thread(h264: Path, tmp_path: Path) -> None:
    content = bytearray(h264.read_bytes())
    for at in (len(content) // 2, len(content) * 3 // 4):
        content[at : at + 60] = bytes(60)
    (tmp_path / "v.mp4").write_bytes(content)
    with av.open(str(tmp_path / "v.mp4")) as container:
        stream = container.streams.video[0]
        stream.thread_count = 1
        alone = {
            round(frame.time or 0.0, 3): frame.reformat(format="gray", dst_color_range=ColorRange.JPEG)
            .to_ndarray()
            .astype(int)
            for frame in container.decode(stream)
            if not frame.is_corrupt
        }
    read = frames_by_time(tmp_path / "v.mp4")
    assert sorted(read) == sorted(alone)
    assert max(np.abs(pixels - alone[time_s]).max() for time_s, pixels in read.items()) <= 1  # rounding


def test_damage_in_the_middle_shifts_no_number(tmp_path: Path) -> None:
    path = make_video(tmp_path / "v.avi", 60)
    content = bytearray(path.read_bytes())
    starts = frame_starts(content)
    for frame in (20, 21, 40):
        content[starts[frame] : starts[frame] + 400] = bytes(400)
    path.write_bytes(content)
    index, number, reader = numbers(path)
    assert index == number == [at for at in range(60) if at not in (20, 21, 40)]
    assert reader.lost == [20, 21, 40]
    assert reader.survey.problems == ("3 of 60 frames are missing or could not be decoded (frames 20-21, 40)",)


def frame_starts(content: bytearray) -> list[int]:
    """Where each MJPEG frame begins: FF D8 FF."""
    return [match.start() for match in re.finditer(b"\xff\xd8\xff", content)]


def test_text_named_avi(tmp_path: Path) -> None:
    for name, text in (("notes.avi", "patient 7\nlots of debris\n"), ("long.avi", "counted again\n" * 5000)):
        (tmp_path / name).write_text(text)
        with pytest.raises(UndecodableError, match=rf"{name} is not a video that can be read: it holds text"):
            survey(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "v.avi is not a video that can be read: the file is empty"), (bytes(range(256)) * 20, "FFmpeg says")],
)
def test_no_video_at_all(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "v.avi").write_bytes(content)
    with pytest.raises(UndecodableError, match=words):
        survey(tmp_path / "v.avi")


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"no such file: .*none\.avi"):
        survey(tmp_path / "none.avi")
    with pytest.raises(UndecodableError, match="is a folder, not a video"):
        survey(tmp_path)


def test_zero_frames(tmp_path: Path) -> None:
    path = make_video(tmp_path / "v.avi", 10)
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"movi") + 4])
    with pytest.raises(UndecodableError, match=r"(no frame of v\.avi can be decoded|is not a video)"):
        survey(path)


def test_frames_that_all_fail_to_decode(tmp_path: Path) -> None:
    path = make_video(tmp_path / "v.avi", 5)
    content = bytearray(path.read_bytes())
    for start in frame_starts(content):
        content[start : start + 400] = bytes(400)
    path.write_bytes(content)
    with pytest.raises(UndecodableError, match=r"no frame of v\.avi can be decoded"):
        survey(path)


def test_a_reader_is_read_once_and_open(tmp_path: Path) -> None:
    reader = VideoReader(make_video(tmp_path / "v.avi", 5))
    with pytest.raises(InputError, match="use it in a with block, once"):
        next(iter(reader))
    with reader:
        assert len(list(reader)) == 5
        with pytest.raises(InputError, match="use it in a with block, once"):
            next(iter(reader))


def test_stopping_early_ends_the_decoding_thread(tmp_path: Path) -> None:
    with VideoReader(make_video(tmp_path / "v.avi", 200)) as reader:
        for frame in reader:
            if frame.index == 3:
                break
    assert isinstance(reader._source, _ReadAhead)
    assert not reader._source._thread.is_alive()


MEMORY = """
import resource, sys
from pathlib import Path
from motilens.config import StackConfig
from motilens.stacks.extract import extract_stacks
from motilens.recordings.inspect import inspect_video
report = inspect_video(Path(sys.argv[1]))
extract_stacks(Path(sys.argv[1]), StackConfig(stacks_per_video=6, size_px=64))
print(report.frames_decoded, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is counted in kibibytes on Linux alone")
def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    peak_kib = {}
    for n_frames in (150, 1500):
        path = tmp_path / f"{n_frames}.avi"
        pixels = np.random.default_rng(0).integers(0, 255, (240, 320), np.uint8)
        write_video(path, (pixels for _ in range(n_frames)), fps_hz=50.0, codec="mjpeg", quality=20)
        told = subprocess.run([sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True, check=True)
        decoded, peak_kib[n_frames] = map(int, told.stdout.split())
        assert decoded == n_frames
    # All 1,350 frames more would be 100 MiB.
    assert peak_kib[1500] - peak_kib[150] < 12 * 1024
