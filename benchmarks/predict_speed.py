"""What `motilens predict` costs, divided by the cost of plain decoding, and which of its steps costs what.

Makes its own videos in MJPEG and H.264 (a simulated field of 60 cells, 640 x 480 at 50 frames a second; 200 s by
default, of which 8 s are drawn and shown forwards and backwards in turns), and measures in one run, in one thread,
medians of processor seconds over repetitions after a warm-up:

- plain: PyAV decodes the whole file in one thread, and nothing else;
- predict: ``predict_videos`` with the built-in model and a known width of a pixel. What a process needs to start, such
  as importing PyTorch, is not in it; ``start_s`` is the time that takes;
- the steps of predict, one by one: a sparse survey (of H.264: finding that there can be none), a survey of all frames,
  cutting stacks out, and counting the cells in them.

    python -m benchmarks.predict_speed FILE.json
    python -m benchmarks.predict_speed FILE.json --seconds 40 --repeats 1
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

import torch
from benchmarks.extraction import plain
from benchmarks.simulation_speed import FPS_HZ, pictures

from motilens.config import ReadingConfig
from motilens.features.cell_maps import cell_maps
from motilens.files import write_json
from motilens.prediction.predict import predict_videos
from motilens.predictors.builtin import builtin_model
from motilens.predictors.counting import CountingPredictor
from motilens.stacks.extract import extract_stacks
from motilens.video.picture import Picture
from motilens.video.sparse import sparse_survey
from motilens.video.survey import survey
from motilens.video.writer import Codec, write_video

UM_PER_PX = 0.5
DRAWN_FRAMES = 400
ENDINGS: dict[Codec, str] = {"mjpeg": ".avi", "h264": ".mp4"}


def simulated(seed: int) -> list[Picture]:
    """Draw the frames."""
    with tempfile.TemporaryDirectory() as folder:
        frames, recorder = pictures(Path(folder), DRAWN_FRAMES, seed)
        with recorder:
            return list(frames)


def to_and_fro(drawn: Sequence[Picture], n_frames: int) -> Iterator[Picture]:
    """Show frames forwards, backwards, and so on; no frame follows itself."""
    return islice(cycle([*drawn, *drawn[-2:0:-1]]), n_frames)


def cpu_s(work: Callable[[], object]) -> float:
    """Processor seconds of one call."""
    begin_s = time.process_time()
    work()
    return time.process_time() - begin_s


def measure(path: Path, *, repeats: int) -> dict[str, float]:
    """Processor seconds of each step for one video, and the ratio."""
    model = builtin_model("motility")
    assert isinstance(model.predictor, CountingPredictor)
    config, counter = model.predictor.stacks, model.predictor.counter
    found = sparse_survey(path, ReadingConfig()) or survey(path)
    batch, _ = extract_stacks(path, config, um_per_px=UM_PER_PX, found=found, read_ahead=False)
    works: dict[str, Callable[[], object]] = {
        "plain": lambda: plain(path),
        "predict": lambda: predict_videos(path, model, um_per_px=UM_PER_PX),
        "sparse_survey": lambda: sparse_survey(path, ReadingConfig()),
        "survey_of_all_frames": lambda: survey(path),
        "stacks": lambda: extract_stacks(path, config, um_per_px=UM_PER_PX, found=found, read_ahead=False),
        "counting": lambda: cell_maps(counter, batch.pixels),
    }
    for name in ("plain", "counting"):
        works[name]()  # warm-up: the file is in memory from here on
    runs = [{name: cpu_s(work) for name, work in works.items()} for _ in range(repeats)]
    seconds = {f"{name}_s": round(statistics.median(run[name] for run in runs), 3) for name in works}
    return {**seconds, "predict_over_decode": round(seconds["predict_s"] / seconds["plain_s"], 3)}


def start_s() -> float:
    """Seconds that a process needs before it can predict."""
    code = "import time; import motilens.prediction.predict; print(time.process_time())"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """Make the videos, measure, and write the summary."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="FILE.json")
    parser.add_argument("--seconds", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--videos", type=Path, help="Folder where the videos are kept, for further runs.")
    options = parser.parse_args()
    torch.set_num_threads(1)
    codecs: dict[str, dict[str, float]] = {}
    drawn: list[Picture] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.videos or Path(temporary)
        for codec, ending in ENDINGS.items():
            path = folder / f"{options.seconds}s-{options.seed}{ending}"
            if not path.exists():
                drawn = drawn or simulated(options.seed)
                shown = to_and_fro(drawn, round(options.seconds * FPS_HZ))
                write_video(path, shown, fps_hz=FPS_HZ, codec=codec)
            codecs[codec] = measure(path, repeats=options.repeats)
    summary = {
        "command": f"python -m benchmarks.predict_speed FILE.json --seconds {options.seconds}"
        f" --repeats {options.repeats} --seed {options.seed}",
        "machine": {"processors": os.cpu_count(), "kind": platform.machine()},
        **{f"predict_over_decode_{codec}": found["predict_over_decode"] for codec, found in codecs.items()},
        "start_s": round(start_s(), 2),
        "codecs": codecs,
    }
    write_json(options.out, summary)
    print(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
