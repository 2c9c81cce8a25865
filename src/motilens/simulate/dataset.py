"""Simulates a folder of participants, filed as in VISEM, with the truth beside it.

Every participant, field and cell has its own random stream (``random_streams``), so neither the number of workers nor
one more participant, field or cell changes any pixel of the others. The folder::

    videos/<ID>_<yy.mm.dd>[_<remark>]_<assessor>.avi    videos.csv    semen_analysis_data.csv    (VISEM's other tables)
    truth/simulation.json    truth/<ID>.json    truth/<ID>_cells.csv    truth/<ID>_labels.zip

A participant's truth is written after the video, so an interrupted simulation goes on where it stopped.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from motilens.config import Settings
from motilens.errors import InputError
from motilens.files import written_whole
from motilens.progress import Progress
from motilens.simulate.counting import count_morphology, count_motility
from motilens.simulate.difficulty import DIFFICULTIES, SCALE_UM_PER_PX
from motilens.simulate.field import Field, draw_field
from motilens.simulate.folder import fill
from motilens.simulate.frames import draw_frames
from motilens.simulate.optics.debris import draw_specks
from motilens.simulate.optics.light import Optics, draw_optics
from motilens.simulate.optics.phase_contrast import Illumination
from motilens.simulate.participants import draw_participant
from motilens.simulate.random_streams import Purpose, stream
from motilens.simulate.record import Recorder
from motilens.simulate.settings import ENDINGS, FULL_WIDTH_PX, SimulationConfig, VideoSettings, checked
from motilens.simulate.truth import Percentages, VideoTruth, labels_path, write_truth
from motilens.video.writer import write_video


class SimulatedDataset(Settings):
    """Summary of a simulated folder."""

    participants: int
    length_s: float
    """Length of the longest video."""
    size_text: str
    n_made: int
    """Number of videos drawn by this call."""
    n_found: int
    """Number of videos that were there already."""

    def summary(self, out: Path) -> str:
        """Describe the folder in one line."""
        told = f"{out}: {self.participants} participants, {self.length_s:g} s each, {self.size_text}"
        if self.n_made == 0:
            return f"{told}; finished already, left as it is"
        return told + (f"; {self.n_found} were there already" if self.n_found else "")


def parse_size(text: str) -> tuple[int, int]:
    """Parse a size such as ``320x240``, width first, into (height, width).

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
    um_per_px: float | int | None = None,
    illumination: str = "phase contrast",
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
) -> SimulatedDataset:
    """Simulate a data set; the same arguments give the same bytes, whatever the number of workers.

    Args:
        out: the folder: new, empty, or of an earlier call with the same settings, which is completed or left as it is.
        participants: number of participants; their IDs begin with 1.
        seconds: length of each field of view.
        fps_hz: frame rate.
        size: (height, width) in pixels, even numbers.
        fields: number of fields of view in a video; the stage moves between them.
        codec: ``mjpeg`` or ``ffv1`` in AVI, or ``h264`` in MP4.
        quality: H.264's rate factor (0-51) or MJPEG's quantiser (1-31), smaller is better; None uses a default.
        difficulty: ``easy``, ``visem`` or ``hard``.
        table_of: the percentages in the laboratory's table: the participant's ``exact`` ones, those of the cells
            ``seen`` in the video, or a ``counted`` sample of ``counted_cells``; the truth has all three.
        counted_cells: number of cells that the simulated assessor counts.
        um_per_px: width of a pixel in um, the same in all videos; None draws it for each video, as the difficulty says.
        illumination: ``phase contrast``, or ``bright field``, where heads are dark.
        seed: seed of all random streams.
        workers: number of processes; with 1 no other process is started.
        progress: reports every video.

    Raises:
        InputError: an argument that is not allowed.
        ConfigError: the folder holds something else, or a simulation with other settings.
        BusyError: another process is writing into the folder.
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
        um_per_px=um_per_px,
        illumination=illumination,
        seed=seed,
    )
    return simulate_from(out, config, workers=workers, progress=progress)


def simulate_from(
    out: Path, config: SimulationConfig, *, workers: int = 1, progress: Progress | None = None
) -> SimulatedDataset:
    """Simulate a data set from its settings; see ``simulate_dataset``."""
    ids = range(1, config.participants + 1)
    draw = partial(simulate_participant, out, config)
    n_made, n_found = fill(out, config, ids, draw, config.table_of, workers=workers, progress=progress)
    return SimulatedDataset(
        participants=config.participants,
        length_s=config.length_s,
        size_text=config.size_text,
        n_made=n_made,
        n_found=n_found,
    )


def simulate_participant(out: Path, config: SimulationConfig, participant: int) -> str:
    """Draw one participant's video, then its truth; returns the video's name."""
    cv2.setNumThreads(1)  # processes share the cores, and one thread gives the same pixels everywhere
    difficulty = DIFFICULTIES[config.difficulty]
    person = draw_participant(stream(config.seed, participant, Purpose.SAMPLE), difficulty)
    rng = stream(config.seed, participant, Purpose.OPTICS)
    optics = draw_video_optics(rng, config, um_per_px=config.um_per_px, illumination=config.illumination)
    specks = draw_specks(rng, optics, defocus=difficulty.defocus)
    name = person.video_name(participant, ENDINGS[config.codec])
    seed, fps_hz = config.seed, config.fps_hz
    fields = (
        draw_field(
            person,
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
    recorder = write_participant_video(out, config, participant, name, fields, config.fields, fps_hz)
    counting = stream(seed, participant, Purpose.COUNT)
    n = config.counted_cells
    truth = VideoTruth(
        participant=participant,
        video=name,
        fps_hz=fps_hz,
        um_per_px=optics.um_per_px,
        difficulty=config.difficulty,
        exact=Percentages(motility_pct=person.motility_pct, morphology_pct=person.morphology_pct),
        seen=recorder.seen(),
        counted=Percentages(
            motility_pct=count_motility(counting, person.motility_pct, n),
            morphology_pct=count_morphology(counting, person.morphology_pct, n),
        ),
        counted_cells=n,
        concentration=person.concentration,
        n_cells=len(recorder.cells),
        fields=tuple(recorder.fields),
        stage_moves=tuple(recorder.stage_moves),
    )
    write_truth(out, truth, recorder.cells)
    return name


def write_participant_video(
    out: Path,
    settings: VideoSettings,
    participant: int,
    name: str,
    fields: Iterator[Field],
    n_fields: int,
    fps_hz: float,
) -> Recorder:
    """Write one participant's video and tracks; returns the recorder with the rest of the truth."""
    with written_whole(labels_path(out, participant)) as labels, Recorder(participant, labels, fps_hz) as recorder:
        pictures = draw_frames(fields, n_fields, recorder, seed=settings.seed, participant=participant, fps_hz=fps_hz)
        write_video(out / "videos" / name, pictures, fps_hz=fps_hz, codec=settings.codec, quality=settings.quality)
    return recorder


def draw_video_optics(
    rng: np.random.Generator,
    settings: VideoSettings,
    *,
    scale_sd: float | None = None,
    um_per_px: float | None = None,
    illumination: Illumination = "phase contrast",
) -> Optics:
    """Draw the optics of one video.

    Args:
        rng: the number of draws is always the same.
        settings: size of the frames, and difficulty.
        scale_sd: replaces the difficulty's standard deviation of the scale.
        um_per_px: replaces the scale that is drawn.
        illumination: phase contrast or bright field.
    """
    difficulty = DIFFICULTIES[settings.difficulty]
    sd = difficulty.scale_sd if scale_sd is None else scale_sd
    scale = float(np.clip(difficulty.um_per_px + sd * float(rng.standard_normal()), *SCALE_UM_PER_PX))
    return draw_optics(
        rng,
        um_per_px=scale * FULL_WIDTH_PX / settings.width_px if um_per_px is None else um_per_px,
        height_px=settings.height_px,
        width_px=settings.width_px,
        noise=difficulty.noise,
        illumination=illumination,
    )
