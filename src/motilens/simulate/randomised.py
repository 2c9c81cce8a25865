"""Draws short videos in which everything varies, and where each cell is: what a counting network is trained on.

A participant of ``simulate_dataset`` looks as in VISEM. Here scale, frame rate, brightness, contrast, polarity, focus,
noise, debris, flow, density, percentages and codec are drawn from ranges that are wider than those of laboratories, so
that a network which counts cells in all of them can be expected to do so in a video that nobody simulated (domain
randomisation, Tobin et al. 2017, doi 10.1109/IROS.2017.8202133). A video goes through the same file, decoder and
selection of frames as a laboratory's.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from motilens.config import StackConfig
from motilens.errors import VideoError
from motilens.simulate.difficulty import Difficulty
from motilens.simulate.field import draw_field
from motilens.simulate.frames import draw_frames
from motilens.simulate.motion.pose import heads
from motilens.simulate.motion.walk import Walk
from motilens.simulate.optics.debris import draw_specks
from motilens.simulate.optics.light import Optics, draw_optics
from motilens.simulate.participants import SimulatedParticipant, draw_participant
from motilens.simulate.random_streams import Purpose, stream
from motilens.simulate.scene import Scene
from motilens.simulate.settings import ENDINGS
from motilens.stacks.extract import extract_stacks
from motilens.video.picture import Picture
from motilens.video.writer import Codec, write_video

FIELD_UM = (144.0, 192.0)
"""Height and width of the field of view."""

SCALES_UM_PER_PX = (0.22, 1.05)
RATES_HZ = (25.0, 30.0, 50.0, 50.0, 60.0, 75.0, 100.0)

VISEM_SHARE = 0.4
"""Share of the videos with VISEM's scale, frame rate, brightness and percentages."""

STACK_S = 0.36
"""Length of a stack: 18 frames at 50 Hz."""

CELLS_PER_MM2 = (40.0, 5000.0)
"""Range of the density, log-uniform: about 3.5 to 430 x 10^6 cells per mL, if as many are seen as in VISEM."""

BRIGHT_FIELD_SHARE = 0.15
"""Share of the videos in bright field, where heads are dark; of those that are not like VISEM's."""

NEGATIVE_SHARE = 0.1
"""Share of the videos in phase contrast that are shown as negatives, as negative phase contrast shows heads."""

_QUALITIES: dict[Codec, tuple[int, int]] = {"mjpeg": (2, 12), "h264": (16, 32), "ffv1": (0, 0)}
_CODECS: tuple[Codec, ...] = ("mjpeg", "mjpeg", "h264", "h264", "ffv1")


@dataclass(frozen=True)
class LabelledStack:
    """One stack of a simulated video, and the cells in it.

    Attributes:
        pixels: (frame, y, x), uint8 grey.
        x_px, y_px: mean position of each cell's head during the stack, from the left and the top edge.
        kind: motility class, as an index into ``KINDS``.
        defects: whether head, midpiece and tail are defective.
        depth_um: height above the focal plane.
        taken_um_per_px: width of a pixel of the video, before it was scaled.
    """

    pixels: UInt8[np.ndarray, "frame height width"]
    x_px: Float[np.ndarray, " cell"]
    y_px: Float[np.ndarray, " cell"]
    kind: Int[np.ndarray, " cell"]
    defects: Bool[np.ndarray, "cell 3"]
    depth_um: Float[np.ndarray, " cell"]
    taken_um_per_px: float


def draw_labelled_stack(seed: int, number: int, config: StackConfig) -> LabelledStack:
    """Draw one short video, and cut the stack out of it.

    Args:
        seed: seed of all random streams.
        number: number of the video; each has its own streams.
        config: settings of the stack; ``um_per_px`` is the width of its pixels, and there is one stack in a video.

    Raises:
        VideoError: no stack could be cut out of the video, as may happen where strong compression leaves no motion.
    """
    cv2.setNumThreads(1)
    assert config.um_per_px is not None, "cells are placed in um"
    rng = stream(seed, number, Purpose.SAMPLE)
    like_visem = rng.random() < VISEM_SHARE
    fps_hz = 50.0 if like_visem else float(rng.choice(RATES_HZ))
    um_per_px = float(rng.normal(0.495, 0.02) if like_visem else np.exp(rng.uniform(*np.log(SCALES_UM_PER_PX))))
    optics = _optics(rng, um_per_px, fps_hz, like_visem=like_visem)
    difficulty = Difficulty(
        debris=float(np.exp(rng.uniform(np.log(0.2), np.log(3)))),
        defocus=float(rng.uniform(0.3, 1.6)),
        flow=float(rng.uniform(0, 2)),
        cluster_share=0.3,
    )
    person = _participant(rng, difficulty, optics, like_visem=like_visem)
    codec = _CODECS[rng.integers(len(_CODECS))]
    quality = int(rng.integers(_QUALITIES[codec][0], _QUALITIES[codec][1] + 1))
    camera = _Camera.draw(rng, optics, like_visem=like_visem)
    specks = draw_specks(stream(seed, number, Purpose.OPTICS), optics, defocus=difficulty.defocus)
    n_frames = int(np.ceil(STACK_S * fps_hz)) + 2
    field = draw_field(
        person, optics, specks, difficulty, seed=seed, participant=number, number=0, n_frames=n_frames, fps_hz=fps_hz
    )
    places = _Places()
    with TemporaryDirectory() as folder:
        video = Path(folder) / f"field{ENDINGS[codec]}"
        pictures = draw_frames(iter([field]), 1, places, seed=seed, participant=number, fps_hz=fps_hz)
        write_video(video, map(camera, pictures), fps_hz=fps_hz, codec=codec, quality=quality)
        batch, _ = extract_stacks(video, config, um_per_px=um_per_px, read_ahead=False)
    return places.label(batch.pixels[0], batch.frame_idx[0], field.scene, um_per_px, config.um_per_px)


def labelled_stacks(seed: int, numbers: range, config: StackConfig) -> Iterator[LabelledStack]:
    """Draw the stacks of several videos; those without a stack are passed over."""
    for number in numbers:
        try:
            yield draw_labelled_stack(seed, number, config)
        except VideoError:  # strong compression of an empty field leaves no two different frames
            continue


class _Places:
    """Records the places of the heads in every frame, as ``draw_frames`` reports them."""

    def __init__(self) -> None:
        self._at_px: list[np.ndarray] = []

    def open_field(self, scene: Scene, *, n_in: int = 0) -> None:
        """Nothing needs to be prepared."""

    def chunk(self, scene: Scene, walk: Walk, camera_px: np.ndarray) -> None:
        """Record the next frames."""
        for k in range(walk.n_frames):
            place_um, _ = heads(scene.cells, walk, k)
            self._at_px.append(scene.domain.in_view(place_um, (float(camera_px[k, 0]), float(camera_px[k, 1]))))

    def close_field(self, scene: Scene, *, n_out: int = 0) -> None:
        """Nothing remains to be done."""

    def label(
        self, pixels: np.ndarray, frame_idx: np.ndarray, scene: Scene, taken_um_per_px: float, um_per_px: float
    ) -> LabelledStack:
        """Select the cells whose mean place lies in the view."""
        at = np.stack(self._at_px)[frame_idx] * (taken_um_per_px / um_per_px)
        mean = at.mean(axis=0)
        size = np.array(pixels.shape[:0:-1])
        crossed = np.ptp(at, axis=0).max(axis=1) > size.max() / 2  # from one side of the domain to the other
        there = ((mean >= 0) & (mean < size)).all(axis=1) & ~crossed
        cells = [cell for cell, seen in zip(scene.cells.cells, there, strict=True) if seen]
        return LabelledStack(
            pixels=pixels,
            x_px=mean[there, 0],
            y_px=mean[there, 1],
            kind=scene.cells.kind[there],
            defects=np.array([cell.form.defects for cell in cells], bool).reshape(-1, 3),
            depth_um=scene.cells.depth_um[there],
            taken_um_per_px=taken_um_per_px,
        )


@dataclass(frozen=True)
class _Camera:
    """Brightness and contrast: grey levels around the mean of the empty field are scaled and shifted."""

    from_level: float
    to_level: float
    gain: float

    @staticmethod
    def draw(rng: np.random.Generator, optics: Optics, *, like_visem: bool) -> "_Camera":
        level = optics.level
        to_level, gain = float(rng.uniform(25, 200)), float(np.exp(rng.uniform(np.log(0.3), np.log(1.6))))
        if like_visem:
            return _Camera(level, level, 1.0)
        if optics.illumination == "bright field":
            return _Camera(level, float(rng.uniform(120, 210)), gain)
        negative = rng.random() < NEGATIVE_SHARE
        return _Camera(level, max(to_level, 80.0), -gain) if negative else _Camera(level, to_level, gain)

    def __call__(self, picture: Picture) -> Picture:
        if self.gain == 1:
            return picture
        luma = cv2.convertScaleAbs(
            np.maximum((picture.luma - np.float32(self.from_level)) * np.float32(self.gain) + self.to_level, 0)
        )
        return Picture(np.asarray(luma), np.full_like(picture.chroma, 128))


def _optics(rng: np.random.Generator, um_per_px: float, fps_hz: float, *, like_visem: bool) -> Optics:
    height_px, width_px = (2 * round(side / um_per_px / 2) for side in FIELD_UM)
    noise = float(np.exp(rng.uniform(np.log(0.4), np.log(2))))
    bright_field = rng.random() < BRIGHT_FIELD_SHARE and not like_visem
    optics = draw_optics(
        rng,
        um_per_px=um_per_px,
        height_px=height_px,
        width_px=width_px,
        noise=noise,
        camera="grey",
        illumination="bright field" if bright_field else "phase contrast",
    )
    exposure_s = min(optics.exposure_s, 0.9 / fps_hz)
    return replace(optics, exposure_s=exposure_s, tail_grey=optics.tail_grey * float(rng.uniform(0.7, 1.4)))


def _participant(
    rng: np.random.Generator, difficulty: Difficulty, optics: Optics, *, like_visem: bool
) -> SimulatedParticipant:
    person = draw_participant(rng, difficulty)
    density = np.exp(rng.uniform(*np.log(CELLS_PER_MM2)))
    motility = 100 * rng.dirichlet((0.8, 0.8, 0.8))
    morphology = rng.uniform(0, 100, 3)
    return replace(
        person,
        motility_pct=person.motility_pct
        if like_visem
        else (float(motility[0]), float(motility[1]), float(motility[2])),
        morphology_pct=(float(morphology[0]), float(morphology[1]), float(morphology[2])),
        cells_per_field=float(density * optics.height_um * optics.width_um / 1e6),
    )
