"""A folder of simulated participants, filed as VISEM's, with the truth beside it.

Each participant has an own random stream (``SeedSequence``), so neither the number of workers nor adding a participant
changes any pixel of another. The folder::

    videos/<ID>_<yy.mm.dd>[_<remark>]_<assessor>.avi    videos.csv    semen_analysis_data.csv
    truth/simulation.json    truth/<ID>.json

``truth/simulation.json`` marks the folder as ours and has its settings. A participant's truth is written after the
video, so an interrupted simulation goes on where it stopped.
"""

import json
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field, ValidationError

from motilens.arrays import GreyFrame
from motilens.config import Settings
from motilens.errors import ConfigError, InputError
from motilens.files import make_folder, write_json, write_text
from motilens.progress import Progress, Silent
from motilens.simulate.participants import Draw, draw_participant, whole_cells
from motilens.simulate.simple import FIELD_WIDTH_UM, Scene, draw_optics, draw_scene, frames
from motilens.simulate.tables import semen_table, video_table
from motilens.simulate.truth import FieldTruth, VideoTruth, cell_truths
from motilens.video.writer import Codec, write_video

ENDINGS: dict[Codec, str] = {"mjpeg": ".avi", "h264": ".mp4", "ffv1": ".avi"}

SIMULATOR_VERSION = 1
"""Goes up whenever the same seed gives other pixels."""


class SimulationConfig(Settings):
    """Everything that decides a simulated data set."""

    simulator: Literal["simple"] = "simple"
    simulator_version: Literal[1] = SIMULATOR_VERSION
    participants: int = Field(ge=1, le=100_000)
    seconds: float = Field(gt=0)
    """Length of each field of view; a video of 3 fields is 3 times as long."""
    fps_hz: float = Field(default=50.0, gt=0)
    height_px: int = Field(default=480, ge=32, multiple_of=2)
    width_px: int = Field(default=640, ge=32, multiple_of=2)
    fields: int = Field(default=1, ge=1)
    codec: Codec = "mjpeg"
    seed: int = Field(default=0, ge=0)

    @property
    def frames_per_field(self) -> int:
        """At least one."""
        return max(1, round(self.seconds * self.fps_hz))


class SimulatedDataset(Settings):
    """What a simulation left behind."""

    config: SimulationConfig
    n_made: int
    """Videos drawn by this call."""
    n_found: int
    """Videos of an earlier call, left as they were."""

    def summary(self, out: Path) -> str:
        """Say in one line what is there now."""
        config = self.config
        length_s = config.fields * config.frames_per_field / config.fps_hz
        told = f"{out}: {config.participants} participants, {length_s:g} s each, {config.width_px}x{config.height_px}"
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
        seed: where all chance comes from.
        workers: processes; 1 stays in this one.
        progress: told of each video.

    Raises:
        InputError: an argument that is not allowed.
        ConfigError: the folder holds something else, or a simulation with other settings.
        StorageError: the disk is full or may not be written.
    """
    if workers < 1:
        raise InputError(f"workers is {workers}; allowed: at least 1")
    config = _checked(
        participants=participants,
        seconds=seconds,
        fps_hz=fps_hz,
        height_px=size[0],
        width_px=size[1],
        fields=fields,
        codec=codec,
        seed=seed,
    )
    _claim(out, config)
    make_folder(out / "videos")
    found = [n for n in range(1, participants + 1) if _truth_path(out, n).exists()]
    missing = [n for n in range(1, participants + 1) if not _truth_path(out, n).exists()]
    if missing:
        with (progress or Silent()).task("simulating videos", len(missing)) as task:
            for name in _simulate_all(out, config, missing, workers):
                task.advance(note=name)
    tables = [out / "videos.csv", out / "semen_analysis_data.csv"]
    if missing or not all(table.exists() for table in tables):
        truths = [read_truth(out, n) for n in range(1, participants + 1)]
        write_text(tables[0], video_table(truths))
        write_text(tables[1], semen_table(truths))
    return SimulatedDataset(config=config, n_made=len(missing), n_found=len(found))


def read_truth(out: Path, participant: int) -> VideoTruth:
    """Read what was really drawn for one participant.

    Raises:
        InputError: no truth of that participant, or a damaged one.
    """
    path = _truth_path(out, participant)
    try:
        return VideoTruth.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise InputError(f"no readable truth at {path}; remove the folder and simulate it again") from error


def simulate_participant(out: Path, config: SimulationConfig, participant: int) -> str:
    """Draw one participant's video, then its truth, from config and ID alone; gives the video's name."""
    fields = config.fields
    stream = np.random.SeedSequence(config.seed, spawn_key=(participant - 1,))
    of_participant, *of_fields = (np.random.default_rng(s) for s in stream.spawn(1 + 2 * fields))
    draw = draw_participant(of_participant)
    optics = draw_optics(of_participant, height_px=config.height_px, width_px=config.width_px)
    counts = whole_cells(draw.motility_pct, draw.cells_per_field)
    debris = 3.0 if draw.much_debris else 1.0
    scenes = [draw_scene(rng, counts, optics, debris=debris) for rng in of_fields[:fields]]
    name = draw.video_name(participant, ENDINGS[config.codec])
    pictures = _all_frames(config, scenes, of_fields[fields:])
    write_video(out / "videos" / name, pictures, fps_hz=config.fps_hz, codec=config.codec)
    truth = _truth(config, participant, name, draw, counts, scenes)
    write_json(_truth_path(out, participant), truth.model_dump(mode="json"))
    return name


def _all_frames(config: SimulationConfig, scenes: list[Scene], noise: list[np.random.Generator]) -> Iterator[GreyFrame]:
    for scene, rng in zip(scenes, noise, strict=True):
        yield from frames(scene, n_frames=config.frames_per_field, fps_hz=config.fps_hz, rng=rng)


def _truth(
    config: SimulationConfig, participant: int, name: str, draw: Draw, counts: tuple[int, int, int], scenes: list[Scene]
) -> VideoTruth:
    n, per_field = sum(counts), config.frames_per_field
    head, midpiece, tail = (float(v) for v in draw.morphology_pct)
    return VideoTruth(
        participant=participant,
        video=name,
        fps_hz=config.fps_hz,
        um_per_px=FIELD_WIDTH_UM / config.width_px,
        counts=counts,
        motility_pct=(100 * counts[0] / n, 100 * counts[1] / n, 100 * counts[2] / n),
        morphology_pct=(head, midpiece, tail),
        concentration=draw.concentration,
        fields=tuple(
            FieldTruth(first_frame=k * per_field, end_frame=(k + 1) * per_field, cells=cell_truths(scene.cells))
            for k, scene in enumerate(scenes)
        ),
    )


def _simulate_all(out: Path, config: SimulationConfig, participants: list[int], workers: int) -> Iterator[str]:
    if workers == 1 or len(participants) < 2:
        for participant in participants:
            yield simulate_participant(out, config, participant)
        return
    # Spawned, not forked: a forked copy of a process with threads can hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=min(workers, len(participants)), mp_context=context) as pool:
        jobs = [pool.submit(simulate_participant, out, config, participant) for participant in participants]
        try:
            for job in as_completed(jobs):
                yield job.result()
        except BrokenProcessPool as error:
            raise InputError(
                "a worker process could not start or was ended from outside (too little memory, or a script without "
                "'if __name__ == \"__main__\":'); run again with fewer workers: what was finished is kept"
            ) from error
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _checked(**settings: object) -> SimulationConfig:
    try:
        return SimulationConfig.model_validate(settings)
    except ValidationError as error:
        told = "; ".join(
            f"{e['loc'][0]} is {e['input']!r}: {e['msg'][0].lower()}{e['msg'][1:]}" for e in error.errors()
        )
        raise InputError(f"cannot simulate: {told}") from error


def _claim(out: Path, config: SimulationConfig) -> None:
    """Mark an empty folder as ours, or see that it is ours with these settings."""
    mark = out / "truth" / "simulation.json"
    settings = config.model_dump(mode="json")
    if mark.exists():
        try:
            earlier = json.loads(mark.read_text(encoding="utf-8"))
        except ValueError:
            earlier = {}
        differences = [f"{k} {earlier.get(k)} there, {v} asked" for k, v in settings.items() if earlier.get(k) != v]
        if differences:
            raise ConfigError(
                f"{out} holds a simulation with other settings ({'; '.join(differences)}); "
                "allowed: the same settings; choose another folder, or remove that one"
            )
        return
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(
            f"{out} is not empty and was not made by motilens simulate; allowed: a new or empty folder; choose another"
        )
    write_json(mark, settings)


def _truth_path(out: Path, participant: int) -> Path:
    return out / "truth" / f"{participant}.json"
