"""Short films of bright dots whose number and ways are known, as video files."""

from collections.abc import Sequence
from pathlib import Path

from motilens.config import StackConfig
from motilens.video.writer import write_video
from tests.tracking.scenes import SCALE, film, straight

SPEEDS_UM_S = (40.0, 0.0, 20.0, 0.0, 30.0)
"""Five cells, two of which stand."""

UM_PER_PX, FPS_HZ = SCALE.um_per_px, SCALE.fps_hz

STACKS = StackConfig(input_type="I3", stacks_per_video=2, size_px=16)
"""Two stacks of 9 frames of 16 x 16."""


def write_film(
    path: Path,
    speeds_um_s: Sequence[float] = SPEEDS_UM_S,
    *,
    n_frames: int = 60,
    seed: int = 0,
    noise_grey: float = 2.0,
) -> Path:
    """A video of one cell for each speed; a second of it is enough to track them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = film(straight(n_frames, speeds_um_s), seed=seed, noise_grey=noise_grey)
    write_video(path, pixels, fps_hz=FPS_HZ, codec="mjpeg")
    return path


def write_broken(path: Path) -> Path:
    """A file that is named as a video and holds text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("this is no video", encoding="utf-8")
    return path
