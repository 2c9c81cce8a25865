"""A data set drawn along annotated real tracks: real motion with real laboratory values, tails and defects ours.

A track of 5 um/s or more (net, over a second) is a progressive cell, as WHO has it. Which of the others beat on the
spot no box tells: the livelier are taken as non-progressive, as many as the laboratory's ratio of non-progressive to
immotile cells asks for, by frames in view. Defects are drawn with the laboratory's percentages as chances.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from motilens.data.visem import LabRow, find_table, read_participants
from motilens.errors import InputError, LabelError
from motilens.files import digest_of, fingerprint
from motilens.progress import Progress
from motilens.simulate.cells import Cell, cell_of, side_by_side
from motilens.simulate.chance import Of, stream
from motilens.simulate.dataset import SimulatedDataset, optics_of, shoot, write_tables
from motilens.simulate.difficulty import DIFFICULTIES
from motilens.simulate.field import Field, draw_flow
from motilens.simulate.folder import fill
from motilens.simulate.motion.follow import Track, follow, smoothed
from motilens.simulate.motion.gaits import LEAST_PROGRESSIVE_UM_S, Gait
from motilens.simulate.motion.walk import Walk
from motilens.simulate.optics.debris import draw_layers, draw_specks
from motilens.simulate.optics.light import Optics
from motilens.simulate.participants import draw_participant
from motilens.simulate.real_tracks import FRAME_PX, RealVideo, read_real_tracks
from motilens.simulate.room import Room
from motilens.simulate.scene import make_scene
from motilens.simulate.settings import ENDINGS, FULL_WIDTH_PX, TracksConfig, checked
from motilens.simulate.truth import Percentages, VideoTruth, write_truth

_TURNING_UM = 1.5
"""A cell that stays closer than this to its mean place beats on the spot."""


def simulate_along_tracks(
    out: Path,
    *,
    tracks: Path,
    labels: Path,
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
    """Draw one video for each annotated video whose participant has laboratory values.

    Args:
        out: the folder; new, empty, or of an earlier call with the same settings.
        tracks: table or folder of tracks (``real_tracks``).
        labels: the laboratory's table, as ``semen_analysis_data.csv``; its rows are copied, not drawn.
        only: participants to draw; None for all that have tracks.
        fps_hz: frames a second of the annotated videos.
        size: (height, width) in pixels, 3 to 4 as the annotated videos.
        codec: ``mjpeg`` or ``ffv1`` in AVI, or ``h264`` in MP4.
        quality: as in ``simulate_dataset``.
        difficulty: ``easy``, ``visem`` or ``hard``; all videos have its mean scale.
        seed: where all chance comes from.
        workers: processes.
        progress: told of each video.

    Raises:
        InputError: an argument or a row of tracks that is not allowed, or no participant with tracks and values.
        MissingError: no such file.
        LabelError: a row of the table that cannot be right, or a participant with tracks but without values.
        ConfigError, StorageError: as ``simulate_dataset``.
    """
    videos = read_real_tracks(tracks)
    if only is not None:
        strangers = sorted(set(only) - set(videos))
        if strangers or not only:
            raise InputError(
                f"{tracks.name} has no tracks of participants {strangers}; allowed: some of {sorted(videos)}"
            )
        videos = {participant: videos[participant] for participant in sorted(only)}
    labels = labels if labels.is_file() else find_table(labels)
    table = read_participants(labels)
    without = [str(video) for video in videos if not _complete(table.rows.get(str(video)))]
    if without:
        raise LabelError(
            f"{labels.name} has no whole row for {', '.join(without)}, which {tracks.name} has tracks of; "
            "allowed: motility, morphology and concentration of each; add them, or take those tracks out"
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
    n_made, n_found = fill(out, config, list(videos), draw, workers=workers, progress=progress)
    write_tables(out, list(videos), "counted", rewrite=n_made > 0)
    length_s = max(video.n_frames for video in videos.values()) / config.fps_hz
    return SimulatedDataset(
        participants=len(videos), length_s=length_s, size_text=config.size_text, n_made=n_made, n_found=n_found
    )


def _fingerprint(tracks: Path) -> str:
    """Of a file, or of all annotated frames of a folder."""
    if tracks.is_file():
        return fingerprint(tracks)
    frames = sorted(tracks.rglob("*_with_ftid.txt"))
    return digest_of({path.relative_to(tracks).as_posix(): path.read_text(encoding="utf-8") for path in frames})


def _complete(row: LabRow | None) -> bool:
    return row is not None and None not in (row.motility, row.morphology, row.concentration)


def _draw(
    out: Path, config: TracksConfig, videos: Mapping[int, RealVideo], rows: Mapping[int, LabRow], participant: int
) -> str:
    """Draw one participant's video, then its truth; gives the video's name."""
    cv2.setNumThreads(1)
    video, row = videos[participant], rows[participant]
    assert row.motility and row.morphology and row.concentration is not None
    difficulty = DIFFICULTIES[config.difficulty]
    chance = stream(config.seed, participant, Of.OPTICS)
    optics = optics_of(chance, config, scale_spread=0.0)
    draw = draw_participant(stream(config.seed, participant, Of.SAMPLE), difficulty)
    specks = draw_specks(chance, optics, defocus=difficulty.defocus)
    room = Room.around(optics)
    ways = _ways(video, optics, room, config)
    cells = _cells(config, participant, ways, row, room)
    debris = stream(config.seed, participant, Of.DEBRIS)
    scene = make_scene(
        optics,
        side_by_side(cells, width_um=room.width_um, height_um=room.height_um),
        layers=draw_layers(debris, room, optics, specks, amount=difficulty.debris),
        flow_um_s=draw_flow(debris, draw.flow_um_s),
    )

    def walk() -> Iterator[Walk]:
        paths = [stream(config.seed, participant, Of.PATH, cell=i) for i in range(len(cells))]
        return follow(scene.cells, ways, paths, n_frames=video.n_frames, fps_hz=config.fps_hz)

    name = f"{participant}{ENDINGS[config.codec]}"
    fields = iter([Field(scene, video.n_frames, walk)])
    recorder = shoot(out, config, participant, name, fields, 1, config.fps_hz)
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


def _ways(video: RealVideo, optics: Optics, room: Room, config: TracksConfig) -> list[Track]:
    scale = optics.um_per_px * config.width_px / FULL_WIDTH_PX
    margin_um = room.margin_px * room.um_per_px
    return [
        Track(track.first_frame, smoothed(track.places_px, config.fps_hz) * scale + margin_um) for track in video.tracks
    ]


def _net_speed(way: Track, fps_hz: float) -> float:
    """Median over windows of a second (or the whole, if it is shorter) of the net distance, in um/s."""
    span = min(round(fps_hz), len(way.places_um) - 1)
    if span < 1:
        return 0.0
    steps = way.places_um[span:] - way.places_um[:-span]
    return float(np.median(np.hypot(steps[:, 0], steps[:, 1]))) * fps_hz / span


def _cells(config: TracksConfig, participant: int, ways: list[Track], row: LabRow, room: Room) -> list[Cell]:
    assert row.motility and row.morphology
    speeds = np.array([_net_speed(way, config.fps_hz) for way in ways])
    frames = np.array([len(way.places_um) for way in ways])
    kinds = np.where(speeds >= LEAST_PROGRESSIVE_UM_S, 0, 2)
    standing = np.flatnonzero(kinds == 2)
    liveliest = standing[np.argsort(-speeds[standing], kind="stable")]
    _, non_progressive, immotile = row.motility
    share = non_progressive / max(non_progressive + immotile, 1e-9)
    before = np.cumsum(frames[liveliest]) - frames[liveliest] / 2
    kinds[liveliest[before < share * frames[standing].sum()]] = 1
    difficulty = DIFFICULTIES[config.difficulty]
    cells = []
    for i, way in enumerate(ways):
        x, y = way.places_um[0]
        cell = cell_of(
            stream(config.seed, participant, Of.CELL, cell=i),
            int(kinds[i]),
            _gait(int(kinds[i]), way),
            row.morphology,
            place=(float(x / room.width_um), float(y / room.height_um)),
            defocus=difficulty.defocus,
        )
        cells.append(replace(cell, moves=replace(cell.moves, speed_um_s=float(speeds[i]) if kinds[i] < 2 else 0.0)))
    return cells


def _gait(kind: int, way: Track) -> Gait:
    if kind == 0:
        return "straight"
    if kind == 2:
        return "still"
    spread = np.hypot(*way.places_um.std(axis=0))
    return "on the spot" if spread < _TURNING_UM else "twitching"
