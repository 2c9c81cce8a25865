"""Benchmarks made by hand, whose scores can be worked out on paper."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from motilens.config import Target
from motilens.data.values import Fold, Participant
from motilens.evaluation.benchmark.values import (
    Answer,
    BenchmarkCell,
    BenchmarkResult,
    Costs,
    MethodAbout,
    RepeatFolds,
    Triple,
)

Predict = Callable[[str, int], Triple]
"""From a participant and a repeat to an answer."""

LABELS: dict[str, Triple] = {
    "1": (40.0, 30.0, 30.0),
    "2": (50.0, 20.0, 30.0),
    "3": (60.0, 10.0, 30.0),
    "10": (70.0, 10.0, 20.0),
}
"""Four participants, in natural order."""


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


def off_by(points: float, labels: Mapping[str, Triple] = LABELS) -> Predict:
    """So many points too many of the first, too few of the second, the third right: MAE 2/3 of ``points``."""

    def predict(participant: str, repeat: int) -> Triple:
        first, second, third = labels[participant]
        return first + points, second - points, third

    return predict


def made(
    methods: Mapping[str, Predict],
    *,
    labels: Mapping[str, Triple] = LABELS,
    exact: Mapping[str, Triple] | None = None,
    repeats: int | Mapping[str, int] = 1,
    n_folds: int = 2,
    targets: Sequence[Target] = ("motility",),
    participants: Sequence[Participant] | None = None,
    **others: Any,  # noqa: ANN401 - any field of the result
) -> BenchmarkResult:
    """A whole result: every method answers for everyone, in as many repeats as ``repeats`` says.

    A fit takes 10 s, a prediction half a second after 2 s for stacks; 7 parameters.
    """
    of_method = {name: repeats if isinstance(repeats, int) else repeats[name] for name in methods}
    folds = folds_of(tuple(labels), n_folds=n_folds, repeats=max(of_method.values(), default=1))
    cells = [
        BenchmarkCell(
            method=name,
            target=target,
            repeat=of_repeat.repeat,
            fold=fold.fold,
            seed=fold.fold,
            answers=tuple(
                Answer(
                    participant=i,
                    n_parts=5,
                    predicted_pct=predict(i, of_repeat.repeat),
                    spread_pct=(1.0, 1.0, 1.0),
                )
                for i in fold.test_ids
            ),
            n_parameters=7,
            fits=(),
            notes=(),
            costs=Costs(fit_cpu_s=10.0, fit_wall_s=10.0, predict_cpu_s=0.5, peak_memory_mib=100.0),
        )
        for name, predict in methods.items()
        for target in targets
        for of_repeat in folds[: of_method[name]]
        for fold in of_repeat.folds
    ]
    content: dict[str, Any] = {
        "motilens_version": "0.1.0",
        "versions": {"python": "3.11.7"},
        "command": "motilens benchmark DATA --methods all --out RUN",
        "dataset": "made-4",
        "data_fingerprint": "0123456789abcdef0123456789abcdef",
        "pipelines": {},
        "targets": tuple(targets),
        "methods": tuple(
            MethodAbout(name=name, words=f"the method {name}", cost="cheap", uses=("stacks",), repeats=of_method[name])
            for name in methods
        ),
        "repeats": folds,
        "participants": tuple(participants or (person(i) for i in labels)),
        "left_out": (),
        "labels": {target: dict(labels) for target in targets},
        "exact": None if exact is None else {target: dict(exact) for target in targets},
        "preparation_cpu_s": {"stacks": 2.0, "tracks": 9.0},
        "cells": tuple(cells),
    }
    return BenchmarkResult(**{**content, **others})


def person(name: str, *, assessor: str | None = None, concentration: float | None = None) -> Participant:
    """A participant, with what tables break down by."""
    return Participant(
        participant=name,
        videos=(f"{name}.mp4",),
        n_stacks=5,
        cells_seen=20.0,
        assessor=assessor,
        concentration=concentration,
    )
