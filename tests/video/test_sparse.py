"""Sparse surveys: they say the same as full ones, decode little, and are not made where they would not be sure."""

from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from motilens.config import ReadingConfig
from motilens.errors import UndecodableError
from motilens.video import decode
from motilens.video.sparse import sparse_survey
from motilens.video.survey import Survey, survey
from motilens.video.writer import Codec, write_video
from tests.video.long_films import N_FRAMES, film, place
from tests.video.scenes import glide
from tests.video.test_reader import frame_starts

DEFAULT = ReadingConfig()


def written(path: Path, frames: Iterable[np.ndarray], codec: Codec = "mjpeg") -> Path:
    write_video(path, frames, fps_hz=50.0, codec=codec, quality=2 if codec == "mjpeg" else None)
    return path


def repeating(*numbers: int) -> list[np.ndarray]:
    frames = list(film())
    for number in numbers:
        frames[number] = frames[number - 1]
    return frames


def blank_at(number: int) -> list[np.ndarray]:
    """One frame without cells; it is no sample, but takes fewer bytes than its neighbours."""
    frames = list(film())
    frames[number] = np.random.default_rng(1).integers(88, 93, frames[number].shape).astype(np.uint8)
    return frames


ORDINARY: dict[str, tuple[Callable[[], Iterable[np.ndarray]], Callable[[Survey], bool]]] = {
    "one field": (film, lambda found: not found.moved.any() and not found.problems),
    "two jumps": (
        lambda: film(camera_px=place((155, 400, (200, 100)), (400, 600, (390, 390)))),
        lambda found: found.stage_moves == ((155, 156), (400, 401)),
    ),
    "a slide": (
        lambda: film(camera_px=np.abs(glide(N_FRAMES, start=190, frames=30, by_px=200.0))),
        lambda found: len(found.stage_moves) == 1 and found.moved.sum() > 10,
    ),
    "repeats without a pattern": (
        lambda: repeating(101, 237, 238, 402),
        lambda found: found.repeated == (101, 237, 238, 402),
    ),
    "each frame twice": (
        lambda: (pixels for pixels in film(N_FRAMES // 2) for _ in range(2)),
        lambda found: found.info.fps_hz == 25 and len(found.repeated) == N_FRAMES // 2,
    ),
    "a blank frame": (lambda: blank_at(333), lambda found: found.stage_moves == ((333, 335),)),
}
"""Videos, and what must be seen in them."""


@pytest.mark.parametrize("kind", ORDINARY)
def test_it_says_the_same_as_a_full_survey(tmp_path: Path, kind: str) -> None:
    frames, is_seen = ORDINARY[kind]
    path = written(tmp_path / "v.avi", frames())
    sparse, full = sparse_survey(path, DEFAULT), survey(path)
    assert sparse is not None
    assert is_seen(sparse)
    assert (sparse.sparse, full.sparse) == (True, False)
    assert sparse.info.model_copy(update={"survey": "full"}) == full.info
    for each in fields(Survey):
        if each.name != "info":
            assert np.array_equal(getattr(sparse, each.name), getattr(full, each.name)), each.name


def test_few_packets_are_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "v.avi", film(2000))
    decoded: list[int] = []
    decoder = decode._Codec.__call__

    def spy(self: decode._Codec, packet: object, number: int | None) -> object:
        decoded.extend([] if number is None else [number])
        return decoder(self, packet, number)  # type: ignore[arg-type]

    monkeypatch.setattr(decode._Codec, "__call__", spy)
    assert sparse_survey(path, DEFAULT) is not None
    assert len(decoded) < 0.15 * 2000  # 4 % samples, 5 % runs


def swimming() -> Iterable[np.ndarray]:
    """All of the field moves, as in a flow, so that frames that are 0.5 s apart have nothing in common."""
    return film(camera_px=np.linspace([0, 0], [400, 400], N_FRAMES))


def nearly_repeating() -> Iterable[np.ndarray]:
    """Each frame twice, the second time with one pixel changed, as after another compression."""
    for number, pixels in enumerate(film(N_FRAMES // 2)):
        again = pixels.copy()
        again[number % 96, number % 128] ^= 64
        yield from (pixels, again)


DOUBTFUL: dict[str, Callable[[], Iterable[np.ndarray]]] = {
    "too short": lambda: film(200),
    "a flow": swimming,
    "repeats with other bytes": nearly_repeating,
    "still": lambda: [next(iter(film(1)))] * N_FRAMES,
    "black": lambda: [np.zeros((96, 128), np.uint8)] * N_FRAMES,
}


@pytest.mark.parametrize("kind", DOUBTFUL)
def test_where_it_would_not_be_sure_there_is_none(tmp_path: Path, kind: str) -> None:
    assert sparse_survey(written(tmp_path / "v.avi", DOUBTFUL[kind]()), DEFAULT) is None


def test_there_is_none_of_frames_that_need_others_or_of_fields(tmp_path: Path) -> None:
    assert sparse_survey(written(tmp_path / "v.mp4", film(), "h264"), DEFAULT) is None
    assert sparse_survey(written(tmp_path / "v.mkv", film(), "ffv1"), DEFAULT) is None  # a key frame in twelve
    path = written(tmp_path / "v.avi", film())
    assert sparse_survey(path, ReadingConfig(deinterlace=True)) is None


def test_there_is_none_of_a_damaged_file_where_damage_is_seen(tmp_path: Path) -> None:
    path = written(tmp_path / "v.avi", film())
    content = bytearray(path.read_bytes())
    start = frame_starts(content)[200]  # a sample: 200 = 8 x 0.5 s x 50 Hz
    content[start : start + 400] = bytes(400)
    path.write_bytes(content)
    assert sparse_survey(path, DEFAULT) is None


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    (tmp_path / "v.avi").write_text("patient 7\n")
    with pytest.raises(UndecodableError, match="it holds text"):
        sparse_survey(tmp_path / "v.avi", DEFAULT)
