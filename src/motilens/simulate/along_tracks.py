"""Simulates a data set along annotated real tracks: paths and laboratory values are real, the cells are simulated.

A track with a net speed of 5 um/s or more, over a second, is a progressive cell, as in WHO 2021. Annotated boxes do not
show which of the other cells beat on the spot. The faster ones are taken as non-progressive: so many that the ratio of
non-progressive to immotile cells, by frames in view, equals the laboratory's. Defects are drawn with the laboratory's
percentages as probabilities.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from motilens.data.visem import LabRow, find_table, read_participants
from motilens.errors import InputError, LabelError, MissingError
from motilens.files import digest_of, fingerprint
from motilens.progress import Progress
from motilens.simulate.cells import Cell, cell_of, joined_cells
from motilens.simulate.dataset import SimulatedDataset, draw_video_optics, write_participant_video
from motilens.simulate.difficulty import DIFFICULTIES
from motilens.simulate.domain import Domain
from motilens.simulate.field import Field, draw_flow
from motilens.simulate.folder import fill
from motilens.simulate.motion.follow import Track, follow, smoothed
from motilens.simulate.motion.gaits import LEAST_PROGRESSIVE_UM_S, Gait
from motilens.simulate.motion.walk import Walk
from motilens.simulate.optics.debris import draw_layers, draw_specks
from motilens.simulate.optics.light import Optics
from motilens.simulate.participants import draw_participant
from motilens.simulate.random_streams import Purpose, stream
from motilens.simulate.real_tracks import FRAME_PX, RealVideo, frame_files, read_real_tracks
from motilens.simulate.scene import make_scene
from motilens.simulate.settings import ENDINGS, FULL_WIDTH_PX, TracksConfig, checked
from motilens.simulate.truth import Percentages, VideoTruth, write_truth

_ON_THE_SPOT_UM = 1.5
"""A non-progressive cell beats on the spot if the standard deviation of its position is below this."""


def simulate_along_tracks(
    out: Path,
    *,
    tracks: Path,
    labels: Path | None = None,
    only: Collection[int] | None = None,
    fps_hz: float | int = 50.0,
    size: tuple[int, int] = (480, 640),
    codec: str = "mjpeg",
    quality: int | None = None,
    difficulty: str = "visem",
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
) -> SimulatedDataset:
    """Simulate one video for each annotated video.

    Args:
        out: the folder: new, empty, or of an earlier call with the same settings.
        tracks: table or folder of tracks; see ``read_real_tracks``.
        labels: the laboratory's table in the format of ``semen_analysis_data.csv``, or a folder with it; its values are
            copied. None takes the table in or beside the folder of tracks, or beside the table of tracks.
        only: the participants to simulate; None for all that have tracks.
        fps_hz: frame rate of the annotated videos.
        size: (height, width) in pixels, in the ratio 3 to 4 of the annotated videos.
        codec: ``mjpeg`` or ``ffv1`` in AVI, or ``h264`` in MP4.
        quality: see ``simulate_dataset``.
        difficulty: ``easy``, ``visem`` or ``hard``; all videos have the same scale.
        seed: seed of all random streams.
        workers: number of processes.
        progress: reports every video.

    Raises:
        InputError: an argument or a row of tracks that is not allowed.
        MissingError: no such file.
        LabelError: a row of the table is invalid, or a participant with tracks has no laboratory values.
        ConfigError, BusyError, StorageError: see ``simulate_dataset``.
    """
    videos = read_real_tracks(tracks)
    if only is not None:
        unknown = sorted(set(only) - set(videos))
        if unknown or not only:
            raise InputError(
                f"{tracks.name} has no tracks of participants {unknown}; allowed: some of {sorted(videos)}"
            )
        videos = {participant: videos[participant] for participant in sorted(only)}
    labels = _find_labels(tracks) if labels is None else labels if labels.is_file() else find_table(labels)
    table = read_participants(labels)
    without = [str(video) for video in videos if not _complete(table.rows.get(str(video)))]
    if without:
        raise LabelError(
            f"{labels.name} lacks values of {', '.join(without)}, of whom {tracks.name} has tracks; "
            "allowed: motility, morphology and concentration of each; add them, or remove those tracks"
        )
    config = checked(
        TracksConfig,
        tracks=_fingerprint(tracks),
        labels=fingerprint(labels),
        participants=tuple(videos),
        fps_hz=fps_hz,
        height_px=size[0],
        width_px=size[1],
        codec=codec,
        quality=quality,
        difficulty=difficulty,
        seed=seed,
    )
    if config.width_px * FRAME_PX[1] != config.height_px * FRAME_PX[0]:
        raise InputError(f"size is {config.size_text}; allowed along tracks: 4 to 3, such as 640x480 or 320x240")
    draw = partial(_draw, out, config, videos, {i: table.rows[str(i)] for i in videos})
    n_made, n_found = fill(out, config, list(videos), draw, "counted", workers=workers, progress=progress)
    length_s = max(video.n_frames for video in videos.values()) / config.fps_hz
    return SimulatedDataset(
        participants=len(videos), length_s=length_s, size_text=config.size_text, n_made=n_made, n_found=n_found
    )


def _fingerprint(tracks: Path) -> str:
    """Compute the fingerprint of a file, or of all annotated frames of a folder."""
    if tracks.is_file():
        return fingerprint(tracks)
    frames = frame_files(tracks)
    return digest_of({path.relative_to(tracks).as_posix(): path.read_text(encoding="utf-8") for path in frames})


def _find_labels(tracks: Path) -> Path:
    """Find the laboratory's table that belongs to tracks. Raises MissingError if there is none."""
    try:
        return find_table(tracks if tracks.is_dir() else tracks.parent)
    except MissingError as error:
        raise MissingError(f"{error}; or name the table with --labels") from error


def _complete(row: LabRow | None) -> bool:
    return row is not None and None not in (row.motility, row.morphology, row.concentration)


def _draw(
    out: Path, config: TracksConfig, videos: Mapping[int, RealVideo], rows: Mapping[int, LabRow], participant: int
) -> str:
    """Draw one participant's video, then its truth; returns the video's name."""
    cv2.setNumThreads(1)
    video, row = videos[participant], rows[participant]
    assert row.motility and row.morphology and row.concentration is not None
    difficulty = DIFFICULTIES[config.difficulty]
    rng = stream(config.seed, participant, Purpose.OPTICS)
    optics = draw_video_optics(rng, config, scale_sd=0.0)
    person = draw_participant(stream(config.seed, participant, Purpose.SAMPLE), difficulty)
    specks = draw_specks(rng, optics, defocus=difficulty.defocus)
    domain = Domain.around(optics)
    tracks = _tracks(video, optics, domain, config)
    cells = _cells(config, participant, tracks, row, domain)
    debris = stream(config.seed, participant, Purpose.DEBRIS)
    scene = make_scene(
        optics,
        joined_cells(cells, width_um=domain.width_um, height_um=domain.height_um),
        layers=draw_layers(debris, domain, optics, specks, amount=difficulty.debris),
        flow_um_s=draw_flow(debris, person.flow_um_s),
    )

    def walk() -> Iterator[Walk]:
        rngs = [stream(config.seed, participant, Purpose.PATH, cell=i) for i in range(len(cells))]
        return follow(scene.cells, tracks, rngs, n_frames=video.n_frames, fps_hz=config.fps_hz)

    name = f"{participant}{ENDINGS[config.codec]}"
    fields = iter([Field(scene, video.n_frames, walk)])
    recorder = write_participant_video(out, config, participant, name, fields, 1, config.fps_hz)
    laboratory = Percentages(motility_pct=row.motility, morphology_pct=row.morphology)
    truth = VideoTruth(
        participant=participant,
        video=name,
        fps_hz=config.fps_hz,
        um_per_px=optics.um_per_px,
        difficulty=config.difficulty,
        exact=laboratory,
        seen=recorder.seen(),
        counted=laboratory,
        counted_cells=None,
        concentration=row.concentration,
        n_cells=len(recorder.cells),
        fields=tuple(recorder.fields),
    )
    write_truth(out, truth, recorder.cells)
    return name


def _tracks(video: RealVideo, optics: Optics, domain: Domain, config: TracksConfig) -> list[Track]:
    scale = optics.um_per_px * config.width_px / FULL_WIDTH_PX
    margin_um = domain.margin_px * domain.um_per_px
    return [
        Track(track.first_frame, smoothed(track.places_px, config.fps_hz) * scale + margin_um) for track in video.tracks
    ]


def _net_speed(track: Track, fps_hz: float) -> float:
    """Compute the median net speed over windows of a second, or of the whole track if it is shorter, in um/s."""
    span = min(round(fps_hz), len(track.places_um) - 1)
    if span < 1:
        return 0.0
    steps = track.places_um[span:] - track.places_um[:-span]
    return float(np.median(np.hypot(steps[:, 0], steps[:, 1]))) * fps_hz / span


def _cells(config: TracksConfig, participant: int, tracks: list[Track], row: LabRow, domain: Domain) -> list[Cell]:
    assert row.motility and row.morphology
    speeds = np.array([_net_speed(track, config.fps_hz) for track in tracks])
    frames = np.array([len(track.places_um) for track in tracks])
    kinds = np.where(speeds >= LEAST_PROGRESSIVE_UM_S, 0, 2)
    slow = np.flatnonzero(kinds == 2)
    fastest = slow[np.argsort(-speeds[slow], kind="stable")]
    _, non_progressive, immotile = row.motility
    share = non_progressive / max(non_progressive + immotile, 1e-9)
    before = np.cumsum(frames[fastest]) - frames[fastest] / 2
    kinds[fastest[before < share * frames[slow].sum()]] = 1
    difficulty = DIFFICULTIES[config.difficulty]
    cells = []
    for i, track in enumerate(tracks):
        x, y = track.places_um[0]
        cell = cell_of(
            stream(config.seed, participant, Purpose.CELL, cell=i),
            int(kinds[i]),
            _gait(int(kinds[i]), track),
            row.morphology,
            place=(float(x / domain.width_um), float(y / domain.height_um)),
            defocus=difficulty.defocus,
        )
        cells.append(
            replace(cell, movement=replace(cell.movement, speed_um_s=float(speeds[i]) if kinds[i] < 2 else 0.0))
        )
    return cells


def _gait(kind: int, track: Track) -> Gait:
    if kind == 0:
        return "straight"
    if kind == 2:
        return "still"
    sd_um = np.hypot(*track.places_um.std(axis=0))
    return "on the spot" if sd_um < _ON_THE_SPOT_UM else "twitching"
