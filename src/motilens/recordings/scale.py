"""The width of a pixel: as given, or estimated from the size of the heads.

Human sperm heads are all about equally large, so their size in pixels tells the scale. It is found by the scale
selection of ``stacks.counts`` in a few frames. Single heads, focus and halo differ, so the estimate is uncertain by
``ERROR_FACTOR``; whoever knows the width of a pixel should give it.
"""

import numpy as np

from motilens.config import Settings
from motilens.errors import ScaleError
from motilens.stacks.counts import TRUSTED_HEADS, head_count
from motilens.video.reader import VideoReader
from motilens.video.survey import Survey

HEAD_UM = 5.2
"""Diameter in um of what ``head_count`` takes for a head, halo included: the median over simulated videos of known
scale (``python -m benchmarks.pixel_width``)."""

ERROR_FACTOR = 1.5
"""The interval reaches from the estimate divided by this factor to the estimate times it: 95 % of simulated videos of
all kinds of microscopes lie within it."""

FRAMES_SEEN = 8
"""Frames in which heads are measured."""

WITHIN_FRAMES = 100
"""They are taken from so many first usable frames of the video."""


class PixelWidth(Settings):
    """Width of a pixel."""

    um_per_px: float
    interval: tuple[float, float] | None = None
    """Interval that has the true width in 95 of 100 videos; None for a width that was given."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What a user should know about it."""
        if self.interval is None:
            return ()
        low, high = self.interval
        return (
            f"the width of a pixel was estimated from the heads: {self.um_per_px:.2f} um ({low:.2f}-{high:.2f}); give "
            "the true one with --um-per-px",
        )


def estimated_width(found: Survey) -> PixelWidth:
    """Estimate the width of a pixel from the heads in a few frames.

    Args:
        found: the survey of the video.

    Raises:
        ScaleError: too few heads stand out.
        UndecodableError: the video has changed since the survey.
    """
    n = min(len(found.number), WITHIN_FRAMES)
    chosen = np.linspace(0, n - 1, min(FRAMES_SEEN, n)).round().astype(int).tolist()
    with VideoReader(found, positions=chosen, read_ahead=False) as reader:
        counts = [head_count(frame.grey()) for frame in reader]
    sizes_px = [count.head_px for count in counts if count.n >= TRUSTED_HEADS]
    if not sizes_px:
        raise ScaleError(
            f"the width of a pixel of {found.path.name} is not known, and too few heads stand out to estimate it; give "
            "it with --um-per-px"
        )
    um_per_px = HEAD_UM / float(np.median(sizes_px))
    return PixelWidth(
        um_per_px=round(um_per_px, 4),
        interval=(um_per_px / ERROR_FACTOR, um_per_px * ERROR_FACTOR),
    )
