"""A folder of simulated participants, filed as VISEM's, with the truth beside it.

Everything that can be added has a random stream of its own (``chance``), so neither the number of workers nor another
participant, field or cell changes any pixel of the rest. The folder::

    videos/<ID>_<yy.mm.dd>[_<remark>]_<assessor>.avi    videos.csv    semen_analysis_data.csv    (VISEM's other tables)
    truth/simulation.json    truth/<ID>.json    truth/<ID>_cells.csv    truth/<ID>_labels.zip

``truth/simulation.json`` marks the folder as ours and has its settings. A participant's truth is written after the
video, so an interrupted simulation goes on where it stopped.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from motilens.config import Settings
from motilens.errors import InputError
from motilens.files import write_text, written_whole
from motilens.progress import Progress
from motilens.simulate.chance import Of, stream
from motilens.simulate.counting import count_morphology, count_motility
from motilens.simulate.difficulty import DIFFICULTIES, SCALE_UM_PER_PX
from motilens.simulate.field import Field, draw_field
from motilens.simulate.film import film
from motilens.simulate.folder import fill
from motilens.simulate.optics.debris import draw_specks
from motilens.simulate.optics.light import Optics, draw_optics
from motilens.simulate.participants import draw_participant
from motilens.simulate.record import Recorder
from motilens.simulate.settings import ENDINGS, FULL_WIDTH_PX, Look, SimulationConfig, checked
from motilens.simulate.tables import TableOf, tables
from motilens.simulate.truth import Percentages, VideoTruth, labels_path, read_truth, write_truth
from motilens.video.writer import write_video


class SimulatedDataset(Settings):
    """What a simulation left behind."""

    participants: int
    length_s: float
    """Of the longest video."""
    size_text: str
    n_made: int
    """Videos drawn by this call."""
    n_found: int
    """Videos of an earlier call, left as they were."""

    def summary(self, out: Path) -> str:
        """Say in one line what is there now."""
        told = f"{out}: {self.participants} participants, {self.length_s:g} s each, {self.size_text}"
        if self.n_made == 0:
            return f"{told}; finished already, left as it is"
        return told + (f"; {self.n_found} were there already" if self.n_found else "")


def parse_size(text: str) -> tuple[int, int]:
    """Read ``320x240`` (width x height, as people write it) as (height, width).

    Raises:
        InputError: not two whole numbers.
    """
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise InputError(f"size is {text!r}; allowed: WIDTHxHEIGHT in pixels, such as 320x240")
    return int(height), int(width)


def simulate_dataset(
    out: Path,
    *,
    participants: int,
    seconds: float | int,
    fps_hz: float | int = 50.0,
    size: tuple[int, int] = (480, 640),
    fields: int = 1,
    codec: str = "mjpeg",
    quality: int | None = None,
    difficulty: str = "visem",
    table_of: str = "exact",
    counted_cells: int = 200,
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
) -> SimulatedDataset:
    """Draw a data set into ``out``; the same arguments give the same bytes, whatever the number of workers.

    Args:
        out: the folder; new, empty, or of an earlier call with the same settings, which is finished or left as it is.
        participants: how many, with IDs from 1.
        seconds: length of each field of view.
        fps_hz: frames a second.
        size: (height, width) in pixels, even numbers.
        fields: fields of view in a video; between them the stage moves.
        codec: ``mjpeg`` or ``ffv1`` in AVI, or ``h264`` in MP4.
        quality: smaller is better: H.264's rate factor (0-51) or MJPEG's quantiser (1-31); None for the writer's own.
        difficulty: ``easy``, ``visem`` or ``hard``.
        table_of: what the laboratory's table holds: the participant's ``exact`` percentages, those of the cells
            ``seen`` in the video, or ``counted``, a count of ``counted_cells``; the truth has all three.
        counted_cells: how many cells the simulated assessor counts.
        seed: where all chance comes from.
        workers: processes; 1 stays in this one.
        progress: told of each video.

    Raises:
        InputError: an argument that is not allowed.
        ConfigError: the folder holds something else, or a simulation with other settings.
        StorageError: the disk is full or may not be written.
    """
    config = checked(
        SimulationConfig,
        participants=participants,
        seconds=seconds,
        fps_hz=fps_hz,
        height_px=size[0],
        width_px=size[1],
        fields=fields,
        codec=codec,
        quality=quality,
        difficulty=difficulty,
        table_of=table_of,
        counted_cells=counted_cells,
        seed=seed,
    )
    return simulate_from(out, config, workers=workers, progress=progress)


def simulate_from(
    out: Path, config: SimulationConfig, *, workers: int = 1, progress: Progress | None = None
) -> SimulatedDataset:
    """As ``simulate_dataset``, from a whole configuration."""
    ids = range(1, config.participants + 1)
    draw = partial(simulate_participant, out, config)
    n_made, n_found = fill(out, config, ids, draw, workers=workers, progress=progress)
    write_tables(out, list(ids), config.table_of, rewrite=n_made > 0)
    return SimulatedDataset(
        participants=config.participants,
        length_s=config.length_s,
        size_text=config.size_text,
        n_made=n_made,
        n_found=n_found,
    )


def write_tables(out: Path, participants: Sequence[int], table_of: TableOf, *, rewrite: bool) -> None:
    """Write VISEM's tables from the truths; tables that are all there are left unless ``rewrite``."""
    if rewrite or not all((out / name).exists() for name in tables([], table_of)):
        for name, text in tables([read_truth(out, n) for n in participants], table_of).items():
            write_text(out / name, text)


def simulate_participant(out: Path, config: SimulationConfig, participant: int) -> str:
    """Draw one participant's video, then its truth, from config and ID alone; gives the video's name."""
    cv2.setNumThreads(1)  # the processes share the cores, and one thread gives the same pixels everywhere
    difficulty = DIFFICULTIES[config.difficulty]
    draw = draw_participant(stream(config.seed, participant, Of.SAMPLE), difficulty)
    chance = stream(config.seed, participant, Of.OPTICS)
    optics = optics_of(chance, config)
    specks = draw_specks(chance, optics, defocus=difficulty.defocus)
    name = draw.video_name(participant, ENDINGS[config.codec])
    seed, fps_hz = config.seed, config.fps_hz
    fields = (
        draw_field(
            draw,
            optics,
            specks,
            difficulty,
            seed=seed,
            participant=participant,
            number=number,
            n_frames=config.frames_per_field,
            fps_hz=fps_hz,
        )
        for number in range(config.fields)
    )
    recorder = shoot(out, config, participant, name, fields, config.fields, fps_hz)
    counting = stream(seed, participant, Of.COUNT)
    n = config.counted_cells
    truth = VideoTruth(
        participant=participant,
        video=name,
        fps_hz=fps_hz,
        um_per_px=optics.um_per_px,
        difficulty=config.difficulty,
        exact=Percentages(motility_pct=draw.motility_pct, morphology_pct=draw.morphology_pct),
        seen=recorder.seen(),
        counted=Percentages(
            motility_pct=count_motility(counting, draw.motility_pct, n),
            morphology_pct=count_morphology(counting, draw.morphology_pct, n),
        ),
        counted_cells=n,
        concentration=draw.concentration,
        n_cells=len(recorder.cells),
        fields=tuple(recorder.fields),
        stage_moves=tuple(recorder.stage_moves),
    )
    write_truth(out, truth, recorder.cells)
    return name


def shoot(
    out: Path, look: Look, participant: int, name: str, fields: Iterator[Field], n_fields: int, fps_hz: float
) -> Recorder:
    """Draw a video's fields into its file and its tracks beside it; gives the account of what was drawn."""
    with written_whole(labels_path(out, participant)) as labels, Recorder(participant, labels, fps_hz) as recorder:
        pictures = film(fields, n_fields, recorder, seed=look.seed, participant=participant, fps_hz=fps_hz)
        write_video(out / "videos" / name, pictures, fps_hz=fps_hz, codec=look.codec, quality=look.quality)
    return recorder


def optics_of(rng: np.random.Generator, look: Look, *, scale_spread: float | None = None) -> Optics:
    """Draw the optics of one video of a data set; its scale spreads as the difficulty says, or as given."""
    difficulty = DIFFICULTIES[look.difficulty]
    spread = difficulty.scale_spread if scale_spread is None else scale_spread
    scale = difficulty.um_per_px + spread * float(rng.standard_normal())
    return draw_optics(
        rng,
        um_per_px=float(np.clip(scale, *SCALE_UM_PER_PX)) * FULL_WIDTH_PX / look.width_px,
        height_px=look.height_px,
        width_px=look.width_px,
        noise=difficulty.noise,
    )
