"""Scenes whose answer is known: an even light, no noise, cells put where a test wants them."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from motilens.simulate.cells import Cell, Cells, cell_of, joined_cells
from motilens.simulate.domain import Domain
from motilens.simulate.morphology import Form
from motilens.simulate.motion.gaits import Gait, Movement
from motilens.simulate.motion.walk import Walk, walks
from motilens.simulate.optics.debris import Layer
from motilens.simulate.optics.drawing import draw_frame
from motilens.simulate.optics.light import Optics, draw_optics, noise_sheet
from motilens.simulate.scene import Scene, make_scene
from motilens.simulate.truth import labels_path
from motilens.video.picture import Picture
from motilens.video.reader import VideoReader

UM_PER_PX = 0.495
"""VISEM's scale, so that small frames show cells as large as VISEM's do."""

LEVEL = 80.0
FPS_HZ = 50.0

ROUND = Form(head_um=(3.4, 3.4), taper=0.0)
"""A head that looks the same from all sides: its bright centre is its middle, whatever way it points."""


def even_optics(height_px: int = 160, width_px: int = 160, **others: object) -> Optics:
    """Light of the same grey everywhere, a sensor without noise; ``others`` are fields of ``Optics``."""
    drawn = draw_optics(np.random.default_rng(0), um_per_px=UM_PER_PX, height_px=height_px, width_px=width_px)
    even = replace(drawn, level=LEVEL, colour=(LEVEL, LEVEL, LEVEL), uneven=(0.0, 0.0), read_noise=0.0, shot_noise=0.0)
    return replace(even, **others)  # type: ignore[arg-type]


def put(
    optics: Optics,
    x_px: float,
    y_px: float,
    moves: Movement | None = None,
    *,
    form: Form = ROUND,
    heading_rad: float = 0.0,
    phase_rad: float = 0.0,
    depth_um: float = 0.0,
    kind: int = 0,
    gait: Gait = "straight",
) -> Cell:
    """A cell with the middle of its path there in the view (the first pixel's middle is at 0.5), at time 0."""
    domain = Domain.around(optics)
    place = ((x_px + domain.margin_px) / domain.width_px, (y_px + domain.margin_px) / domain.height_px)
    drawn = cell_of(np.random.default_rng(0), kind, gait, (0.0, 0.0, 0.0), place=place, defocus=0.0)
    return replace(
        drawn,
        movement=moves or Movement(stuck=True),
        form=form,
        heading_rad=heading_rad,
        phase_rad=phase_rad,
        wavelength_um=0.65 * form.tail_um,
        depth_um=depth_um,
    )


def arrays(optics: Optics, cells: Sequence[Cell]) -> Cells:
    """Cells of a field around the view of these optics."""
    domain = Domain.around(optics)
    return joined_cells(cells, width_um=domain.width_um, height_um=domain.height_um)


def even_scene(
    optics: Optics,
    *cells: Cell,
    layers: tuple[Layer, ...] = (),
    flow_um_s: tuple[float, float] = (0.0, 0.0),
) -> Scene:
    """A field with these cells in a light that is the same everywhere."""
    light = np.full((optics.height_px, optics.width_px), LEVEL, np.float32)
    return make_scene(optics, arrays(optics, cells), layers=layers, flow_um_s=flow_um_s, light=light)


def streams(n: int, seed: int = 0) -> list[np.random.Generator]:
    """One generator a cell."""
    return [np.random.default_rng([seed, k]) for k in range(n)]


def walk_of(scene: Scene, n_frames: int, *, fps_hz: float = FPS_HZ, seed: int = 0) -> Walk:
    """The whole walk of a field in one chunk."""
    cells = scene.cells
    flow = scene.flow_um_s
    (walk,) = walks(cells, streams(len(cells), seed), n_frames=n_frames, fps_hz=fps_hz, flow_um_s=flow, chunk=n_frames)
    return walk


def frames_of(scene: Scene, n_frames: int, *, fps_hz: float = FPS_HZ, seed: int = 0) -> list[Picture]:
    """Draw a field's frames."""
    walk = walk_of(scene, n_frames, fps_hz=fps_hz, seed=seed)
    sheet, noise = noise_sheet(np.random.default_rng(seed), scene.optics), np.random.default_rng(seed)
    return [
        draw_frame(scene, walk, k, time_s=k / fps_hz, fps_hz=fps_hz, sheet=sheet, noise=noise) for k in range(n_frames)
    ]


def lumas(pictures: Sequence[Picture]) -> np.ndarray:
    """(frame, y, x), float64."""
    return np.stack([picture.luma for picture in pictures]).astype(float)


def bright_centre_px(luma: np.ndarray, *, above: float = 40.0) -> tuple[float, float]:
    """Centre of the light well above the background, x and y; the first pixel's middle is at 0.5."""
    light = np.clip(luma.astype(float) - LEVEL - above, 0, None)
    y, x = np.mgrid[: luma.shape[0], : luma.shape[1]] + 0.5
    return float((light * x).sum() / light.sum()), float((light * y).sum() / light.sum())


def strongest_hz(signal: np.ndarray, fps_hz: float = FPS_HZ) -> float:
    """Frequency of the highest peak in the spectrum; right to within one step, 1 / length."""
    spectrum = np.abs(np.fft.rfft((signal - signal.mean()) * np.hanning(len(signal))))
    return float(np.fft.rfftfreq(len(signal), 1 / fps_hz)[spectrum.argmax()])


def psnr_db(one: np.ndarray, other: np.ndarray) -> float:
    """Peak signal-to-noise ratio of 8-bit pictures; infinite for equal ones."""
    error = ((one.astype(float) - other.astype(float)) ** 2).mean()
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def decoded(path: Path) -> np.ndarray:
    """Grey of all frames of a video: (frame, y, x), uint8."""
    with VideoReader(path) as reader:
        return np.stack([frame.grey() for frame in reader])


Box = tuple[int, int, float, float, float, float]
"""Track, class, middle x and y, width and height in shares of the frame."""


def boxes(out: Path, participant: int) -> list[list[Box]]:
    """What ``truth/<ID>_labels.zip`` says of each frame, read without motilens."""
    frames: dict[int, list[Box]] = {}
    with zipfile.ZipFile(io.BytesIO(labels_path(out, participant).read_bytes())) as labels:
        for name in labels.namelist():
            number = int(name.rsplit("_frame_", 1)[1].removesuffix("_with_ftid.txt"))
            rows = [line.split() for line in labels.read(name).decode().splitlines()]
            frames[number] = [(int(r[0]), int(r[1]), float(r[2]), float(r[3]), float(r[4]), float(r[5])) for r in rows]
    return [frames[k] for k in range(len(frames))]
