"""Command: measures real, simulated and yardstick clips alike, and writes the comparison.

python benchmarks/realism --real REAL.mp4 --simulated FOLDER --yardstick OTHER.mp4 --out runs/realism
"""

import argparse
import platform
import sys
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import matplotlib as mpl
import numpy as np
import torch

from motilens import __version__
from motilens.errors import InputError, MotilensError
from motilens.files import writable_folder, write_bytes, write_json, write_text
from motilens.networks.counter import Counter
from motilens.networks.counter_file import BUILTIN, load_counter

from .boxes import annotated, drawn
from .clip import DEFAULT_UM_PER_PX, find_videos
from .comparison import compare, verdict
from .discriminator import VIEWS, probes
from .features import giveaways, table
from .figure import crops_figure, curves_figure, frames_figure, temporal_figure
from .report import as_json, as_markdown
from .simulated import make_simulated
from .source import Source, measure_source


def parser() -> argparse.ArgumentParser:
    """Options."""
    options = argparse.ArgumentParser(
        prog="python benchmarks/realism",
        description="Measure real and simulated videos alike, and show in what a simulation differs.",
    )
    options.add_argument("--real", type=Path, nargs="+", required=True, help="videos or folders of videos")
    options.add_argument(
        "--simulated", type=Path, nargs="+", default=[], help="the same; made by this command if absent"
    )
    options.add_argument("--tracks", type=Path, help="boxes of the real videos' heads; made: cells go along them")
    options.add_argument("--labels", type=Path, help="made: with --tracks, the laboratory's table")
    options.add_argument("--recode", type=int, default=2, help="made: times through H.264 (default: %(default)s)")
    options.add_argument("--yardstick", type=Path, nargs="+", default=[], help="another simulator's, to be nearer than")
    options.add_argument("--out", type=Path, required=True, help="folder for realism.json, realism.md and figures")
    options.add_argument("--seconds", type=float, default=15.0, help="of each video's start (default: %(default)s)")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--um-per-px", type=float, default=DEFAULT_UM_PER_PX, help="default: %(default)s")
    options.add_argument("--yardstick-um-per-px", type=float, help="default: that of the others")
    options.add_argument("--no-discriminator", action="store_true", help="leave out the network and the features")
    options.add_argument("--train-patches", type=int, default=600, help="of each source (default: %(default)s)")
    options.add_argument("--test-patches", type=int, default=300, help="of each source (default: %(default)s)")
    options.add_argument("--steps", type=int, default=250, help="of each network's training (default: %(default)s)")
    return options


def main(arguments: list[str]) -> int:
    """Run; 0 if all went well, 1 with one line on stderr if not."""
    options = parser().parse_args(arguments)
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    try:
        run(options, " ".join(["python benchmarks/realism", *map(_without_folders, arguments)]))
    except MotilensError as error:
        print(f"realism: {error}", file=sys.stderr)
        return 1
    return 0


def run(options: argparse.Namespace, command: str) -> None:
    """Measure every source, compare, discriminate, draw and write."""
    for name in ("train_patches", "test_patches", "steps", "seconds"):
        if not getattr(options, name) > 0:
            shown = name.replace("_", "-")
            raise InputError(f"--{shown} {getattr(options, name)} came; allowed is above 0; choose another")
    if options.seed < 0:
        raise InputError(f"--seed {options.seed} came; allowed is 0 or above; choose another")
    videos = {name: find_videos(getattr(options, name)) for name in ("real", "simulated", "yardstick")}
    writable_folder(options.out)
    if not videos["simulated"]:
        videos["simulated"] = make_simulated(
            options.out / "simulated",
            videos["real"],
            seconds=options.seconds,
            seed=options.seed,
            recode=options.recode,
            tracks=options.tracks,
            labels=options.labels,
        )
    patches = (0, 0) if options.no_discriminator else (options.train_patches, options.test_patches)
    scale = {} if options.yardstick_um_per_px is None else {"yardstick": options.yardstick_um_per_px}
    counter = load_counter(BUILTIN, "motility", "I4")
    sources = {
        name: measure_source(
            name,
            found,
            seconds=options.seconds,
            um_per_px=scale.get(name, options.um_per_px),
            patches=patches,
            seed=options.seed,
            counter=counter,
            boxes=partial(annotated, options.tracks) if name == "real" else drawn,
        )
        for name, found in videos.items()
        if found
    }
    measures = {name: source.measures for name, source in sources.items()}
    lines = compare(measures)
    discriminated = (
        {} if options.no_discriminator else discriminate_all(sources, steps=options.steps, seed=options.seed)
    )
    shown = list(sources.values())
    figures = {
        "frames.jpg": frames_figure(shown),
        "crops.jpg": crops_figure(shown, np.random.default_rng(options.seed)),
        "temporal.jpg": temporal_figure(shown),
        "curves.png": curves_figure(measures),
    }
    for name, content in figures.items():
        write_bytes(options.out / name, content)
    origin = origin_of(options, command, counter)
    write_json(options.out / "realism.json", as_json(origin, shown, lines, discriminated, list(figures)))
    text = as_markdown(origin, lines, discriminated, list(figures))
    write_text(options.out / "realism.md", text)
    print(f"{options.out / 'realism.md'} written: {verdict(lines)}", flush=True)


def discriminate_all(sources: dict[str, Source], *, steps: int, seed: int) -> dict[str, dict[str, Any]]:
    """Discriminate each other source from the real one."""
    real = sources["real"]
    features = {name: table(source.patches["test"]) for name, source in sources.items()}
    told: dict[str, dict[str, Any]] = {}
    for name in sources:
        if name == "real":
            continue
        print(f"discriminating {name} from real", flush=True)
        found, reasons = probes(real.patches, sources[name].patches, steps=steps, seed=seed, views=tuple(VIEWS))
        both = len(features["real"]) and len(features[name])
        told[name] = {
            "auc": found,
            "reasons": reasons,
            "giveaways": giveaways(features["real"], features[name]) if both else [],
        }
    return told


def origin_of(options: argparse.Namespace, command: str, counter: Counter) -> dict[str, Any]:
    """Command, settings, network and versions that the numbers come from."""
    settings = {
        name: [path.name for path in value] if isinstance(value, list) else getattr(value, "name", value)
        for name, value in vars(options).items()
        if name != "out"
    }
    return {
        "command": command,
        "counter": counter.digest,
        "settings": settings,
        "versions": {
            "motilens": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "opencv": cv2.__version__,
            "torch": torch.__version__,
            "matplotlib": mpl.__version__,
        },
    }


def _without_folders(argument: str) -> str:
    """The argument, or its last part where it is a path from the machine's root, which says nothing elsewhere."""
    return Path(argument).name if Path(argument).is_absolute() else argument
