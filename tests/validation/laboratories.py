"""A laboratory's folder of samples, and a model whose predictions for them are known."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from motilens.predictors.bundle import save_predictor
from motilens.predictors.line import LinePredictor
from tests.data.folders import semen_table, write
from tests.predictors.made import line
from tests.recordings.films import write_film

LIMITS = """\
[percentages.progressive]
bias_pct = 2
limits_of_agreement_pct = 5
slope = [0.8, 1.2]
intercept_pct = 6
concordance = 0.9
cv_pct = 5
"""


def make_laboratory(root: Path, predicted_pct: Mapping[str, float], laboratory_pct: Mapping[str, float]) -> Path:
    """Samples of which ``make_model``'s model predicts these progressive percentages; the first has two recordings."""
    rows = {
        i: (repr(math.exp(value / 10)), 10, 10, 10, laboratory_pct[i], 10, 90 - laboratory_pct[i])
        for i, value in predicted_pct.items()
    }
    write(root / "semen_analysis_data.csv", semen_table(rows))
    for k, i in enumerate(rows):
        write_film(root / "videos" / f"{i}_a.avi", [0.0], n_frames=12, seed=k)
    write_film(root / "videos" / f"{next(iter(rows))}_b.avi", [0.0], n_frames=12, seed=1000)
    return root


def make_model(path: Path, *, fits: bool = False, trained_on: tuple[str, ...] = ()) -> Path:
    """A line on the log concentration c: 10 log c progressive, 10 non-progressive, 90 - 10 log c immotile."""
    predictor = line("log concentration")
    assert isinstance(predictor, LinePredictor)
    origin = predictor.origin.model_copy(
        update={"fits": predictor.origin.fits if fits else (), "trained_on": trained_on}
    )
    slope, intercept = np.array([10.0, 0.0, -10.0]), np.array([0.0, 10.0, 90.0])
    save_predictor(path, replace(predictor, origin=origin, slope_pct=slope, intercept_pct=intercept))
    return path


def ids(n: int) -> list[str]:
    """IDs of participants: ``1`` to ``n``."""
    return [str(k + 1) for k in range(n)]


def alternating(n: int) -> tuple[dict[str, float], dict[str, float]]:
    """Predictions from 20 % on, and laboratory values that are alternately a point lower and higher."""
    predicted = {i: 20.0 + k for k, i in enumerate(ids(n))}
    return predicted, {i: value + (-1.0 if int(i) % 2 else 1.0) for i, value in predicted.items()}
