"""Frames of stacks are examined where a sparse survey has not looked."""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from motilens.config import ReadingConfig
from motilens.errors import OverlookedError
from motilens.video.checked import checked_frames
from motilens.video.sparse import sparse_survey
from motilens.video.survey import Survey, survey
from motilens.video.writer import write_video
from tests.video.long_films import film, place
from tests.video.test_reader import frame_starts

STACKS = np.array([100, 405, 480])[:, None] + np.arange(10)
"""Frame 405 and those after it lie between the samples 400 and 425, and in no run."""

OVERLOOKED = range(407, 410)


def sparse(path: Path, frames: Iterable[np.ndarray]) -> Survey:
    write_video(path, frames, fps_hz=50.0, codec="mjpeg", quality=2)
    found = sparse_survey(path, ReadingConfig())
    assert found is not None
    assert not found.moved.any() and not found.lost
    return found


def read(found: Survey, stacks: np.ndarray = STACKS) -> list[tuple[int, np.ndarray]]:
    return [(at, frame.grey()) for at, frame in checked_frames(found, stacks, read_ahead=False)]


def test_the_frames_are_those_that_a_full_survey_gives(tmp_path: Path) -> None:
    found = sparse(tmp_path / "v.avi", film())
    frames, same = read(found), read(survey(found.path))
    assert [at for at, _ in frames] == [at for at, _ in same] == STACKS.ravel().tolist()
    assert all(np.array_equal(pixels, other) for (_, pixels), (_, other) in zip(frames, same, strict=True))


def there_and_back() -> Iterable[np.ndarray]:
    return film(camera_px=place((OVERLOOKED.start, OVERLOOKED.stop, (300, 300))))


def nearly_repeated() -> Iterable[np.ndarray]:
    """Two frames are the one before, with one pixel changed."""
    last = np.zeros((96, 128), np.uint8)
    for number, pixels in enumerate(film()):
        if number in OVERLOOKED:
            last[0, 0] ^= 64
        else:
            last = pixels.copy()
        yield last


KINDS: dict[str, tuple[Callable[[], Iterable[np.ndarray]], str]] = {
    "a move": (there_and_back, r"v\.avi: the stage moves at frame 407, which its sparse survey has not seen"),
    "repeats": (nearly_repeated, r"v\.avi: frames repeat others, which its sparse survey has not seen"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_overlooked_comes_to_light(tmp_path: Path, kind: str) -> None:
    frames, words = KINDS[kind]
    found = sparse(tmp_path / "v.avi", frames())
    with pytest.raises(OverlookedError, match=words):
        read(found)
    assert len(read(found, STACKS[:1])) == 10


def test_damage_comes_to_light(tmp_path: Path) -> None:
    path = tmp_path / "v.avi"
    write_video(path, film(), fps_hz=50.0, codec="mjpeg", quality=2)
    content = bytearray(path.read_bytes())
    start = frame_starts(content)[407]
    content[start : start + 400] = bytes(400)
    path.write_bytes(content)
    found = sparse_survey(path, ReadingConfig())
    assert found is not None and not found.lost
    with pytest.raises(OverlookedError, match=r"v\.avi has damaged frames that its sparse survey has not seen"):
        read(found)
    assert len(read(found, STACKS[2:])) == 10


def test_a_stack_may_begin_at_a_known_move(tmp_path: Path) -> None:
    write_video(tmp_path / "v.avi", film(camera_px=place((405, 600, (300, 300)))), fps_hz=50.0, quality=2)
    found = sparse_survey(tmp_path / "v.avi", ReadingConfig())
    assert found is not None and found.stage_moves == ((405, 406),)
    assert len(read(found)) == 30
