"""Long videos of small frames: most discs stand still, some swim, and a camera looks at a part of a large field."""

from collections.abc import Iterator

import cv2
import numpy as np

HEIGHT_PX, WIDTH_PX = 96, 128
N_FRAMES = 600


def film(n_frames: int = N_FRAMES, *, camera_px: np.ndarray | None = None, still: int = 700) -> Iterator[np.ndarray]:
    """Frames with fresh noise; ``camera_px`` (frame, 2) is the camera's place, 0 to 400 in x and y."""
    rng = np.random.default_rng(0)
    field = np.full((500, 530), 90, np.uint8)
    for x, y in rng.uniform(0, [530, 500], (still, 2)):
        cv2.circle(field, (int(x), int(y)), 3, 170, -1)
    at, speed = rng.uniform(0, [530, 500], (150, 2)), rng.uniform(-1, 1, (150, 2))
    noise = rng.normal(0, 3, (2 * HEIGHT_PX, 2 * WIDTH_PX)).astype(np.float32)
    for number in range(n_frames):
        left, top = (0, 0) if camera_px is None else camera_px[number].round().astype(int)
        pixels = field[top : top + HEIGHT_PX, left : left + WIDTH_PX].copy()
        for x, y in (at + speed * number) % [530, 500] - [left, top]:
            cv2.circle(pixels, (int(x), int(y)), 3, 210, -1)
        y, x = rng.integers(0, [HEIGHT_PX, WIDTH_PX])
        yield np.clip(pixels + noise[y : y + HEIGHT_PX, x : x + WIDTH_PX], 0, 255).astype(np.uint8)


def place(*moves: tuple[int, int, tuple[int, int]]) -> np.ndarray:
    """The camera's place in each frame: it is at (x, y) in frames [first, stop), and at (0, 0) in others."""
    camera_px = np.zeros((N_FRAMES, 2))
    for first, stop, at in moves:
        camera_px[first:stop] = at
    return camera_px
