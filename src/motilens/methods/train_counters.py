"""Trains the networks that count cells, on simulated cells alone: one for each target and input type.

The same command continues where an earlier one stopped: stacks that were drawn, and networks that were trained, are
kept. The result is a folder with a model card, which ``--set counting.weights=FOLDER`` uses in place of the built-in
one.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from motilens import __version__
from motilens.config import MODEL_UM_PER_PX, CounterConfig, CounterTrainingConfig, InputType, Settings, Target
from motilens.errors import InputError
from motilens.files import digest_of, make_folder, write_json, write_text
from motilens.methods.model_card import card_text
from motilens.networks.counter import Counter
from motilens.networks.counter_file import counter_file, load_counter, save_counter
from motilens.networks.onnx_file import check_onnx, write_onnx
from motilens.networks.weights import state_digest
from motilens.predictors.origin import TrainingCurve
from motilens.progress import Progress, Silent
from motilens.runs.artefacts import read_artefact, write_artefact
from motilens.runs.lock import run_lock
from motilens.simulate.labelled_stacks import LabelledStacks, make_labelled_stacks
from motilens.simulate.settings import SIMULATOR_VERSION
from motilens.training.counter import fit_counter
from motilens.training.counter_scores import score_counter
from motilens.training.runtime import Runtime, versions

HELD_OUT_SHARE = 0.05
"""Share of the stacks that networks are scored on and not trained on."""

WIDEST_UM_PER_PX: dict[Target, float] = {"motility": np.inf, "morphology": 0.6}
"""Stacks of videos with wider pixels are not trained on: no defect can be seen in them."""

TRAINING_SEED = 1
"""Seed of the trainings; it is not that of the simulation, so that other stacks can be trained on alike."""

INPUTS: tuple[InputType, ...] = ("I1", "I4")
TARGETS: tuple[Target, ...] = ("motility", "morphology")


class CounterRecord(Settings):
    """How one network was trained, and how it does on simulated stacks that it did not see."""

    target: Target
    input_type: InputType
    um_per_px: float
    network: CounterConfig
    training: CounterTrainingConfig
    n_parameters: int
    n_stacks: int
    digest: str
    """Hash of the weights."""
    scores: dict[str, Any]
    curve: TrainingCurve


class CounterModel(Settings):
    """The content of ``model.json``: all networks of a folder."""

    motilens_version: str = __version__
    simulator_version: int = SIMULATOR_VERSION
    seed: int
    videos: int
    versions: dict[str, str]
    counters: tuple[CounterRecord, ...]


@dataclass(frozen=True)
class CounterRequest:
    """What is to be trained.

    Attributes:
        out: folder of the networks.
        seed: seed of the simulation.
        videos: number of simulated videos.
        training: training by target.
        targets: targets to train for.
        inputs: input types to train for.
        onnx: write ONNX files, too.
    """

    out: Path
    seed: int
    videos: int
    training: dict[Target, CounterTrainingConfig]
    targets: tuple[Target, ...] = TARGETS
    inputs: tuple[InputType, ...] = INPUTS
    onnx: bool = True


def train_counters(
    request: CounterRequest,
    *,
    runtime: Runtime = Runtime(),  # noqa: B008 - frozen
    workers: int | None = None,
    progress: Progress | None = None,
) -> CounterModel:
    """Draw stacks, train the networks, and write them with a model card.

    Args:
        request: what is to be trained.
        runtime: devices and precision.
        workers: processes that draw stacks; one per core if None.
        progress: shows how far the work is.

    Raises:
        InputError: too few videos.
        ConfigError: the folder holds stacks of another seed.
        BusyError: another process is writing into the folder.
        MissingError: ONNX is wanted and not installed.
        StorageError: the disk is full or may not be written.
    """
    if request.onnx:
        check_onnx()
    progress = progress or Silent()
    out = make_folder(request.out)
    with run_lock(out):
        stacks = make_labelled_stacks(
            out / "stacks", seed=request.seed, n=request.videos, workers=workers, progress=progress
        )
        n_held = round(HELD_OUT_SHARE * len(stacks))
        if n_held < 1:
            raise InputError(f"{len(stacks)} stacks came of {request.videos} videos; allowed: at least 20")
        records = [
            _trained(request, target, input_type, stacks, n_held, runtime, progress)
            for target in request.targets
            for input_type in request.inputs
        ]
        model = CounterModel(seed=request.seed, videos=request.videos, versions=versions(), counters=tuple(records))
        write_json(out / "model.json", model.model_dump(mode="json"))
        write_text(out / "MODEL.md", card_text(model.model_dump(mode="json")))
    return model


def _trained(
    request: CounterRequest,
    target: Target,
    input_type: InputType,
    stacks: LabelledStacks,
    n_held: int,
    runtime: Runtime,
    progress: Progress,
) -> CounterRecord:
    """Train one network, or read how it was trained; write it as ONNX if that is wanted and not done."""
    config, training = CounterConfig(input_type=input_type), request.training[target]
    path = counter_file(str(request.out), target, input_type)
    record_file, onnx_file = path.with_suffix(".json"), path.with_suffix(".onnx")
    made_from = digest_of([stacks.digest, target, config.model_dump(), training.model_dump(), TRAINING_SEED])
    record = read_artefact(record_file, CounterRecord, made_from)
    counter = load_counter(str(request.out), target, input_type) if record and path.is_file() else None
    if record is None or counter is None or _digest(counter) != record.digest:
        usable = stacks.rows(widest_um_per_px=WIDEST_UM_PER_PX[target])
        rows = usable[usable >= n_held]
        if not 0 < len(rows) < len(usable):
            raise InputError(
                f"{len(usable)} of {len(stacks)} stacks have pixels of at most {WIDEST_UM_PER_PX[target]:g} um, and "
                f"{len(usable) - len(rows)} of them are kept for scoring; allowed: some of both; draw more videos"
            )
        fitted = fit_counter(
            stacks,
            target,
            config,
            training,
            rows=rows,
            seed=TRAINING_SEED,
            folder=request.out / "work" / f"{target}-{input_type}",
            runtime=runtime,
            progress=progress,
        )
        counter = fitted.counter
        scores = score_counter(counter, stacks, target, usable[usable < n_held].tolist())
        record = CounterRecord(
            target=target,
            input_type=input_type,
            um_per_px=MODEL_UM_PER_PX[target],
            network=config,
            training=training,
            n_parameters=sum(p.numel() for p in counter.parameters()),
            n_stacks=len(rows),
            digest=_digest(counter),
            scores={**asdict(scores), "n_stacks": int((usable < n_held).sum())},
            curve=fitted.curve,
        )
        onnx_file.unlink(missing_ok=True)
        save_counter(request.out, target, counter)
        write_artefact(record_file, record, made_from)
    if request.onnx and not onnx_file.is_file():
        write_onnx(onnx_file, counter)
    return record


def _digest(counter: Counter) -> str:
    return state_digest(counter)[:12]
