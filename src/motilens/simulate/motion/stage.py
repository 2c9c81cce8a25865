"""Computes how the stage moves from one field to the next: away with rising speed, in with falling speed."""

import numpy as np
from jaxtyping import Float

GLIDE_S = (0.12, 0.3)
"""Range of the time that the stage takes to leave a field, and again to arrive at the next."""

TOP_SPEED_SHARE = (0.05, 0.09)
"""Range of the top speed, as a share of the view's width in a fiftieth of a second."""

Glide = Float[np.ndarray, "frame 2"]


def camera_path(
    rng: np.random.Generator, *, n_frames: int, fps_hz: float, width_px: int, arrives: bool, leaves: bool
) -> tuple[Glide, int, int]:
    """Draw the position of the view in the domain for each frame; between stage moves it is (0, 0).

    Args:
        rng: decides direction, duration and speed; the number of draws is always the same.
        n_frames: number of frames of the field.
        fps_hz: frame rate.
        width_px: width of the view.
        arrives: whether the stage comes from another field.
        leaves: whether the stage goes on to another field.

    Returns:
        Positions (n_frames, 2) in pixels; the number of frames at the start, and at the end, in which the stage moves.
    """
    angles = rng.uniform(0, 2 * np.pi, 2)
    lengths = np.clip(np.rint(rng.uniform(*GLIDE_S, 2) * fps_hz).astype(int), 1, max(1, n_frames // 4))
    speeds = rng.uniform(*TOP_SPEED_SHARE, 2) * width_px * 50 / fps_hz
    path = np.zeros((n_frames, 2))
    n_in = int(lengths[0]) if arrives else 0
    n_out = int(lengths[1]) if leaves else 0
    if n_in:
        path[:n_in] -= (_distances(n_in) * speeds[0])[::-1, None] * _unit(angles[0])
    if n_out:
        path[n_frames - n_out :] += (_distances(n_out) * speeds[1])[:, None] * _unit(angles[1])
    return path, n_in, n_out


def _distances(n: int) -> Float[np.ndarray, " frame"]:
    """Distance after each of n frames at a speed that rises to 1 like a quarter of a sine wave."""
    return np.cumsum(np.sin(np.pi / 2 * (np.arange(n) + 1) / n))


def _unit(angle: float) -> Float[np.ndarray, "2"]:
    return np.array([np.cos(angle), np.sin(angle)])
