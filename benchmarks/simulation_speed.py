"""How fast videos are simulated: frames a second and core, at 640 x 480 with 60 cells in view, drawn alone and encoded.

    python benchmarks/simulation_speed.py --out benchmarks/results/simulation_speed.json

Medians over repetitions after a warm-up, all in one run and in turns, one thread, processor seconds (so that a busy
machine counts less). Short fields last 0.8 s; each is a video of its own, with new optics, specks, cells and debris,
and is drawn without encoding. Also the largest memory after a short and after a five times longer field, each in a
process of its own: memory must not grow with length.
"""

import argparse
import json
import multiprocessing
import os
import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2

from motilens.files import write_json
from motilens.simulate.dataset import draw_video_optics
from motilens.simulate.difficulty import DIFFICULTIES
from motilens.simulate.field import Field, draw_field
from motilens.simulate.frames import draw_frames
from motilens.simulate.optics.debris import draw_specks
from motilens.simulate.participants import draw_participant
from motilens.simulate.random_streams import Purpose, stream
from motilens.simulate.record import Recorder
from motilens.simulate.settings import ENDINGS, SimulationConfig
from motilens.video.picture import Picture
from motilens.video.writer import CODECS, Codec, write_video

CELLS = 60.0
FPS_HZ = 50.0
BY_NAME: dict[str, Codec] = {codec: codec for codec in CODECS}
WAYS = ("draw", *BY_NAME)
SHORT_FRAMES = 40
SHORT_VIDEOS = 5
"""Number of short videos that are timed together."""


def pictures(folder: Path, n_frames: int, seed: int) -> tuple[Iterator[Picture], Recorder]:
    """All frames of one participant's only field, and who takes them down."""
    difficulty = DIFFICULTIES["visem"]
    draw = replace(draw_participant(stream(seed, 1, Purpose.SAMPLE), difficulty), cells_per_field=CELLS)
    rng = stream(seed, 1, Purpose.OPTICS)
    optics = draw_video_optics(rng, SimulationConfig(participants=1, seconds=1), scale_sd=0.0)
    specks = draw_specks(rng, optics)

    def fields() -> Iterator[Field]:
        yield draw_field(
            draw, optics, specks, difficulty, seed=seed, participant=1, number=0, n_frames=n_frames, fps_hz=FPS_HZ
        )

    recorder = Recorder(1, folder / "labels.zip", FPS_HZ)
    return draw_frames(fields(), 1, recorder, seed=seed, participant=1, fps_hz=FPS_HZ), recorder


def make(way: str, folder: Path, n_frames: int, seed: int) -> float:
    """Cells in view on average, after drawing the field in one way."""
    frames, recorder = pictures(folder, n_frames, seed)
    with recorder:
        if way == "draw":
            for _ in frames:
                pass
        else:
            codec = BY_NAME[way]
            write_video(folder / f"{codec}{ENDINGS[codec]}", frames, fps_hz=FPS_HZ, codec=codec)
    return recorder.fields[0].cells_in_view


def timed(work: Callable[[], object]) -> float:
    """Processor seconds."""
    start = time.process_time()
    work()
    return time.process_time() - start


def draw_short(folder: Path, first_seed: int) -> None:
    """Draw short videos, each of another seed."""
    for seed in range(first_seed, first_seed + SHORT_VIDEOS):
        make("draw", folder, SHORT_FRAMES, seed)


def peak_mib(n_frames: int, seed: int) -> float:
    """Largest memory of a process that draws and encodes one field."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_peak_mib, (n_frames, seed))


def _peak_mib(n_frames: int, seed: int) -> float:
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        make("h264", Path(folder), n_frames, seed)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        cells = make("draw", folder, options.frames, options.seed)
        runs = [
            [timed(lambda way=way: make(way, folder, options.frames, options.seed)) for way in WAYS]
            for _ in range(options.repeats)
        ]
        short_s = statistics.median(
            timed(lambda k=k: draw_short(folder, options.seed + 1 + k * SHORT_VIDEOS)) for k in range(options.repeats)
        )
        sizes = {
            codec: round((folder / f"{codec}{ENDINGS[codec]}").stat().st_size / options.frames) for codec in CODECS
        }
    seconds = {way: statistics.median(run[k] for run in runs) for k, way in enumerate(WAYS)}
    short, long = (peak_mib(n, options.seed) for n in (options.frames, 5 * options.frames))
    summary = {
        "command": f"python benchmarks/simulation_speed.py --out FILE --frames {options.frames}"
        f" --repeats {options.repeats} --seed {options.seed}",
        "machine": {"processors": os.cpu_count(), "kind": platform.machine()},
        "cells_in_view": round(cells, 1),
        "frames_per_core_second": {way: round(options.frames / s, 1) for way, s in seconds.items()},
        "short_fields_frames_per_s_core": round(SHORT_VIDEOS * SHORT_FRAMES / short_s, 1),
        "bytes_per_frame": sizes,
        "peak_memory_mib": {"frames": options.frames, "short": round(short), "five_times_longer": round(long)},
    }
    write_json(options.out, summary)
    print(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
