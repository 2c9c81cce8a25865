from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from motilens.config import ReadingConfig
from motilens.errors import ScaleError
from motilens.recordings.scale import ERROR_FACTOR, HEAD_UM, WITHIN_FRAMES, PixelWidth, estimated_width
from motilens.video.survey import survey
from motilens.video.writer import write_video

HEIGHT, WIDTH = 240, 320
GREY = 100


def disks(
    n_frames: int, head_px: float, *, n: int = 12, contrast_grey: int = 90, seed: int = 0
) -> Iterator[np.ndarray]:
    """Still disks of a given diameter that do not touch, on a noisy background."""
    rng = np.random.default_rng(0)
    pixels = np.full((HEIGHT, WIDTH), GREY, np.uint8)
    places = [(x, y) for y in range(40, HEIGHT - 20, 80) for x in range(40, WIDTH - 20, 80)][:n]
    for x, y in places:
        at = (x * 16 + int(rng.integers(64)), y * 16 + int(rng.integers(64)))  # in sixteenths of a pixel
        cv2.circle(pixels, at, int(head_px / 2 * 16), GREY + contrast_grey, -1, cv2.LINE_AA, 4)
    for _ in range(n_frames):
        yield np.clip(pixels + rng.normal(0, 3, pixels.shape), 0, 255).astype(np.uint8)


def width_of(path: Path, frames: Iterator[np.ndarray]) -> PixelWidth:
    write_video(path, frames, fps_hz=50.0, codec="mjpeg", quality=2)
    return estimated_width(survey(path, ReadingConfig()))


@pytest.mark.parametrize("contrast_grey", [90, -70], ids=["bright", "dark"])
@pytest.mark.parametrize("head_px", [6, 10, 16, 24])
def test_heads_of_a_known_size_tell_the_width_of_a_pixel(head_px: int, contrast_grey: int, tmp_path: Path) -> None:
    found = width_of(tmp_path / "1_x.avi", disks(10, head_px, contrast_grey=contrast_grey))
    assert found.interval is not None
    low, high = found.interval
    assert low < HEAD_UM / head_px < high
    assert (found.um_per_px / low, high / found.um_per_px) == pytest.approx((ERROR_FACTOR, ERROR_FACTOR), rel=1e-3)


def test_the_larger_the_heads_the_narrower_the_pixels(tmp_path: Path) -> None:
    widths = [width_of(tmp_path / f"{px}.avi", disks(3, px)).um_per_px for px in (6, 9, 13, 18, 24)]
    assert widths == sorted(set(widths), reverse=True)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_heads_are_refused_in_one_line(n: int, tmp_path: Path) -> None:
    with pytest.raises(ScaleError) as caught:
        width_of(tmp_path / "1_x.avi", disks(10, 10, n=n))
    assert str(caught.value) == (
        "the width of a pixel of 1_x.avi is not known, and too few heads stand out to estimate it; give it with "
        "--um-per-px"
    )


def test_frames_without_heads_do_not_count(tmp_path: Path) -> None:
    def frames() -> Iterator[np.ndarray]:
        yield from disks(7, 10, n=0)
        yield from disks(3, 10)

    assert width_of(tmp_path / "1_x.avi", frames()).um_per_px == pytest.approx(HEAD_UM / 10, rel=0.3)


@pytest.mark.parametrize("n_frames", [1, 3])
def test_a_short_video_is_enough(n_frames: int, tmp_path: Path) -> None:
    assert width_of(tmp_path / "1_x.avi", disks(n_frames, 10)).um_per_px == pytest.approx(HEAD_UM / 10, rel=0.3)


def test_only_the_first_frames_are_read(tmp_path: Path) -> None:
    def frames(n_before: int) -> Iterator[np.ndarray]:
        yield from disks(n_before, 10, n=0)
        yield from disks(30, 10)

    with pytest.raises(ScaleError):
        width_of(tmp_path / "late.avi", frames(WITHIN_FRAMES))
    assert width_of(tmp_path / "early.avi", frames(WITHIN_FRAMES // 2)).um_per_px > 0


def test_a_width_that_was_given_is_no_problem_and_an_estimate_says_so() -> None:
    assert PixelWidth(um_per_px=0.5).problems == ()
    assert PixelWidth(um_per_px=0.5, interval=(1 / 3, 0.75)).problems == (
        "the width of a pixel was estimated from the heads: 0.50 um (0.33-0.75); give the true one with --um-per-px",
    )
