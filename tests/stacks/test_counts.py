"""Counting heads: drawn ones first, then hand-drawn boxes on a real clip."""

import csv
import gzip
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from motilens.stacks.counts import count_heads
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


def test_tiny_frames_are_counted_too() -> None:
    assert count_heads(np.zeros((8, 8), np.uint8)) == 0
    pixels = np.full((64, 64), 50, np.uint8)
    cv2.circle(pixels, (20, 30), 2, 200, -1)
    assert count_heads(pixels) == 1


def test_near_the_boxes_drawn_by_hand(real_data: Path) -> None:
    boxes, clip = real_data / "visem_tracking/head_boxes.csv.gz", real_data / "visem_tracking/82_first15s.mp4"
    if not (boxes.exists() and clip.exists()):
        pytest.skip(f"no boxes or clip in {real_data}")
    with gzip.open(boxes, "rt") as file:
        drawn_by_hand = Counter(int(row["frame"]) for row in csv.DictReader(file) if row["video_id"] == "82")
    with VideoReader(clip) as reader:
        ratios = [count_heads(frame.grey()) / drawn_by_hand[frame.index] for frame in reader if frame.index % 50 == 0]
    assert 0.9 < np.median(ratios) < 1.4
