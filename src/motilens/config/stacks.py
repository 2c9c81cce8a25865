"""Which frames of a video become stacks."""

from pydantic import Field

from motilens.config.base import InputType, Settings


class StackConfig(Settings):
    """Which frames of a video become stacks, and how large."""

    input_type: InputType = "I4"
    stacks_per_video: int = Field(default=250, ge=1)
    """Number of stacks, evenly spaced over the video (the released scripts use 250)."""
    size_px: int = Field(default=256, ge=16, multiple_of=4)
    """Height and width after area averaging. The paper's networks halve it twice, so a multiple of 4."""
    um_per_px: float | None = Field(default=None, gt=0)
    """Width of a pixel in um after area averaging, with the aspect ratio kept; None for squares of ``size_px``."""
    rate_hz: float = Field(default=50.0, gt=0)
    """Frame rate of the stacks; VISEM's nominal rate."""
    rate_tolerance: float = Field(default=0.05, ge=0, lt=1)
    """Constant rates within this share of ``rate_hz`` are taken frame by frame (VISEM has 48 to 50.18)."""
    force_slow: bool = False
    """Use all frames of a video whose frame rate is too low, instead of leaving it out; its record says so."""
    repeated_from_hz: float | None = Field(default=None, gt=0)
    """Lowest rate of a video slower than ``rate_hz`` that is used: the nearest frame is shown at each tick, some frames
    several times. None leaves slower videos out."""
