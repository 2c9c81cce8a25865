"""Truths that a test made up, and folders filled with them instead of videos."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from motilens.progress import Progress
from motilens.simulate.folder import fill
from motilens.simulate.settings import SimulationConfig
from motilens.simulate.tables import TableOf
from motilens.simulate.truth import FieldTruth, Percentages, VideoTruth, write_truth

CONFIG = SimulationConfig(participants=4, seconds=1.0)


def truth(participant: int = 1) -> VideoTruth:
    exact, seen, counted = (
        Percentages(motility_pct=(40.5 + k, 30.0, 29.5 - k), morphology_pct=(95.0 - k, 20.25, 10.0 + k))
        for k in range(3)
    )
    return VideoTruth(
        participant=participant,
        video=f"{participant}_09.09.03_SSW.avi",
        fps_hz=50.0,
        um_per_px=0.495,
        difficulty="visem",
        exact=exact,
        seen=seen,
        counted=counted,
        counted_cells=200,
        concentration=12.5,
        n_cells=3,
        fields=(FieldTruth(first_frame=0, end_frame=50, cells_in_view=2.5, flow_um_s=(0.0, 0.1)),),
    )


def draw_truth(out: Path, participant: int) -> str:
    """Stands in for drawing a video."""
    write_truth(out, truth(participant), [])
    return f"video {participant}"


def fill_folder(
    out: Path,
    participants: list[int],
    draw: Callable[[int], str] | None = None,
    *,
    config: SimulationConfig = CONFIG,
    table_of: TableOf = "exact",
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[int, int]:
    draw = draw or partial(draw_truth, out)
    return fill(out, config, participants, draw, table_of, workers=workers, progress=progress)


def every_file(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
