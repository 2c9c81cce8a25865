"""The prediction of one recording; needs only NumPy."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from motilens.config import Target
from motilens.errors import InputError
from motilens.shapes import Percentages

Part = Literal["stack", "window", "recording"]
"""Unit of a recording that gets a prediction of its own."""


@dataclass(frozen=True)
class Prediction:
    """Three percentages for each part of one recording.

    Attributes:
        video_id: the recording.
        target: motility or morphology.
        parts_pct: (part, 3), percent, in the order of ``config.TARGET_NAMES``; at least one part.
        part: what the parts are.
        times_s: start and end of each stretch of the recording that was used, half-open: of each part, or of the stacks
            from which the one part was made; empty where all of the recording was used.
        problems: what was lost or had to be worked around.
        cell_counts: (stack, 6), cells of each kind in each stack, in the order of ``networks.counter.MAPS``; None if
            the method counts none.

    Raises:
        InputError: no part, or values that are not finite.
    """

    video_id: str
    target: Target
    parts_pct: Percentages
    part: Part
    times_s: tuple[tuple[float, float], ...] = ()
    problems: tuple[str, ...] = ()
    cell_counts: np.ndarray | None = None

    def __post_init__(self) -> None:
        if not len(self.parts_pct) or not np.isfinite(self.parts_pct).all():
            raise InputError(
                f"prediction {self.parts_pct.tolist()} for {self.video_id}; allowed: three finite percentages a "
                f"{self.part}, at least one {self.part}"
            )

    @cached_property
    def predicted_pct(self) -> np.ndarray:
        """Mean over parts: (3,), percent."""
        return self.parts_pct.mean(axis=0)

    @cached_property
    def sd_pct(self) -> np.ndarray:
        """Standard deviation over parts: (3,), points; 0 for a single part.

        It does not estimate the error, since the errors of parts are correlated.
        """
        return self.parts_pct.std(axis=0)
