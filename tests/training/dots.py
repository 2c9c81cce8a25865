"""Labelled stacks written by hand: dots whose places are known, on grey."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from motilens.files import write_json
from motilens.simulate.labelled_stacks import COLUMNS, LabelledStacks

GREY = 80
HEIGHT, WIDTH = 48, 64

Place = tuple[float, float, int, tuple[int, int, int]]
"""x and y in pixels, motility class, and whether head, midpiece and tail are defective."""


def write_part(folder: Path, pixels: np.ndarray, cells: Sequence[Sequence[Place]], *, number: int = 0) -> None:
    """Write one part as ``simulate.labelled_stacks`` describes it; ``pixels`` is (stack, frame, y, x), uint8."""
    (folder / "parts").mkdir(parents=True, exist_ok=True)
    write_json(folder / "run.json", {"kind": "labelled stacks", "simulator_version": 1, "seed": 0})
    np.save(folder / "parts" / f"{number:05d}.npy", pixels)
    lines = [
        ",".join(map(str, (stack, x, y, kind, *map(int, defects), 0.0, 0.5)))
        for stack, own in enumerate(cells)
        for x, y, kind, defects in own
    ]
    (folder / "parts" / f"{number:05d}.csv").write_text("\n".join([",".join(COLUMNS), *lines]) + "\n", encoding="utf-8")


def stacks_of(folder: Path, pixels: np.ndarray, cells: Sequence[Sequence[Place]]) -> LabelledStacks:
    """A folder of one part."""
    write_part(folder, pixels, cells)
    return LabelledStacks.open(folder)


def draw_dots(
    n: int, *, seed: int = 0, least: int = 1, most: int = 10, frames: int = 1, size: tuple[int, int] = (HEIGHT, WIDTH)
) -> tuple[np.ndarray, list[list[Place]]]:
    """Draw ``least`` to ``most`` dots on each of ``n`` stacks.

    Bright dots are progressive and have a defect of the head; dark ones are immotile and have none.
    """
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: size[0], : size[1]] + 0.5
    pixels, cells = [], []
    for _ in range(n):
        frame, own = rng.normal(GREY, 3, size), []
        for _ in range(int(rng.integers(least, most + 1))):
            at_x, at_y, bright = rng.uniform(2, size[1] - 2), rng.uniform(2, size[0] - 2), rng.random() < 0.5
            dot = np.exp(-((x - at_x) ** 2 + (y - at_y) ** 2) / (2 * 2.0**2))
            frame += (120 if bright else -60) * dot
            own.append((round(at_x, 2), round(at_y, 2), 0 if bright else 2, (int(bright), 0, 0)))
        pixels.append(np.broadcast_to(np.clip(frame, 0, 255), (frames, *size)))
        cells.append(own)
    return np.stack(pixels).astype(np.uint8), cells


def dots(folder: Path, n: int, *, seed: int = 0, least: int = 1, most: int = 10, frames: int = 1) -> LabelledStacks:
    """A folder of ``n`` stacks of dots."""
    return stacks_of(folder, *draw_dots(n, seed=seed, most=most, frames=frames))
