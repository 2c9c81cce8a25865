"""Settings of tracking.

Defaults are motilitAI's where it has any (Ottl et al. 2022, doi 10.1016/j.isci.2022.104644).
"""

from typing import Literal

from pydantic import Field, model_validator

from motilens.config import Settings

PUBLISHED_LEAST_MASS = 900.0
"""The least summed brightness of a head that motilitAI asks for, in grey levels of 0-255."""

DriftName = Literal["mean", "median", "none"]
"""What of the common motion of all heads is taken off; see ``tracks.link``."""


class DetectConfig(Settings):
    """How heads are found, and where around them a beat is looked for."""

    diameter_px: int = Field(default=11, ge=3)
    """Odd; a little more than a head."""
    least_mass: float | None = Field(default=None, ge=0)
    """Least summed brightness of a head; None lets each video's own candidates say (``tracks.detect.head_mass``)."""
    ring_inner_um: float = Field(default=4.0, ge=0)
    """The ring begins where the head ends, even if that lies a little beside where it was found."""
    ring_outer_um: float = Field(default=10.0, gt=0)

    @model_validator(mode="after")
    def _fits_together(self) -> "DetectConfig":
        if self.diameter_px % 2 == 0:
            raise ValueError(f"diameter_px is {self.diameter_px}; allowed: odd numbers")
        if self.ring_inner_um >= self.ring_outer_um:
            raise ValueError(f"ring from {self.ring_inner_um} to {self.ring_outer_um} um; allowed: outer above inner")
        return self


class LinkConfig(Settings):
    """How heads become tracks."""

    search_range_px: float = Field(default=5.0, gt=0)
    """A head moves at most so far from frame to frame."""
    memory_frames: int = Field(default=3, ge=0)
    """A head may be lost for so many frames."""
    least_frames: int = Field(default=25, ge=2)
    """Tracks of fewer places are left out: mostly noise."""
    drift: DriftName = "mean"


class PhysicsConfig(Settings):
    """Where WHO's classes begin (laboratory manual, 6th edition, 2021), and when a standing cell beats."""

    window_s: float = Field(default=1.0, gt=0)
    """Tracks are measured over pieces of about this length, so that a long circle is not a short way."""
    rapid_um_s: float = Field(default=25.0, gt=0)
    progressive_um_s: float = Field(default=5.0, gt=0)
    least_beat: float = Field(default=1.25, gt=0)
    """A cell that stands beats if its ring changes at least so many times as much as the background. Of the simulator's
    standing cells this tells about eight in ten right; noise hides the rest."""

    @model_validator(mode="after")
    def _fits_together(self) -> "PhysicsConfig":
        if self.progressive_um_s >= self.rapid_um_s:
            raise ValueError(
                f"progressive from {self.progressive_um_s}, rapid from {self.rapid_um_s} um/s; allowed: rapid above"
            )
        return self
