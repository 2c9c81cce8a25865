from pathlib import Path

import numpy as np
import pytest

from motilens.config import MODEL_UM_PER_PX, InputType
from motilens.errors import MismatchError, MissingError
from motilens.networks.counter_file import load_counter
from motilens.predictors.builtin import builtin_model, open_model
from motilens.predictors.bundle import load_predictor, save_predictor
from motilens.predictors.counting import CountingPredictor
from tests.recordings.fakes import FakeRecording

COUNTS = np.array([[10.0, 20, 70, 40, 30, 20]])
"""A hundred cells."""


@pytest.mark.parametrize("input_type", ["I1", "I4"])
def test_the_built_in_model_predicts_the_shares_of_the_cells(input_type: InputType) -> None:
    target, expected = "motility", [10, 20, 70]
    model = builtin_model(target, input_type)
    predictor = model.predictor
    assert isinstance(predictor, CountingPredictor)
    assert predictor.counter.digest == load_counter("builtin", target, input_type).digest
    assert (predictor.input_type, predictor.stacks.um_per_px) == (input_type, MODEL_UM_PER_PX[target])
    assert predictor.predict(FakeRecording(counts=COUNTS)).predicted_pct == pytest.approx(expected)


def test_it_was_fitted_to_nobody_and_says_where_its_network_comes_from() -> None:
    model = builtin_model("motility")
    origin = model.predictor.origin
    assert (origin.method, origin.target, origin.fits, origin.n_parameters) == ("count-I4", "motility", (), 0)
    assert origin.weights_origin == f"counter builtin ({model.digest}), taught by simulated cells"


def test_models_of_different_networks_have_different_digests() -> None:
    digests = {builtin_model("motility", i).digest for i in ("I1", "I4")}
    assert len(digests) == 2 and {len(digest) for digest in digests} == {12}


def test_it_can_be_saved_as_any_other_model(tmp_path: Path) -> None:
    before = builtin_model("motility", "I1").predictor
    save_predictor(tmp_path / "model", before)
    after = load_predictor(tmp_path / "model")
    assert isinstance(before, CountingPredictor) and isinstance(after, CountingPredictor)
    assert after.origin == before.origin
    assert after.counter.digest == before.counter.digest


def test_there_is_none_for_the_other_inputs() -> None:
    with pytest.raises(MissingError, match="no counter of motility for I3 at .*; allowed: builtin, or a folder"):
        builtin_model("motility", "I3")


def test_morphology_is_refused() -> None:
    with pytest.raises(MismatchError, match=r"does not predict morphology[^\n]*allowed: motility"):
        builtin_model("morphology")


def test_the_model_is_opened_by_its_name_or_its_folder(tmp_path: Path) -> None:
    assert open_model("builtin").predictor.origin.target == "motility"
    save_predictor(tmp_path / "model", builtin_model("motility").predictor)
    assert open_model(tmp_path / "model").predictor.origin.target == "motility"
    assert open_model(tmp_path / "model", "motility").predictor.origin.target == "motility"
    with pytest.raises(MismatchError, match=r"is for motility, not for morphology; leave out --target"):
        open_model(tmp_path / "model", "morphology")
