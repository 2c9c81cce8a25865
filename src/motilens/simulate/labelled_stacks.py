"""Keeps simulated stacks in which the place, class and defects of every cell are known, as files that training reads.

::

    FOLDER/
      run.json           the settings: seed, number, simulator's version
      parts/00000.npy    (stack, frame, y, x), uint8, of some stacks
      parts/00000.csv    their cells, in ``COLUMNS``; written last

Stacks that are there are not drawn again, so an interrupted call is continued by the same call, and more stacks can be
appended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from motilens.config import Settings, StackConfig
from motilens.errors import DataError, MissingError
from motilens.files import digest_of, make_folder, write_text, written_whole
from motilens.progress import Progress, Silent
from motilens.runs.lock import run_lock
from motilens.runs.pool import cores, run_parallel
from motilens.runs.settings import check_settings
from motilens.simulate.randomised import FIELD_UM, LabelledStack, labelled_stacks
from motilens.simulate.settings import SIMULATOR_VERSION

STACKS_PER_PART = 25
UM_PER_PX = 0.5
"""Width of a pixel of the stacks."""

STACK = StackConfig(input_type="I4", stacks_per_video=1, um_per_px=UM_PER_PX, repeated_from_hz=24.0)

SIZE_PX = tuple(int(side / UM_PER_PX) // 8 * 8 - 8 for side in FIELD_UM)
"""Height and width of the stacks: rounding of scales makes some fields a few pixels smaller than others."""

COLUMNS = ("stack", "x_px", "y_px", "kind", "head", "midpiece", "tail", "depth_um", "taken_um_per_px")
"""Columns of the table of cells. The last is the width of a pixel of the video that the cell's stack was cut from."""


class LabelledSettings(Settings):
    """Settings of a folder of labelled stacks; they determine every pixel of it."""

    kind: str = "labelled stacks"
    simulator_version: int = SIMULATOR_VERSION
    seed: int


@dataclass(frozen=True)
class LabelledStacks:
    """The stacks of a folder; its parts are read when they are first used.

    Attributes:
        folder: the folder.
        numbers: numbers of its parts.

    Raises:
        DataError: a part is damaged; raised where it is read.
    """

    folder: Path
    numbers: tuple[int, ...]

    @staticmethod
    def open(folder: Path) -> "LabelledStacks":
        """Open a folder.

        Raises:
            MissingError: it has no stacks.
        """
        found = sorted(int(file.stem) for file in (folder / "parts").glob("[0-9]*.csv"))
        if not found:
            raise MissingError(f"no labelled stacks in {folder}; make some with motilens train-counters")
        return LabelledStacks(folder, tuple(found))

    def __len__(self) -> int:
        return int(self._starts[-1])

    @cached_property
    def _pixels(self) -> list[np.ndarray]:
        return [_read_pixels(_pixels_file(self.folder, number)) for number in self.numbers]

    @cached_property
    def _starts(self) -> np.ndarray:
        return np.r_[0, np.cumsum([len(part) for part in self._pixels])]

    @cached_property
    def _cells(self) -> list[np.ndarray]:
        cells: list[np.ndarray] = []
        for number, part in zip(self.numbers, self._pixels, strict=True):
            table = _read_cells(_cells_file(self.folder, number))
            cells += [table[table[:, 0] == k, 1:] for k in range(len(part))]
        return cells

    @cached_property
    def digest(self) -> str:
        """Identifies the stacks."""
        return digest_of([(self.folder / "run.json").read_text(encoding="utf-8"), self.numbers, len(self)])

    def pixels(self, row: int) -> np.ndarray:
        """Pixels of one stack: (frame, y, x), uint8; they are read from disk when they are used."""
        part = int(np.searchsorted(self._starts, row, side="right")) - 1
        return self._pixels[part][row - self._starts[part]]

    def cells(self, row: int) -> np.ndarray:
        """Cells of one stack: (cell, 8), in the order of ``COLUMNS`` after the first."""
        return self._cells[row]

    def rows(self, *, widest_um_per_px: float = np.inf) -> np.ndarray:
        """Stacks from videos whose pixels were at most so wide; without a limit also those without cells."""
        taken = np.array([own[0, 7] if len(own) else np.inf for own in self._cells])
        return np.flatnonzero(taken <= widest_um_per_px)


def make_labelled_stacks(
    folder: Path, *, seed: int, n: int, workers: int | None = None, progress: Progress | None = None
) -> LabelledStacks:
    """Draw stacks until the folder has those of ``n`` videos.

    Args:
        folder: new, empty, or of an earlier call with the same seed.
        seed: seed of all random streams.
        n: number of videos, rounded up to whole parts; few of them give no stack.
        workers: number of processes; one per processor core if None. The stacks are the same for any number.
        progress: reports every part.

    Raises:
        ConfigError: the folder holds something else.
        BusyError: another process is writing into the folder.
        StorageError: the disk is full or may not be written.
        WorkerError: a process could not start, or was ended from outside.
    """
    make_folder(folder / "parts")
    with run_lock(folder):
        check_settings(folder, LabelledSettings(seed=seed).model_dump(mode="json"))
        numbers = range(-(-n // STACKS_PER_PART))
        jobs = [(folder, seed, number) for number in numbers if not _cells_file(folder, number).is_file()]
        n_workers = min(workers or cores(), len(jobs))
        with (progress or Silent()).task("draw stacks", len(numbers)) as task:
            task.advance(len(numbers) - len(jobs))
            for number in run_parallel(_draw_part, jobs, workers=n_workers) if n_workers > 1 else map(_draw_part, jobs):
                task.advance(note=f"part {number}")
    return LabelledStacks(folder, tuple(numbers))


def _draw_part(job: tuple[Path, int, int]) -> int:
    folder, seed, number = job
    videos = range(number * STACKS_PER_PART, (number + 1) * STACKS_PER_PART)
    stacks = list(labelled_stacks(seed, videos, STACK))
    if not stacks:
        raise DataError(f"no stack in part {number} of {folder}; allowed: at least one; choose another seed")
    height, width = SIZE_PX
    with written_whole(_pixels_file(folder, number)) as temporary, temporary.open("wb") as file:
        np.save(file, np.stack([stack.pixels[:, :height, :width] for stack in stacks]))
    write_text(_cells_file(folder, number), _as_csv(stacks))
    return number


def _as_csv(stacks: Sequence[LabelledStack]) -> str:
    height, width = SIZE_PX
    lines = [",".join(COLUMNS)]
    for k, stack in enumerate(stacks):
        for i in np.flatnonzero((stack.x_px < width) & (stack.y_px < height)).tolist():
            defects = ",".join(str(int(defect)) for defect in stack.defects[i])
            lines.append(
                f"{k},{stack.x_px[i]:.2f},{stack.y_px[i]:.2f},{stack.kind[i]},{defects},{stack.depth_um[i]:.2f},"
                f"{stack.taken_um_per_px:.4f}"
            )
    return "\n".join(lines) + "\n"


def _read_pixels(file: Path) -> np.ndarray:
    try:
        return np.load(file, mmap_mode="r")
    except (OSError, ValueError, EOFError) as error:
        raise _damaged(file) from error


def _read_cells(file: Path) -> np.ndarray:
    """Read the cells of one part: (cell, 9), as in ``COLUMNS``."""
    try:
        header, *lines = file.read_text(encoding="utf-8").splitlines() or [""]
        table = np.loadtxt(lines, delimiter=",", ndmin=2) if lines else np.empty((0, len(COLUMNS)))
    except (OSError, ValueError) as error:
        raise _damaged(file) from error
    if header.split(",") != list(COLUMNS) or table.shape[1] != len(COLUMNS):
        raise _damaged(file)
    return table


def _damaged(file: Path) -> DataError:
    return DataError(
        f"{file} is {'damaged' if file.is_file() else 'missing'}; remove part {int(file.stem)} ({file.stem}.npy and "
        f"{file.stem}.csv) and run the same command again"
    )


def _pixels_file(folder: Path, number: int) -> Path:
    return folder / "parts" / f"{number:05d}.npy"


def _cells_file(folder: Path, number: int) -> Path:
    return folder / "parts" / f"{number:05d}.csv"
