"""Settings of simulated data sets, and the named sets."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from pydantic import Field, ValidationError, model_serializer

from motilens.config import Settings
from motilens.errors import InputError
from motilens.simulate.difficulty import DifficultyName
from motilens.simulate.optics.phase_contrast import Illumination
from motilens.simulate.tables import TableOf
from motilens.video.writer import Codec

ENDINGS: dict[Codec, str] = {"mjpeg": ".avi", "h264": ".mp4", "ffv1": ".avi"}

SIMULATOR_VERSION = 3
"""Increased whenever the same seed gives other pixels."""

FULL_WIDTH_PX = 640
"""Width of VISEM's frames; smaller simulated frames show the same field more coarsely."""

_Settings = TypeVar("_Settings", bound=Settings)


class VideoSettings(Settings):
    """Settings common to both kinds of simulated data sets: freely drawn, and drawn along real tracks."""

    simulator_version: Literal[3] = SIMULATOR_VERSION
    height_px: int = Field(default=480, ge=32, multiple_of=2)
    width_px: int = Field(default=640, ge=32, multiple_of=2)
    codec: Codec = "mjpeg"
    quality: int | None = Field(default=None, ge=0, le=51)
    difficulty: DifficultyName = "visem"
    seed: int = Field(default=0, ge=0)

    @property
    def size_text(self) -> str:
        """Size of the frames, width first: ``640x480``."""
        return f"{self.width_px}x{self.height_px}"


class SimulationConfig(VideoSettings):
    """Settings of a freely drawn data set; they determine every pixel of it."""

    kind: Literal["simulated"] = "simulated"
    name: str | None = None
    """Full name of a named set, with its version and seed; None for all others."""
    participants: int = Field(ge=1, le=100_000)
    seconds: float = Field(gt=0)
    """Length of each field of view; a video of 3 fields is 3 times as long."""
    fps_hz: float = Field(default=50.0, gt=0, le=1000)
    fields: int = Field(default=1, ge=1)
    table_of: TableOf = "exact"
    counted_cells: int = Field(default=200, ge=1)
    um_per_px: float | None = Field(default=None, ge=0.1, le=2.0)
    """Width of a pixel of all videos; None draws one for each video, as the difficulty says."""
    illumination: Illumination = "phase contrast"

    @model_serializer(mode="wrap")
    def _without_usual_microscope(self, dump: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """Leave out what says that the microscope is VISEM's, as do the settings of data sets made before others."""
        usual = {"um_per_px": None, "illumination": "phase contrast"}
        return {name: value for name, value in dump(self).items() if (name, value) not in usual.items()}

    @property
    def frames_per_field(self) -> int:
        """Frames of each field of view, at least one."""
        return max(1, round(self.seconds * self.fps_hz))

    @property
    def length_s(self) -> float:
        """Length of a video."""
        return self.fields * self.frames_per_field / self.fps_hz


class TracksConfig(VideoSettings):
    """Settings of a data set drawn along real tracks; they determine every pixel of it."""

    kind: Literal["along tracks"] = "along tracks"
    tracks: str
    """Fingerprint of the table or folder of tracks."""
    labels: str
    """Fingerprint of the laboratory's table."""
    participants: tuple[int, ...]
    fps_hz: float = Field(gt=0, le=1000)


NAMED_SETS: dict[str, SimulationConfig] = {
    "visem-sim-85": SimulationConfig(
        name="visem-sim-85-v2-seed2019",
        participants=85,
        fields=8,
        seconds=6.0,
        codec="h264",
        table_of="counted",
        seed=2019,
    )
}
"""Settings by name. When a change of the simulator changes a set, the version in its full name increases."""


def named_set(name: str) -> SimulationConfig:
    """Look up the settings of a named set.

    Raises:
        InputError: no such name.
    """
    if name not in NAMED_SETS:
        raise InputError(f"no data set named {name!r}; allowed: {', '.join(NAMED_SETS)}")
    return NAMED_SETS[name]


def checked(kind: type[_Settings], **settings: object) -> _Settings:
    """Make settings; all errors are reported in one line.

    Raises:
        InputError: a setting that is not allowed.
    """
    try:
        return kind.model_validate(settings)
    except ValidationError as error:
        told = "; ".join(
            f"{e['loc'][0]} is {'missing' if e['type'] == 'missing' else repr(e['input'])}: "
            f"{e['msg'][0].lower()}{e['msg'][1:]}"
            for e in error.errors()
        )
        raise InputError(f"cannot simulate: {told}") from error
