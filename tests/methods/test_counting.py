"""Counts of cells as predictors: participants whose cells are known, and a laboratory that sees them differently."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from motilens.config import MethodSettings, Target, preset
from motilens.errors import MismatchError, MissingError
from motilens.methods.catalogue import METHODS
from motilens.methods.check import check_trainable
from motilens.methods.method import TrainingSet, Workspace
from motilens.predictors.bundle import load_predictor, save_predictor
from motilens.predictors.counting import CountingPredictor
from motilens.training.runtime import Runtime
from tests.methods.counted import CountedRecording, tiny_counters

PROGRESSIVE = {"0": 10, "1": 20, "2": 35, "3": 50, "4": 60, "5": 80}
"""Progressive cells of 100; of the others a quarter is non-progressive."""


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_counters(tmp_path_factory.mktemp("counters"))


def counts_of(progressive: float) -> list[list[float]]:
    """Two stacks with 90 and 10 cells, 100 in all; head defects are as many as progressive."""
    others = 100 - progressive
    row = np.array([progressive, others / 4, 3 * others / 4, progressive, 0, others])
    return [(0.9 * row).tolist(), (0.1 * row).tolist()]


def recordings(ids: Sequence[str] = tuple(PROGRESSIVE), **none: object) -> dict[str, list[CountedRecording]]:
    """Participants named in ``none`` have no cells."""
    return {
        i: [CountedRecording(f"{i}_a", np.zeros((2, 6)).tolist() if f"p{i}" in none else counts_of(PROGRESSIVE[i]))]
        for i in ids
    }


def labels_of(ids: Sequence[str]) -> dict[str, np.ndarray]:
    """The laboratory calls half of the progressive cells immotile."""
    found = {}
    for i in ids:
        p, others = PROGRESSIVE[i], 100 - PROGRESSIVE[i]
        found[i] = np.array([p / 2, others / 4, 3 * others / 4 + p / 2])
    return found


def settings_for(weights: Path, **changes: object) -> MethodSettings:
    settings = preset("cpu", "I4")
    counting = settings.counting.model_copy(update={"weights": str(weights), "alphas": (1e-6,), **changes})
    return settings.model_copy(update={"counting": counting})


def fitted(
    weights: Path,
    own: Mapping[str, Sequence[CountedRecording]],
    *,
    labels: Mapping[str, np.ndarray] | None = None,
    target: Target | None = "motility",
    name: str = "count-I4",
    epoch_ids: tuple[str, ...] | None = None,
    **changes: object,
) -> CountingPredictor:
    labels = labels_of(tuple(own)) if labels is None else labels
    training = TrainingSet(target, own, labels if target else {}, epoch_ids=epoch_ids)
    predictor = METHODS[name].fit(training, settings_for(weights, **changes), Workspace(Path("nowhere")))
    assert isinstance(predictor, CountingPredictor)
    return predictor


def predicted(predictor: CountingPredictor, progressive: float) -> np.ndarray:
    return predictor.predict(CountedRecording("9_a", counts_of(progressive))).predicted_pct


def test_the_regression_learns_what_the_laboratory_calls_progressive(weights: Path) -> None:
    predictor = fitted(weights, recordings())
    assert predicted(predictor, 40) == pytest.approx([20, 15, 65], abs=0.1)
    origin = predictor.origin
    assert {fit.what: fit.ids for fit in origin.fits} == dict.fromkeys(
        ("input scaling", "regressor", "mean"), tuple(PROGRESSIVE)
    )
    assert (origin.method, origin.target) == ("count-I4", "motility")
    assert origin.n_parameters > 0 and origin.notes[0].startswith("alpha 1e-06: mean absolute error 0.0")
    assert origin.weights_origin is not None and origin.weights_origin.startswith(f"counter {weights} (")


def test_without_calibration_the_shares_of_all_stacks_are_predicted(weights: Path) -> None:
    predictor = fitted(weights, recordings(), calibrate=False)
    assert predictor.regression is None
    assert predicted(predictor, 40) == pytest.approx([40, 15, 45])
    assert predictor.origin.notes == ("shares of the counted cells, not fitted to labels",)
    assert predictor.origin.n_parameters == 0
    # Nothing but the mean, which is predicted where there are no cells, was fitted to anybody.
    assert [(fit.what, fit.ids) for fit in predictor.origin.fits] == [("mean", tuple(PROGRESSIVE))]


def test_morphology_is_the_share_of_defects(weights: Path) -> None:
    predictor = fitted(weights, recordings(), target="morphology", calibrate=False)
    assert predicted(predictor, 40) == pytest.approx([40, 0, 60])


def test_labels_of_those_who_only_choose_epochs_change_nothing(weights: Path) -> None:
    """Nor do their recordings: nothing is counted in them."""
    own, labels = recordings(), labels_of(tuple(PROGRESSIVE))
    one = fitted(weights, own, labels=labels, epoch_ids=("4", "5"))
    other = fitted(
        weights, recordings(), labels={**labels, "4": np.array([0, 0, 100.0]), "5": np.zeros(3)}, epoch_ids=("4", "5")
    )
    assert {i for fit in one.origin.fits for i in fit.ids} == {"0", "1", "2", "3"}
    assert np.array_equal(predicted(one, 40), predicted(other, 40))
    assert one.mean_pct is not None and other.mean_pct is not None and np.array_equal(one.mean_pct, other.mean_pct)
    assert not own["4"][0].asked and own["3"][0].asked


def test_shuffled_labels_do_not_beat_the_mean(weights: Path) -> None:
    ids = tuple(PROGRESSIVE)
    labels = labels_of(ids)
    wrong = dict(zip(ids, (labels[i] for i in ("3", "5", "0", "4", "1", "2")), strict=True))
    errors, of_mean = [], []
    for left_out in ids:
        rest = [i for i in ids if i != left_out]
        own, known = recordings(rest), {i: wrong[i] for i in rest}
        predictor = fitted(weights, own, labels=known)
        errors.append(np.abs(predicted(predictor, PROGRESSIVE[left_out]) - wrong[left_out]).mean())
        of_mean.append(np.abs(np.mean(list(known.values()), axis=0) - wrong[left_out]).mean())
    assert np.mean(errors) > 0.9 * np.mean(of_mean)


def test_participants_without_cells_are_not_fitted_to_and_get_the_mean(weights: Path) -> None:
    predictor = fitted(weights, recordings(p2=True))
    fits = {fit.what: fit.ids for fit in predictor.origin.fits}
    assert fits["regressor"] == ("0", "1", "3", "4", "5") and fits["mean"] == tuple(PROGRESSIVE)
    assert predicted(predictor, 40) == pytest.approx([20, 15, 65], abs=0.1)
    prediction = predictor.predict(CountedRecording("9_a", np.zeros((2, 6)).tolist()))
    mean = np.mean(list(labels_of(tuple(PROGRESSIVE)).values()), axis=0)
    assert prediction.predicted_pct == pytest.approx(mean)
    assert prediction.problems == ("no cells were found: the training mean is predicted",)


def test_fewer_than_three_participants_with_cells_fit_no_regression(weights: Path) -> None:
    few = fitted(weights, recordings(p0=True, p1=True, p2=True, p3=True))
    assert few.regression is None and predicted(few, 40) == pytest.approx([40, 15, 45])
    assert few.origin.fits != ()  # the mean
    enough = fitted(weights, recordings(p0=True, p1=True, p2=True))
    assert enough.regression is not None


def test_replicates_are_counted_together(weights: Path) -> None:
    """Ten times as many cells weigh ten times as much: 10 % of 1000 and 80 % of 100 are 16.4 % of 1100."""
    own = recordings()
    many = (10 * np.array(counts_of(10))).tolist()
    whole = np.array(counts_of(10)).sum(axis=0) * 10 + np.array(counts_of(80)).sum(axis=0)
    own["0"] = [CountedRecording("0_a", many), CountedRecording("0_b", counts_of(80))]
    together = recordings()
    together["0"] = [CountedRecording("0_a", [whole.tolist()])]
    one, other = fitted(weights, own), fitted(weights, together)
    assert predicted(one, 40) == pytest.approx(predicted(other, 40))


@pytest.mark.parametrize(("target", "um_per_px"), [("motility", 1.0), ("morphology", 0.5)])
@pytest.mark.parametrize("name", ["count-I1", "count-I4"])
def test_stacks_have_the_width_of_a_pixel_of_the_target(
    name: str, target: Target, um_per_px: float, weights: Path
) -> None:
    own = recordings()
    predictor = fitted(weights, own, target=target, name=name, stacks_per_video=7)
    (asked,) = own["0"][0].asked
    assert (asked.um_per_px, asked.input_type, asked.stacks_per_video) == (um_per_px, name[-2:], 7)
    assert predictor.stacks == asked and predictor.input_type == name[-2:]


def test_it_is_saved_and_loaded(weights: Path, tmp_path: Path) -> None:
    predictor = fitted(weights, recordings())
    save_predictor(tmp_path / "model", predictor)
    loaded = load_predictor(tmp_path / "model")
    recording = CountedRecording("9_a", counts_of(40))
    assert loaded.origin == predictor.origin
    assert loaded.predict(recording).predicted_pct == pytest.approx(predictor.predict(recording).predicted_pct)


def test_no_target_is_refused(weights: Path) -> None:
    with pytest.raises(MismatchError, match="method count-I4 counts cells for a target; choose --target motility or"):
        fitted(weights, recordings(), target=None)


def test_a_folder_without_networks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"no counter of motility for I4 at .*; allowed: builtin, or a folder that"):
        fitted(tmp_path, recordings())


def test_a_counting_method_needs_no_backbone(weights: Path) -> None:
    settings = settings_for(weights)
    absurd = settings.regressor.model_copy(update={"backbone": "none such"})
    check_trainable([(METHODS["count-I4"], settings.model_copy(update={"regressor": absurd}))], Runtime("cpu"))
