"""Results made by hand, whose scores can be worked out on paper.

Participants come in twins: one with truth (60, 20, 20), one with (20, 40, 40), one of each in every fold's test, so the
training mean is (40, 30, 30) everywhere and misses everybody by (20, 10, 10): MAE 40/3. ``I1`` answers (43, 27, 30),
which misses the first by 34/3 and the second by 46/3: on average exactly as bad as the mean. ``I4`` misses everybody by
(3, 3, 0): MAE 2. Each error per stack is one point more than the participant's.
"""

import base64
from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np

from motilens.config import InputType, Protocol, Target, preset
from motilens.evaluation.result import (
    Cell,
    CrossValResult,
    Epoch,
    Fit,
    Fold,
    LeftOut,
    Participant,
    ParticipantScore,
    Preview,
    Step1Result,
)

Triple = tuple[float, float, float]

MEAN_MAE = 40 / 3
I1_MAE = 40 / 3
I4_MAE = 2.0

TRUTHS: dict[Target, tuple[Triple, Triple]] = {
    "motility": ((60.0, 20.0, 20.0), (20.0, 40.0, 40.0)),
    "morphology": ((99.0, 30.0, 20.0), (95.0, 20.0, 10.0)),
}


def predict(method: str, target: Target, truth: Triple) -> Triple:
    """What each method answers."""
    mean, shift = np.mean(TRUTHS[target], axis=0), np.array([3, -3, 0])
    answers = {"I1": mean + shift, "I2": mean + shift, "I3": truth + 2 * shift, "I4": truth + shift}
    answer = answers.get(method, mean)
    return float(answer[0]), float(answer[1]), float(answer[2])


def score(participant: str, truth: Triple, predicted: Triple, n_stacks: int = 8) -> ParticipantScore:
    """One participant; each stack misses by a point more than their mean."""
    errors = [abs(p - t) + 1 for p, t in zip(predicted, truth, strict=True)]
    return ParticipantScore(
        participant=participant,
        n_stacks=n_stacks,
        truth_pct=truth,
        predicted_pct=predicted,
        spread_pct=(1.0, 1.0, 1.0),
        stack_error_pct=(errors[0], errors[1], errors[2]),
    )


def picture(grey: int, channels: int = 1) -> str:
    """A small PNG in base64."""
    pixels = np.full((12, 16, channels), grey, np.uint8)
    pixels[4:8, 6:10] = 255 - grey
    return base64.b64encode(cv2.imencode(".png", pixels)[1].tobytes()).decode("ascii")


def make_result(
    *,
    twins_per_fold: int = 1,
    n_folds: int = 3,
    inputs: Sequence[InputType] = ("I1", "I4"),
    targets: Sequence[Target] = ("motility",),
    baselines: Sequence[str] = ("mean", "median", "count", "count-lab"),
    protocol: Protocol = "as-described",
) -> CrossValResult:
    """A whole result, by hand."""
    everyone = [str(k + 1) for k in range(2 * twins_per_fold * n_folds)]
    tests = [everyone[2 * twins_per_fold * f : 2 * twins_per_fold * (f + 1)] for f in range(n_folds)]
    if protocol == "as-released":
        tests = [tests[0]] * n_folds
    folds = tuple(
        Fold(fold=f + 1, train_ids=tuple(i for i in everyone if i not in test), test_ids=tuple(test))
        for f, test in enumerate(tests)
    )
    history = (Epoch(epoch=1, train_loss=0.9, select_loss=0.8), Epoch(epoch=2, train_loss=0.5, select_loss=0.6))
    cells = [
        Cell(
            method=method,
            target=target,
            fold=fold.fold,
            seed=fold.fold,
            scores=tuple(
                score(i, truth, predict(method, target, truth))
                for i in fold.test_ids
                for truth in [TRUTHS[target][(int(i) - 1) % 2]]
            ),
            best_epoch=2 if method in inputs else None,
            history=history if method in inputs else (),
            fits=(Fit(what="regressor", ids=fold.train_ids),),
        )
        for target in targets
        for method in [*baselines, *inputs]
        for fold in folds
    ]
    moving = {"I3", "I4"}
    return CrossValResult(
        motilens_version="0.1.0",
        versions={"python": "3.11.7", "torch": "2.14.1"},
        command="motilens crossval DATA --inputs I1 I4 --out RUN",
        protocol=protocol,
        preset="demo",
        pipelines={i: preset("demo", i) for i in inputs},
        targets=tuple(targets),
        data_fingerprint="0123456789abcdef0123456789abcdef",
        fold_source="made: stratified, seed 0",
        folds=folds,
        participants=tuple(
            Participant(
                participant=i,
                videos=(f"{i}_09.01.01_SSW",),
                n_stacks=8,
                cells_seen=20.0,
                assessor=cast(str, ("SSW", "JMA")[k // 2 % 2]),
                concentration=30.0,
            )
            for k, i in enumerate(everyone)
        ),
        left_out=(LeftOut(name="99_09.01.01_HH.avi", reason="truncated: no frame can be decoded"),),
        step1=tuple(
            Step1Result(
                input_type=input_type,
                fold=fold.fold,
                seed=fold.fold,
                best_epoch=2,
                history=history,
                test_mse=0.001,
                test_mse_over_variance=0.25,
                test_motion_r2=0.75 if input_type in moving else None,
                dead_channels=(),
                fits=(Fit(what="autoencoder", ids=fold.train_ids),),
            )
            for input_type in inputs
            for fold in folds
        ),
        cells=tuple(cells),
        previews=tuple(
            Preview(
                input_type=input_type,
                fold=1,
                participant=everyone[0],
                first_frame_png=picture(80),
                temporal_spread_png=picture(10) if input_type in moving else None,
                feature_image_png=picture(120, 3),
                scaling="feature-image: red 0.1 to 0.9; green 0.2 to 0.8; blue 0 to 1",
            )
            for input_type in inputs
        ),
        timing={"crossval": 12.5},
    )
