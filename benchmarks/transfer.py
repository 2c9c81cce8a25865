"""How well models predict, without being trained again, videos that are unlike those they were trained on.

    python -m benchmarks.transfer OUT --json benchmarks/results/transfer.json --model mean=BUNDLE --model flow=BUNDLE

Each condition is a small simulated data set in OUT that differs from VISEM in one respect; the participants are the
same in all conditions. ``motilens train`` makes bundles; the training mean (``--method mean``) of the same data must be
among them, so that a reader sees the error of a model that does not look. ``perfect sight`` is what somebody would
predict who sees the class of each cell in the frames that the built-in model sees. Errors are those against the
participants' exact percentages; along real tracks (``--real-tracks``), against the laboratory's values.

The same command continues after an interruption: data sets and predictions in OUT are kept.
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.foreign_clip import read_drawn
from benchmarks.transfer_rows import (
    PERFECT_SIGHT,
    ClipRow,
    Entry,
    Predictions,
    Row,
    clip_row,
    markdown,
    predict_all,
    row_of,
    see_all,
)

from motilens import __version__
from motilens.cli.console import terminal_progress
from motilens.data.dataset import open_dataset
from motilens.errors import InputError, MotilensError
from motilens.files import digest_of, disk_name, writable_file, write_json
from motilens.methods.train import scale_source
from motilens.predictors.builtin import open_model
from motilens.predictors.counting import CountingPredictor
from motilens.progress import Progress
from motilens.runs.artefacts import kept
from motilens.simulate.along_tracks import simulate_along_tracks
from motilens.simulate.dataset import simulate_dataset
from motilens.simulate.settings import SIMULATOR_VERSION
from motilens.simulate.truth import read_truth

HOME = "home"
REAL_TRACKS = "real tracks"
BUILTIN = "builtin"
ESTIMATED = "builtin, width estimated"


@dataclass(frozen=True)
class Condition:
    """Settings of a small data set; the defaults are VISEM's."""

    difficulty: str = "visem"
    fps_hz: float = 50.0
    size: tuple[int, int] = (480, 640)
    um_per_px: float | None = None
    illumination: str = "phase contrast"


CONDITIONS: dict[str, Condition] = {
    HOME: Condition(),
    "hard": Condition(difficulty="hard"),
    "scale-0.25": Condition(um_per_px=0.25, size=(960, 1280)),
    "scale-1.0": Condition(um_per_px=1.0, size=(240, 320)),
    "fps-25": Condition(fps_hz=25.0),
    "fps-60": Condition(fps_hz=60.0),
    "fps-100": Condition(fps_hz=100.0),
    "dark-heads": Condition(illumination="bright field"),
}
"""Conditions by name. All show a field of about 320 x 240 um."""


def entries_of(models: Sequence[str]) -> list[Entry]:
    """Open the built-in model and the bundles given as NAME=BUNDLE.

    Raises:
        InputError: a text that is not NAME=BUNDLE, a name twice, or bundles without the mean of their training data.
        MismatchError: a bundle is not for motility.
        MissingError, BundleError: as ``load_model``.
    """
    entries = [Entry(BUILTIN, open_model(BUILTIN, "motility"))]
    for text in models:
        name, equals, bundle = text.partition("=")
        if not (name and equals and bundle) or name in (ESTIMATED, PERFECT_SIGHT, *(entry.name for entry in entries)):
            raise InputError(f"--model {text}; allowed: NAME=BUNDLE, each name once; builtin takes part in any case")
        entries.append(Entry(name, open_model(bundle, "motility")))
    origins = {entry.name: entry.model.predictor.origin for entry in entries if entry.name != BUILTIN}
    with_mean = {origin.data.get("name") for origin in origins.values() if origin.method == "mean"}
    for name, origin in origins.items():
        if (data := origin.data.get("name")) not in with_mean:
            raise InputError(
                f"--model {name} was trained on {data}, whose mean is not among the models; add --model mean=MEAN, "
                f"made by motilens train {data} --method mean --out MEAN"
            )
    return entries


def simulate(
    folder: Path,
    condition: Condition,
    *,
    participants: int,
    fields: int,
    seconds: float,
    seed: int,
    workers: int,
    progress: Progress,
) -> None:
    """Simulate the data set of one condition, as far as it is not there."""
    simulate_dataset(
        folder,
        **asdict(condition),
        participants=participants,
        fields=fields,
        seconds=seconds,
        codec="h264",
        seed=seed,
        workers=workers,
        progress=progress,
    )


def rows_of(name: str, data: Path, entries: Sequence[Entry], kept_in: Path, progress: Progress) -> list[Row]:
    """Predict one data set with perfect sight and all models.

    Args:
        name: the condition.
        data: its data set.
        entries: the models; the first is the built-in one.
        kept_in: folder of predictions, which are not computed twice.
        progress: shows how far the work is.
    """
    builtin = entries[0].model.predictor
    assert isinstance(builtin, CountingPredictor)
    scales = {"given": scale_source(data, None), "estimated": lambda participant: None}
    dataset = open_dataset(data, um_per_px=scales["given"], read_ahead=False)
    truth = {i: read_truth(data, int(i)) for i in dataset.participants}
    exact = {i: one.exact.motility_pct for i, one in truth.items()}
    seen = {i: one.seen.motility_pct for i, one in truth.items()}
    rows = [row_of(name, PERFECT_SIGHT, see_all(data, dataset.recordings, builtin), exact=exact, seen=seen)]
    for entry in entries:
        made_from = digest_of([__version__, dataset.fingerprint, entry.model.digest, entry.pixel_width])
        file = kept_in / f"{disk_name(f'{name} - {entry.name}')}.json"
        # Opened anew for each model, so that stacks of the models before do not fill the memory.
        recordings = open_dataset(data, um_per_px=scales[entry.pixel_width], read_ahead=False).recordings
        found = kept(file, Predictions, made_from, partial(predict_all, recordings, entry, progress))
        rows.append(row_of(name, entry.name, found, exact=exact, seen=seen, pixel_width=entry.pixel_width))
    return rows


def clip_rows(video: Path, table: Path, entries: Sequence[Entry], um_per_px: float | None) -> list[ClipRow]:
    """Predict another group's clip with all models; the width of a pixel is estimated, too, if it is given."""
    builtin = entries[0].model.predictor
    assert isinstance(builtin, CountingPredictor)
    drawn = read_drawn(table)
    found = []
    for entry in entries:
        if um_per_px is not None:
            found.append(clip_row(video, drawn, entry, builtin, um_per_px))
        estimated = Entry(entry.name, entry.model, "estimated")
        found.append(clip_row(video, drawn, estimated, builtin, None))
    return found


def _measure(options: argparse.Namespace) -> dict[str, Any]:
    out: Path = options.out
    writable_file(options.json)
    entries = entries_of(options.model)
    estimated = Entry(ESTIMATED, entries[0].model, "estimated")
    rows: list[Row] = []
    with terminal_progress() as progress:
        for name in options.conditions:
            simulate(
                out / name,
                CONDITIONS[name],
                participants=options.participants,
                fields=options.fields,
                seconds=options.seconds,
                seed=options.seed,
                workers=options.workers,
                progress=progress,
            )
            taking_part = [entries[0], estimated, *entries[1:]] if name == HOME else entries
            rows += rows_of(name, out / name, taking_part, out / "predictions", progress)
        if options.real_tracks is not None:
            folder = out / "real-tracks"
            simulate_along_tracks(
                folder,
                tracks=options.real_tracks,
                labels=options.labels,
                codec="h264",
                seed=options.seed,
                workers=options.workers,
                progress=progress,
            )
            rows += rows_of(REAL_TRACKS, folder, entries, out / "predictions", progress)
        clip = clip_rows(options.clip, options.truth, entries, options.clip_um_per_px) if options.clip else []
    print(markdown(rows, clip), end="")
    return {
        "command": _command(options),
        "motilens_version": __version__,
        "simulator_version": SIMULATOR_VERSION,
        "seed": options.seed,
        "participants": options.participants,
        "fields": options.fields,
        "seconds": options.seconds,
        "models": {entry.name: _about(entry) for entry in entries},
        "conditions": {name: asdict(CONDITIONS[name]) for name in options.conditions},
        "rows": [row.model_dump(mode="json") for row in rows],
        "clip": [row.model_dump(mode="json") for row in clip],
    }


def _about(entry: Entry) -> dict[str, Any]:
    origin = entry.model.predictor.origin
    about = {"method": origin.method, "digest": entry.model.digest, "weights_origin": origin.weights_origin}
    return {**about, "trained_on": {key: origin.data.get(key) for key in ("name", "fingerprint", "participants")}}


def _command(options: argparse.Namespace) -> str:
    """Write the command without the names of anybody's folders."""
    words = ["python -m benchmarks.transfer OUT --json FILE"]
    words += [f"--model {text.partition('=')[0]}=BUNDLE" for text in options.model]
    words += [f"--{key} {getattr(options, key)}" for key in ("participants", "fields", "seconds", "seed")]
    if set(options.conditions) != set(CONDITIONS):
        words.append(f"--conditions {' '.join(options.conditions)}")
    words += ["--real-tracks TRACKS"] if options.real_tracks else []
    words += ["--labels FILE"] if options.labels else []
    words += ["--clip VIDEO --truth FILE"] if options.clip else []
    words += [f"--clip-um-per-px {options.clip_um_per_px}"] if options.clip_um_per_px else []
    return " ".join(words)


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate, predict, write the JSON and print the tables."""
    parser = argparse.ArgumentParser(prog="transfer", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("out", type=Path, help="folder for data sets and predictions")
    parser.add_argument("--json", type=Path, required=True, help="file to write")
    parser.add_argument("--model", action="append", default=[], metavar="NAME=BUNDLE", help="may be given repeatedly")
    parser.add_argument("--conditions", nargs="+", choices=list(CONDITIONS), default=list(CONDITIONS))
    parser.add_argument("--participants", type=int, default=12)
    parser.add_argument("--fields", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=0.8, help="length of each field")
    parser.add_argument("--seed", type=int, default=303)
    parser.add_argument("--workers", type=int, default=1, help="processes that simulate")
    parser.add_argument("--real-tracks", type=Path, help="annotated tracks, as for motilens simulate --tracks")
    parser.add_argument("--labels", type=Path, help="the laboratory's table of the tracks' participants")
    parser.add_argument("--clip", type=Path, help="clip that another group simulated")
    parser.add_argument("--truth", type=Path, help="its table; see foreign_clip")
    parser.add_argument("--clip-um-per-px", type=float, help="width of its pixels in um, if it is known")
    options = parser.parse_args(arguments)
    if (options.clip is None) != (options.truth is None):
        parser.error("--clip and --truth belong together; give both or none")
    try:
        write_json(options.json, _measure(options))
    except MotilensError as error:
        parser.exit(1, f"{parser.prog}: error: {error}\n")


if __name__ == "__main__":
    main()
