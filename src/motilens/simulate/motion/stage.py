"""How the stage glides from one field to the next: off with rising speed, in with falling speed."""

import numpy as np
from jaxtyping import Float

GLIDE_S = (0.12, 0.3)
"""How long the stage takes to leave a field, and again to arrive at the next."""

TOP_SPEED_SHARE = (0.05, 0.09)
"""Of the view's width, in one fiftieth of a second."""

Glide = Float[np.ndarray, "frame 2"]


def camera_path(
    rng: np.random.Generator, *, n_frames: int, fps_hz: float, width_px: int, arrives: bool, leaves: bool
) -> tuple[Glide, int, int]:
    """Where the view is in the room, frame by frame; it stands at (0, 0) in between.

    Args:
        rng: decides direction, duration and speed; always as many draws.
        n_frames: of the field.
        fps_hz: frames a second.
        width_px: of the view.
        arrives: whether it comes from another field.
        leaves: whether it goes on to another.

    Returns:
        Places (n_frames, 2) in pixels, how many frames at the start it still glides, and how many at the end.
    """
    angles = rng.uniform(0, 2 * np.pi, 2)
    lengths = np.clip(np.rint(rng.uniform(*GLIDE_S, 2) * fps_hz).astype(int), 1, max(1, n_frames // 4))
    speeds = rng.uniform(*TOP_SPEED_SHARE, 2) * width_px * 50 / fps_hz
    path = np.zeros((n_frames, 2))
    n_in = int(lengths[0]) if arrives else 0
    n_out = int(lengths[1]) if leaves else 0
    if n_in:
        path[:n_in] -= (_run(n_in) * speeds[0])[::-1, None] * _unit(angles[0])
    if n_out:
        path[n_frames - n_out :] += (_run(n_out) * speeds[1])[:, None] * _unit(angles[1])
    return path, n_in, n_out


def _run(n: int) -> Float[np.ndarray, " frame"]:
    """Way after each of n frames at a speed that rises to 1 as a quarter of a sine."""
    return np.cumsum(np.sin(np.pi / 2 * (np.arange(n) + 1) / n))


def _unit(angle: float) -> Float[np.ndarray, "2"]:
    return np.array([np.cos(angle), np.sin(angle)])
