"""Results made by hand, whose scores can be worked out on paper."""

import base64
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from motilens.config import AutoencoderName, InputType, Protocol, Target, has_motion, preset
from motilens.data.folds import Fold
from motilens.data.participants import Participant
from motilens.evaluation.result import (
    Costs,
    EvaluationResult,
    Job,
    MethodInfo,
    ParticipantPrediction,
    Preview,
    RepeatFolds,
    Triple,
)
from motilens.predictors.origin import AutoencoderScores, Epoch, TrainingCurve

Predict = Callable[[str, int], Triple]
"""From a participant and a repeat (or run) to a prediction."""

LABELS: dict[str, Triple] = {
    "1": (40.0, 30.0, 30.0),
    "2": (50.0, 20.0, 30.0),
    "3": (60.0, 10.0, 30.0),
    "10": (70.0, 10.0, 20.0),
}
"""Four participants, in natural order."""

Learned = tuple[AutoencoderName, InputType]


def folds_of(ids: Sequence[str], *, n_folds: int = 2, repeats: int = 1) -> tuple[RepeatFolds, ...]:
    """Every ``n_folds``-th participant in a fold; each repeat starts one further on."""
    found = []
    for repeat in range(1, repeats + 1):
        tests = [[i for k, i in enumerate(ids) if (k + repeat - 1) % n_folds == f] for f in range(n_folds)]
        folds = tuple(
            Fold(fold=f + 1, train_ids=tuple(i for i in ids if i not in test), test_ids=tuple(test))
            for f, test in enumerate(tests)
        )
        found.append(RepeatFolds(repeat=repeat, source=f"made: stratified, seed {repeat}", folds=folds))
    return tuple(found)


def released_folds(ids: Sequence[str], *, n_folds: int = 2, runs: int = 3) -> tuple[RepeatFolds, ...]:
    """The first fold, once for each run, as ``as-released`` has it."""
    ((first, *_),) = (of_repeat.folds for of_repeat in folds_of(ids, n_folds=n_folds))
    folds = tuple(first.model_copy(update={"fold": run}) for run in range(1, runs + 1))
    return (RepeatFolds(repeat=1, source="made: stratified, seed 1; fold 1 in 3 runs", folds=folds),)


def off_by(points: float, labels: Mapping[str, Triple] = LABELS) -> Predict:
    """So many points too many of the first, too few of the second, the third right: MAE 2/3 of ``points``."""

    def predict(participant: str, repeat: int) -> Triple:
        first, second, third = labels[participant]
        return first + points, second - points, third

    return predict


def prediction(participant: str, predicted: Triple, label: Triple, *, n_parts: int = 5) -> ParticipantPrediction:
    """Each stack of this participant misses each percentage by a point more than their mean does."""
    e0, e1, e2 = (abs(p - y) + 1 for p, y in zip(predicted, label, strict=True))
    return ParticipantPrediction(
        participant=participant,
        n_parts=n_parts,
        predicted_pct=predicted,
        sd_pct=(1.0, 1.0, 1.0),
        part_error_pct=(e0, e1, e2),
    )


def made(
    methods: Mapping[str, Predict],
    *,
    labels: Mapping[str, Triple] = LABELS,
    exact: Mapping[str, Triple] | None = None,
    repeats: int | Mapping[str, int] = 1,
    n_folds: int = 2,
    targets: Sequence[Target] = ("motility",),
    protocol: Protocol = "as-described",
    participants: Sequence[Participant] | None = None,
    learned: Mapping[str, Learned] | None = None,
    shown: Collection[str] = (),
    **others: Any,  # noqa: ANN401 - any field of the result
) -> EvaluationResult:
    """A whole result: every method predicts everyone, in as many repeats as ``repeats`` says.

    A fit takes 10 s, a prediction half a second after 2 s for stacks; 7 parameters.

    Args:
        methods: by name.
        labels: by participant, for all targets.
        exact: exact truth by participant.
        repeats: of all methods, or by method.
        n_folds: of each repeat.
        targets: what is predicted.
        protocol: ``as-released`` has three runs of the first fold.
        participants: all but labels.
        learned: methods with an autoencoder, and its input.
        shown: methods whose jobs have curves, scores of the autoencoder and a preview.
        others: fields of the result.
    """
    of_method = {name: repeats if isinstance(repeats, int) else repeats[name] for name in methods}
    folds = folds_of(tuple(labels), n_folds=n_folds, repeats=max(of_method.values(), default=1))
    if protocol == "as-released":
        folds = released_folds(tuple(labels), n_folds=n_folds)
    learned = learned or {}
    jobs = [
        Job(
            method=name,
            target=target,
            repeat=of_repeat.repeat,
            fold=fold.fold,
            seed=fold.fold,
            predictions=tuple(
                prediction(i, predict(i, fold.fold if protocol == "as-released" else of_repeat.repeat), labels[i])
                for i in fold.test_ids
            ),
            n_parameters=7,
            fits=(),
            notes=(),
            costs=Costs(fit_cpu_s=10.0, fit_wall_s=10.0, predict_cpu_s=0.5, peak_memory_mib=100.0),
            **(_shown(learned.get(name), fold, first=target == targets[0]) if name in shown else {}),
        )
        for name, predict in methods.items()
        for target in targets
        for of_repeat in folds[: of_method[name]]
        for fold in of_repeat.folds
    ]
    content: dict[str, Any] = {
        "motilens_version": "0.1.0",
        "versions": {"python": "3.11.7", "torch": "2.14.1"},
        "command": "motilens evaluate DATA --methods all --out RUN",
        "dataset": "made-4",
        "data_fingerprint": "0123456789abcdef0123456789abcdef",
        "protocol": protocol,
        "preset": "demo",
        "settings": {name: preset("demo") for name in methods},
        "targets": tuple(targets),
        "methods": tuple(about(name, repeats=of_method[name], learned=learned.get(name)) for name in methods),
        "repeats": folds,
        "participants": tuple(participants or (person(i) for i in labels)),
        "left_out": (),
        "labels": {target: dict(labels) for target in targets},
        "exact": None if exact is None else {target: dict(exact) for target in targets},
        "preparation_cpu_s": {"stacks": 2.0, "tracks": 9.0},
        "jobs": tuple(jobs),
    }
    return EvaluationResult(**{**content, **others})


def about(name: str, *, repeats: int = 1, learned: Learned | None = None) -> MethodInfo:
    """A method that needs stacks; the training mean needs nothing."""
    autoencoder, input_type = learned or (None, None)
    return MethodInfo(
        name=name,
        description=f"the method {name}",
        cost="cheap",
        needs=() if name == "mean" else ("stacks",),
        repeats=repeats,
        autoencoder=autoencoder,
        input_type=input_type,
    )


def person(name: str, *, assessor: str | None = None, concentration: float | None = None) -> Participant:
    """A participant, with what tables break down by."""
    return Participant(
        participant=name,
        recordings=(name,),
        n_stacks=5,
        cells_seen=20.0,
        assessor=assessor,
        concentration=concentration,
    )


def _shown(learned: Learned | None, fold: Fold, *, first: bool) -> dict[str, Any]:
    epochs = (Epoch(epoch=1, train_loss=0.9, select_loss=0.8), Epoch(epoch=2, train_loss=0.5, select_loss=0.6))
    curves = [TrainingCurve(name="regressor", best_epoch=2, epochs=epochs)]
    if not (learned and first):
        return {"curves": tuple(curves)}
    moves = has_motion(learned[1])
    preview = Preview(
        participant=fold.test_ids[0],
        first_frame_png=_picture(80),
        temporal_sd_png=_picture(10) if moves else None,
        feature_image_png=_picture(120, 3),
        scaling="feature-image: red 0.1 to 0.9; green 0.2 to 0.8; blue 0 to 1",
    )
    return {
        "curves": (TrainingCurve(name="autoencoder", best_epoch=2, epochs=epochs), *curves),
        "autoencoder": AutoencoderScores(
            on="the test participants",
            mse=0.001,
            mse_over_variance=0.25,
            motion_r2=0.75 if moves else None,
            dead_channels=(),
        ),
        "previews": (preview,) if fold.fold == 1 else (),
    }


def _picture(grey: int, channels: int = 1) -> str:
    """A small PNG in base64."""
    pixels = np.full((12, 16, channels), grey, np.uint8)
    pixels[4:8, 6:10] = 255 - grey
    return base64.b64encode(cv2.imencode(".png", pixels)[1].tobytes()).decode("ascii")
