"""Draws the frames of a participant's video: field after field, with stage moves between them.

Only one field and one second of its cells' paths are in memory at a time, whatever the length of the video.
"""

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import numpy as np

from motilens.simulate.field import Field
from motilens.simulate.motion.stage import camera_path
from motilens.simulate.motion.walk import Walk
from motilens.simulate.optics.drawing import draw_frame
from motilens.simulate.optics.light import noise_sheet
from motilens.simulate.random_streams import Purpose, stream
from motilens.simulate.scene import Scene
from motilens.video.picture import Picture


@runtime_checkable
class FieldObserver(Protocol):
    """Is told of every field and of its cells' paths, while the frames are drawn."""

    def open_field(self, scene: Scene, *, n_in: int = 0) -> None:
        """Begin a field; the stage still moves during its first ``n_in`` frames."""
        ...

    def chunk(self, scene: Scene, walk: Walk, camera_px: np.ndarray) -> None:
        """See the next chunk; ``camera_px`` (frame, 2) is the position of the view in the domain."""
        ...

    def close_field(self, scene: Scene, *, n_out: int = 0) -> None:
        """End the field; the stage moves during its last ``n_out`` frames."""
        ...


def draw_frames(
    fields: Iterator[Field], n_fields: int, observer: FieldObserver, *, seed: int, participant: int, fps_hz: float
) -> Iterator[Picture]:
    """Draw all frames of all fields, and record their truth.

    Args:
        fields: in order; each is requested when the one before has ended.
        n_fields: number of fields.
        observer: is told of each second of the video, such as a ``Recorder``.
        seed: the data set's seed.
        participant: the participant's ID.
        fps_hz: frame rate.
    """
    sheet = None
    for number, field in enumerate(fields):
        scene = field.scene
        if sheet is None:
            sheet = noise_sheet(stream(seed, participant, Purpose.NOISE), scene.optics)
        noise = stream(seed, participant, Purpose.NOISE, field=number + 1)
        camera, n_in, n_out = camera_path(
            stream(seed, participant, Purpose.STAGE, field=number),
            n_frames=field.n_frames,
            fps_hz=fps_hz,
            width_px=scene.optics.width_px,
            arrives=number > 0,
            leaves=number < n_fields - 1,
        )
        last_step = camera[-1:] - camera[-2:-1] if n_out > 1 else np.zeros((1, 2))
        slides = np.diff(camera, axis=0, append=camera[-1:] + last_step)
        observer.open_field(scene, n_in=n_in)
        first = 0
        for walk in field.walk():
            observer.chunk(scene, walk, camera[first : first + walk.n_frames])
            for k in range(walk.n_frames):
                yield draw_frame(
                    scene,
                    walk,
                    k,
                    time_s=(first + k) / fps_hz,
                    fps_hz=fps_hz,
                    sheet=sheet,
                    noise=noise,
                    camera_px=_pair(camera[first + k]),
                    slide_px=_pair(slides[first + k]),
                )
            first += walk.n_frames
        observer.close_field(scene, n_out=n_out)


def _pair(values: np.ndarray) -> tuple[float, float]:
    return float(values[0]), float(values[1])
