"""How the error of counting falls with the number of participants whose laboratory values are known.

    python benchmarks/labels_curve.py RUN --data visem-sim-85 --out benchmarks/results/labels_curve.json

RUN is the folder of ``motilens evaluate visem-sim-85 --methods ... --out RUN`` with the methods. Their settings are
those of the run, and counts of cells are read from its cache. In each fold of each repeat, the regression is fitted to
the first n of the training participants in a random order, and tested on all test participants; with n = 0 the shares
of the counted cells are the prediction. The error is the mean over participants and repeats; its interval is a
bootstrap over participants.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from motilens import __version__
from motilens.config import Target, with_overrides
from motilens.data.dataset import Dataset, open_dataset
from motilens.evaluation.result import EvaluationResult
from motilens.evaluation.statistics import bootstrap_ci
from motilens.files import write_json
from motilens.methods.catalogue import METHODS
from motilens.methods.method import TrainingSet, Workspace
from motilens.methods.train import scale_source
from motilens.report.read import read_result

LABELLED = (0, 5, 10, 20, 40, 57)
"""Numbers of training participants with a label. 57 are all of a fold of 85; numbers that no fold has are left out."""


def errors_by_number(
    dataset: Dataset, result: EvaluationResult, method: str, target: Target, *, workspace: Workspace
) -> dict[int, dict[str, list[float]]]:
    """Mean absolute error of each test participant in each repeat, by number of labelled training participants."""
    labels = dataset.labels(target)
    folds = [fold for of_repeat in result.repeats for fold in of_repeat.folds]
    most = max(sum(i in labels for i in fold.train_ids) for fold in folds)
    found: dict[int, dict[str, list[float]]] = {n: {i: [] for i in labels} for n in LABELLED if n <= most}
    for of_repeat in result.repeats:
        for fold in of_repeat.folds:
            rng = np.random.default_rng([of_repeat.repeat, fold.fold])
            train_ids = [i for i in rng.permutation(np.array(fold.train_ids)).tolist() if i in labels]
            for n in found:
                known = train_ids[:n] if n else train_ids[:1]
                settings = with_overrides(result.settings[method], f"counting.calibrate={'true' if n else 'false'}")
                training = TrainingSet(target, {i: dataset.recordings[i] for i in known}, {i: labels[i] for i in known})
                predictor = METHODS[method].fit(training, settings, workspace)
                for i in fold.test_ids:
                    if i in labels:
                        own = [predictor.predict(r).predicted_pct for r in dataset.recordings[i]]
                        found[n][i].append(float(np.abs(np.mean(own, axis=0) - labels[i]).mean()))
    return found


def curve(errors: dict[int, dict[str, list[float]]], seed: int) -> list[dict[str, object]]:
    """One row for each number: the error, and its interval over participants."""
    rows: list[dict[str, object]] = []
    for n, by_participant in errors.items():
        each = np.array([np.mean(values) for values in by_participant.values() if values])
        low, high = bootstrap_ci(each, seed=seed)
        rows.append(
            {"labelled": n, "mae_pct": round(float(each.mean()), 3), "low": round(low, 3), "high": round(high, 3)}
        )
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Compute the curves and write the JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("run", type=Path, help="folder of a finished evaluation")
    parser.add_argument("--data", type=Path, required=True, help="its data set")
    parser.add_argument("--methods", nargs="+", default=["count-I1", "count-I4"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    result = read_result(options.run)
    dataset = open_dataset(options.data, cache=options.run / "cache", um_per_px=scale_source(options.data, None))
    workspace = Workspace(options.run / "work")
    curves = {
        target: {
            method: curve(errors_by_number(dataset, result, method, target, workspace=workspace), options.seed)
            for method in options.methods
        }
        for target in result.targets
    }
    summary = {
        "command": f"python benchmarks/labels_curve.py RUN --data {options.data.name} "
        f"--methods {' '.join(options.methods)} --seed {options.seed} --out FILE",
        "motilens_version": __version__,
        "participants": len(dataset.participants),
        "repeats": len(result.repeats),
        "curves": curves,
    }
    write_json(options.out, summary)
    print(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
