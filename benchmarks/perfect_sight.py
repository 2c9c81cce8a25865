"""What somebody would predict who sees the class of every cell in the very frames that ``count-I4`` sees.

    motilens evaluate visem-sim-85 --methods ... --submit-format template.csv --out RUN
    python benchmarks/perfect_sight.py visem-sim-85 RUN --template template.csv --out sight.csv
    motilens evaluate visem-sim-85 --methods ... --submission perfect-sight=sight.csv --out RUN

The truth of a simulated data set says which cells are in view in each frame, and of which class they are. Their shares,
summed over the middle frames of the stacks, are a submission to the same evaluation, and so a row of its tables: no
method that sees only these frames can be expected to have a smaller error.
"""

import argparse
import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from motilens.config import TARGETS, StackConfig, preset
from motilens.data.dataset import open_dataset
from motilens.files import write_text
from motilens.methods.train import scale_source
from motilens.recordings.recording import Recording
from motilens.shapes import triple
from motilens.simulate.motion.gaits import KINDS
from motilens.simulate.truth import labels_path, read_cells
from motilens.stacks.extract import plan_stacks

Shares = dict[str, tuple[float, float, float]]
"""Percentages by target."""


def middle_frames(recording: Recording, config: StackConfig) -> list[int]:
    """Number of the middle frame of each stack."""
    found = recording.survey
    positions = plan_stacks(found, config).positions
    return found.number[positions[:, positions.shape[1] // 2]].tolist()


def shares_in_frames(data: Path, participant: int, frames: Iterable[int]) -> Shares:
    """Shares of the cells in view in some frames; a cell counts once for each frame.

    A cell that has left the domain on one side and come back on the other has a track that the table of cells does not
    list; it is left out.
    """
    cells = {cell.track: cell for cell in read_cells(data, participant)}
    motility, defects, n = np.zeros(3), np.zeros(3), 0
    with zipfile.ZipFile(labels_path(data, participant)) as boxes:
        for frame in frames:
            name = f"{participant}/labels_ftid/{participant}_frame_{frame}_with_ftid.txt"
            for line in boxes.read(name).decode("ascii").splitlines():
                cell = cells.get(int(line.split()[0]))
                if cell is not None:
                    motility[KINDS.index(cell.kind)] += 1
                    defects += [part != "normal" for part in (cell.head, cell.midpiece, cell.tail)]
                    n += 1
    return {"motility": triple(100 * motility / max(n, 1)), "morphology": triple(100 * defects / max(n, 1))}


def filled(template: str, shares: dict[str, Shares]) -> str:
    """Fill a template with the shares of each participant."""
    rows = list(csv.DictReader(io.StringIO(template)))
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        values = shares[row["participant"]][row["target"]]
        writer.writerow({**row, **{f"predicted_{k}": f"{value:.4f}" for k, value in enumerate(values, 1)}})
    return out.getvalue()


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the submission."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path, help="simulated data set")
    parser.add_argument("run", type=Path, help="folder of an evaluation of it, for its surveys of the videos")
    parser.add_argument("--template", type=Path, required=True, help="what --submit-format wrote")
    parser.add_argument("--out", type=Path, required=True, help="submission to write")
    options = parser.parse_args(arguments)
    dataset = open_dataset(options.data, cache=options.run / "cache", um_per_px=scale_source(options.data, None))
    config = preset("benchmark").counting.stacks("I4", TARGETS[0])
    shares = {
        i: shares_in_frames(options.data, int(i), middle_frames(own[0], config))
        for i, own in dataset.recordings.items()
    }
    write_text(options.out, filled(options.template.read_text(encoding="utf-8"), shares))


if __name__ == "__main__":
    main()
