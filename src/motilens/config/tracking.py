"""Settings of tracking.

Defaults are motilitAI's where it has any (Ottl et al. 2022, doi 10.1016/j.isci.2022.104644).
"""

from typing import Literal

from pydantic import Field, model_validator

from motilens.config.base import Settings
from motilens.files import digest_of

PUBLISHED_LEAST_MASS = 900.0
"""Least summed brightness of a head in motilitAI, in grey levels of 0-255."""

TRACKS_VERSION = 1
"""Incremented whenever a change of the code gives other tracks for the same settings."""

DriftName = Literal["mean", "median", "none"]
"""Which common motion of all heads is removed as drift; see ``tracking.link``."""

PolarityName = Literal["bright", "dark"]
"""Whether heads are brighter than the background, as in VISEM, or darker."""


class DetectConfig(Settings):
    """How heads are found, and where around them a beating tail is looked for."""

    diameter_px: int = Field(default=11, ge=3)
    """Odd number, slightly larger than a head."""
    polarity: PolarityName = "bright"
    """Whether heads are brighter or darker than the background."""
    least_mass: float | None = Field(default=None, ge=0)
    """Least summed brightness of a head; None derives it from each video (``tracking.detect.head_mass``)."""
    ring_inner_um: float = Field(default=4.0, ge=0)
    """Inner radius of the ring: outside the head, even if the detected centre is slightly off."""
    ring_outer_um: float = Field(default=10.0, gt=0)

    @model_validator(mode="after")
    def _fits_together(self) -> "DetectConfig":
        if self.diameter_px % 2 == 0:
            raise ValueError(f"diameter_px is {self.diameter_px}; allowed: odd numbers")
        if self.ring_inner_um >= self.ring_outer_um:
            raise ValueError(f"ring from {self.ring_inner_um} to {self.ring_outer_um} um; allowed: outer above inner")
        return self


class LinkConfig(Settings):
    """How heads are linked to tracks."""

    search_range_px: float = Field(default=5.0, gt=0)
    """How far a head may move from one frame to the next."""
    memory_frames: int = Field(default=3, ge=0)
    """Number of frames for which a head may be lost."""
    least_frames: int = Field(default=25, ge=2)
    """Tracks of fewer points are left out: they are mostly noise."""


class TrackingConfig(Settings):
    """How much of a video is tracked, and how."""

    seconds: float | None = Field(default=24.0, gt=0)
    """Seconds of each video that are tracked, distributed over its segments between stage moves; None tracks all."""
    least_segment_s: float = Field(default=1.0, gt=0)
    """Shorter segments are skipped."""
    mass_frames: int = Field(default=16, ge=1)
    """Number of frames, evenly spaced over the video, from which the least mass of a head is derived."""
    detect: DetectConfig = DetectConfig()
    link: LinkConfig = LinkConfig()

    @property
    def digest(self) -> str:
        """Hash of the settings and the version; the same for the same tracks."""
        return digest_of({"version": TRACKS_VERSION, **self.model_dump()})


class ClassThresholds(Settings):
    """Where WHO's classes begin (laboratory manual, 6th edition, 2021), and when a standing cell beats."""

    window_s: float = Field(default=1.0, gt=0)
    """Tracks are measured in pieces of about this length; a cell that swims in a circle would come back otherwise."""
    rapid_um_s: float = Field(default=25.0, gt=0)
    progressive_um_s: float = Field(default=5.0, gt=0)
    least_beat: float = Field(default=1.25, gt=0)
    """A cell that stands is beating if the ring around its head changes at least this many times as much as the
    background. About eight in ten of the simulator's standing cells are classified correctly; noise hides the rest."""

    @model_validator(mode="after")
    def _fits_together(self) -> "ClassThresholds":
        if self.progressive_um_s >= self.rapid_um_s:
            raise ValueError(
                f"progressive from {self.progressive_um_s}, rapid from {self.rapid_um_s} um/s; allowed: rapid above"
            )
        return self
