import json
from pathlib import Path

import numpy as np
import pytest

from motilens.config import MODEL_UM_PER_PX, CounterConfig, Target
from motilens.errors import BundleError, NoCellsError
from motilens.features.cell_maps import cell_maps
from motilens.networks.counter import Counter
from motilens.predictors.bundle import load_predictor, save_predictor
from motilens.predictors.counting import LEAST_CELLS, NO_CELLS, CountingPredictor, n_cells, shares
from motilens.predictors.predictor import Parts
from motilens.predictors.standardised_linear import StandardisedLinear
from tests.predictors import made
from tests.predictors.test_bundle import change_arrays, change_card
from tests.recordings.fakes import FakeRecording

COUNTS = np.array([[9.0, 0, 1, 8, 2, 0], [0.0, 30, 60, 17, 18, 5]])
"""Ten cells in the first stack and ninety in the second."""

HALVES = StandardisedLinear(np.array([5.0, 20, 60]), np.full(3, 2.0), np.eye(3), np.array([1.0, 2, 3]))
"""1, 2, 3 and half of what a share is above 5, 20 and 60."""


def recording(counts: np.ndarray = COUNTS, *, problem: str = "") -> FakeRecording:
    return FakeRecording("1_a", counts=counts, um_per_px=0.5, problem=problem)


def predictor(
    target: Target = "motility", *, regression: StandardisedLinear | None = None, mean: bool = True
) -> CountingPredictor:
    counter = Counter(CounterConfig(encoder_width=4, widths=(4, 4, 4, 4, 4)))
    return CountingPredictor(made.origin(target), counter, regression, made.MEAN_PCT if mean else None)


def test_all_cells_are_those_of_the_three_classes_of_motility() -> None:
    assert n_cells(COUNTS).tolist() == [10, 90]


def test_shares_are_of_all_cells() -> None:
    assert shares(COUNTS, "motility") == pytest.approx(np.array([[90, 0, 10], [0, 100 / 3, 200 / 3]]))
    assert shares(COUNTS, "morphology") == pytest.approx(np.array([[80, 20, 0], [170 / 9, 20, 50 / 9]]))


def test_more_defects_than_cells_are_all_cells() -> None:
    assert shares(np.array([[1.0, 0, 1, 2.5, 2, 0.5]]), "morphology").tolist() == [[100, 100, 25]]


@pytest.mark.parametrize(("target", "expected"), [("motility", [9, 30, 61]), ("morphology", [25, 20, 5])])
def test_a_recording_is_the_ratio_of_sums_not_the_mean_of_ratios(target: Target, expected: list[float]) -> None:
    found = predictor(target).predict(recording(problem="dust"))
    assert found.predicted_pct == pytest.approx(expected)
    assert (found.video_id, found.target, found.part, len(found.parts_pct)) == ("1_a", target, "recording", 1)
    assert (found.times_s, found.problems) == (((0.0, 0.5), (1.0, 1.5)), ("dust",))
    assert found.cell_counts is not None and np.array_equal(found.cell_counts, COUNTS)


def test_a_regression_maps_the_shares_to_a_laboratorys_percentages() -> None:
    # Of 9, 30 and 61 it makes 3, 7 and 3.5; the classes of motility are then scaled to sum to 100.
    found = predictor(regression=HALVES).predict(recording())
    assert found.predicted_pct == pytest.approx(np.array([3, 7, 3.5]) / 13.5 * 100)
    # Of 25, 20 and 5 it makes 11, 2 and -24.5; defects have any sum, but none is below 0.
    found = predictor("morphology", regression=HALVES).predict(recording())
    assert found.predicted_pct == pytest.approx([11, 2, 0])


@pytest.mark.parametrize("regression", [None, HALVES])
def test_without_cells_the_mean_is_predicted_and_said(regression: StandardisedLinear | None) -> None:
    few = np.array([[0.3, 0.3, 0, 5, 5, 5], [0.3, 0, 0.09, 5, 5, 5]])  # 0.99 cells; defects do not count
    found = predictor(regression=regression).predict(recording(few, problem="dust"))
    assert found.predicted_pct.tolist() == made.MEAN_PCT.tolist()
    assert found.problems == ("dust", NO_CELLS)
    assert found.cell_counts is not None and np.array_equal(found.cell_counts, few)


def test_one_cell_is_enough() -> None:
    assert LEAST_CELLS == 1
    found = predictor(mean=False).predict(recording(np.array([[0.5, 0, 0, 0, 0, 0], [0, 0, 0.5, 0, 0, 0]])))
    assert found.predicted_pct == pytest.approx([50, 0, 50])
    assert found.problems == ()


def test_without_cells_and_without_a_mean_there_is_no_prediction() -> None:
    with pytest.raises(
        NoCellsError,
        match=r"^no cells were found in 1_a\.avi, so there is no percentage; check the width of a pixel, which is "
        r"0\.5 um here, with --um-per-px$",
    ):
        predictor(mean=False).predict(recording(np.zeros((2, 6))))


@pytest.mark.parametrize("target", ["motility", "morphology"])
def test_cells_are_counted_in_stacks_of_the_targets_width_of_a_pixel(target: Target) -> None:
    found = made.counting(target=target)
    assert found.needs == ("cells",)
    assert (found.stacks.um_per_px, found.stacks.stacks_per_video) == (MODEL_UM_PER_PX[target], 2)
    assert found.stacks.input_type == found.input_type == "I3"  # of the network, whatever the other settings say


def test_its_maps_are_those_of_the_network() -> None:
    found, batch = made.counting(), made.fake_recording().stacks(made.SETTINGS.stacks)
    assert np.array_equal(found.maps(batch), cell_maps(found.counter, batch.pixels))
    sums = found.maps(batch).sum(axis=(2, 3), dtype=np.float64)
    counts = found.predict(made.fake_recording()).cell_counts
    assert counts is not None and np.array_equal(counts, sums)


def test_another_origin() -> None:
    found = made.counting()
    other = found.with_origin(made.origin(method="count-I3"))
    assert other.origin.method == "count-I3"
    assert (other.counter, other.regression) == (found.counter, found.regression)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    save_predictor(tmp_path / "model", made.counting())
    return tmp_path / "model"


@pytest.mark.parametrize(("regression", "mean"), [(True, True), (True, False), (False, True), (False, False)])
def test_what_was_fitted_comes_back(regression: bool, mean: bool, tmp_path: Path) -> None:
    before = made.counting(regression=regression, mean=mean)
    save_predictor(tmp_path / "model", before)
    after = load_predictor(tmp_path / "model")
    assert isinstance(after, CountingPredictor)
    assert (after.counter.config, after.counter.digest) == (before.counter.config, before.counter.digest)
    assert not any(parameter.requires_grad for parameter in after.counter.parameters())
    assert (after.regression is not None, after.mean_pct is not None) == (regression, mean)
    assert np.array_equal(after.predict(recording()).parts_pct, before.predict(recording()).parts_pct)
    if mean:
        assert after.predict(recording(np.zeros((1, 6)))).predicted_pct.tolist() == made.MEAN_PCT.tolist()


def refused(path: Path) -> str:
    with pytest.raises(BundleError) as caught:
        load_predictor(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("counter", None, "bundle.json has no field 'counter'; copy the model again or train it again"),
        ("counter", {"stride": 5}, "bundle.json: counter.stride: Input should be 4 or 8; copy the model again"),
        (
            "counter",
            {"backbone": "resnet17"},
            "bundle.json: counter: backbone 'resnet17' gives no features at stride 4",
        ),
        (
            "counter",
            {"encoder_width": 5},
            "counter.safetensors: tensor encoder.1.weight is torch.float32 [4, 12",
        ),
        ("fitted", None, "bundle.json has no field 'fitted'"),
        ("fitted", {"mean": "perhaps"}, "bundle.json: fitted.mean: Input should be a valid boolean"),
    ],
)
def test_fields_that_do_not_fit(saved: Path, name: str, value: dict[str, object] | None, words: str) -> None:
    fields = json.loads((saved / "bundle.json").read_text(encoding="utf-8"))["fields"]
    if value is None:
        del fields[name]
    else:
        fields[name] |= value
    change_card(saved, fields=fields)
    assert refused(saved).startswith(words)


@pytest.mark.parametrize(
    ("file", "name", "array", "words"),
    [
        ("regression", "mean_pct", None, "regression.safetensors has no array 'mean_pct'"),
        (
            "regression",
            "mean_pct",
            np.zeros(2),
            "regression.safetensors: array 'mean_pct' has shape (2,); allowed",
        ),
        ("regression", "coefficients", None, "regression.safetensors has no array 'coefficients'"),
        (
            "regression",
            "coefficients",
            np.zeros((3, 6)),
            "regression.safetensors: array 'coefficients' has shape",
        ),
        ("counter", "head.bias", None, "counter.safetensors: tensor head.bias [7] is missing"),
    ],
)
def test_arrays_that_do_not_fit(saved: Path, file: str, name: str, array: np.ndarray | None, words: str) -> None:
    change_arrays(saved, f"{file}.safetensors", **{name: array})
    assert refused(saved).startswith(words)


def test_parts_without_a_network() -> None:
    parts = made.counting().parts()
    with pytest.raises(BundleError, match=r"^the model has no counter\.safetensors; copy the model again"):
        CountingPredictor.from_parts(Parts(parts.fields, {}), made.origin())
