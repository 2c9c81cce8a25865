"""Counting heads: drawn ones first, then hand-drawn boxes on a real clip."""

import csv
import gzip
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from motilens.stacks.counts import count_heads, head_count
from motilens.video.reader import VideoReader


def drawn(n_heads: int, *, noise: float = 3.0, scale: float = 1.0, seed: int = 0) -> np.ndarray:
    """Heads on a grid with a place to themselves, and dark specks between them."""
    rng = np.random.default_rng(seed)
    height, width = round(480 * scale), round(640 * scale)
    pixels = np.full((height, width), 100, np.float32)
    places = rng.permutation(np.stack(np.meshgrid(np.arange(30, 630, 40), np.arange(30, 460, 40)), -1).reshape(-1, 2))
    for number, (x, y) in enumerate(places[: n_heads + 20] * scale):
        head = number < n_heads
        radius = round((4 if head else 5) * scale)
        cv2.circle(pixels, (round(x), round(y)), radius, 200 if head else 60, -1, cv2.LINE_AA)
    pixels += rng.normal(0, noise, pixels.shape)
    return np.clip(pixels, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("n_heads", [1, 7, 40, 120])
@pytest.mark.parametrize("noise", [0.0, 3.0, 8.0])
@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_drawn_heads_are_counted(n_heads: int, noise: float, scale: float) -> None:
    assert count_heads(drawn(n_heads, noise=noise, scale=scale)) == n_heads


@pytest.mark.parametrize("noise", [0.0, 3.0, 12.0])
def test_an_empty_frame_has_none(noise: float) -> None:
    pixels = np.random.default_rng(0).normal(100, noise, (480, 640))
    assert count_heads(np.clip(pixels, 0, 255).astype(np.uint8)) == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 64), (64, 1), (1, 65535), (3, 2)])
def test_a_frame_of_hardly_any_pixels_has_none(shape: tuple[int, int]) -> None:
    assert count_heads(np.full(shape, 100, np.uint8)) == 0
    count_heads(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))


def test_tiny_frames_are_counted_too() -> None:
    assert count_heads(np.zeros((8, 8), np.uint8)) == 0
    pixels = np.full((64, 64), 50, np.uint8)
    cv2.circle(pixels, (20, 30), 2, 200, -1)
    assert count_heads(pixels) == 1


Size = tuple[int, int]


def cells(
    n: int, head_px: float, *, size: Size = (480, 640), contrast: float = 80.0, apart: float = 2.2, seed: int = 0
) -> np.ndarray:
    """Elliptic heads with a halo and a tail, brighter than the background or darker, on a noisy field with specks."""
    rng = np.random.default_rng(seed)
    height, width = size
    pixels = np.full(size, 120, np.float32)
    places: list[np.ndarray] = []
    while len(places) < n:
        place = rng.uniform(2 * head_px, [width - 2 * head_px, height - 2 * head_px])
        if all(np.hypot(*(place - other)) > apart * head_px + 4 for other in places):
            places.append(place)
    for place in places:
        angle, centre = rng.uniform(0, 360), tuple(round(16 * at) for at in place)
        end = place + 4 * head_px * np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])
        tail = tuple(round(at) for at in place), tuple(round(at) for at in end)
        cv2.line(pixels, *tail, 120 + contrast / 5, max(1, round(head_px / 8)), cv2.LINE_AA)
        for widened, grey in ((0.25 * head_px, 120 - 0.4 * contrast), (0, 120 + contrast)):
            axes = tuple(max(16, round(16 * (share * head_px + widened))) for share in (0.62, 0.4))
            cv2.ellipse(pixels, centre, axes, angle, 0, 360, grey, -1, cv2.LINE_AA, 4)
    for x, y in rng.uniform(0, [width, height], (30, 2)):
        cv2.circle(pixels, (round(x), round(y)), max(1, round(head_px / 5)), 120 - contrast / 4, -1)
    return np.clip(pixels + rng.normal(0, 4, size), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("head_px", "n"), [(3, 40), (5, 40), (8, 30), (12, 26), (20, 15), (30, 12)])
@pytest.mark.parametrize("contrast", [80.0, -80.0])
@pytest.mark.parametrize("size", [(480, 640), (500, 500), (1080, 1920)])
def test_heads_are_counted_at_any_magnification_bright_or_dark(
    head_px: float, n: int, contrast: float, size: Size
) -> None:
    found = head_count(cells(n, head_px, contrast=contrast, size=size))
    assert (found.n, found.polarity, found.doubt) == (n, "bright" if contrast > 0 else "dark", "")
    assert head_px / 1.7 <= found.head_px <= head_px * 1.7


def test_the_same_field_in_more_pixels_has_as_many_heads() -> None:
    field = cells(60, 8)
    larger = cv2.resize(field, None, fx=2.5, fy=2.5, interpolation=cv2.INTER_CUBIC)
    assert head_count(np.asarray(larger)).n == head_count(field).n == 60


def test_a_camera_with_a_wider_field_sees_more_heads() -> None:
    field = cells(20, 8)
    assert count_heads(np.tile(field, (2, 3))) == 6 * 20


@pytest.mark.parametrize(
    ("pixels", "doubt"),
    [
        (np.full((480, 640), 90, np.uint8), "nothing stands out from the background"),
        (cells(2, 8), "only 2 found, too few to know how large heads are"),
        (np.maximum(cells(400, 16, apart=0.3), 80), "heads are faint or crowded: "),
        (cells(40, 8, contrast=14), "heads are faint or crowded: "),
        (np.hstack([cells(30, 8), cells(30, 8, contrast=-80)]), "bright and dark blobs stand out alike"),
        (np.hstack([cells(40, 4), cells(10, 36)]), "blobs of very different sizes stand out alike"),
        (cells(6, 60), "heads may be larger than 44 pixels"),
    ],
)
def test_a_number_that_may_be_far_off_is_doubted(pixels: np.ndarray, doubt: str) -> None:
    assert head_count(pixels).doubt.startswith(doubt)


def test_near_the_truth_of_another_simulator(real_data: Path) -> None:
    truth, clip = (real_data / f"njit_40cells_60fps_15s{ending}" for ending in (".csv.gz", ".mp4"))
    if not (truth.exists() and clip.exists()):
        pytest.skip(f"no clip of NJIT's simulator in {real_data}")
    with gzip.open(truth, "rt") as file:  # columns: cell, x, y, direction, frame from 1, class
        rows = [(int(row[4]) - 1, float(row[1]), float(row[2])) for row in csv.reader(file)]
    in_view = Counter(frame for frame, x, y in rows if 0 < x < 500 and 0 < y < 500)
    with VideoReader(clip) as reader:
        found = {frame.index: head_count(frame.grey()) for frame in reader if frame.index % 100 == 0}
    assert all(abs(heads.n - in_view[index]) <= 2 for index, heads in found.items())
    assert {(heads.polarity, heads.doubt) for heads in found.values()} == {("dark", "")}


def test_near_the_boxes_drawn_by_hand(real_data: Path) -> None:
    boxes, clip = real_data / "visem_tracking/head_boxes.csv.gz", real_data / "visem_tracking/82_first15s.mp4"
    if not (boxes.exists() and clip.exists()):
        pytest.skip(f"no boxes or clip in {real_data}")
    with gzip.open(boxes, "rt") as file:
        drawn_by_hand = Counter(int(row["frame"]) for row in csv.DictReader(file) if row["video_id"] == "82")
    with VideoReader(clip) as reader:
        ratios = [count_heads(frame.grey()) / drawn_by_hand[frame.index] for frame in reader if frame.index % 50 == 0]
    assert 0.9 < np.median(ratios) < 1.4
