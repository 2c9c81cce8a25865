"""The benchmark of transfer as it is called, with a tiny condition; what it says of models that do not fit."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import transfer
from motilens.errors import InputError, MismatchError
from motilens.predictors.bundle import save_predictor
from motilens.predictors.constant import ConstantPredictor
from motilens.simulate.truth import read_truth
from tests.predictors.made import MEAN_PCT, constant, line, origin
from tests.simulate.factories import every_file

TINY = transfer.Condition(um_per_px=2.0, size=(96, 128))
WORDS = ("--conditions", "home", "--participants", "2", "--fields", "1", "--seconds", "0.44", "--seed", "5")


def bundle(folder: Path, *, method: str = "mean") -> Path:
    """A constant, or a line on the number of heads; said to be trained on the data set ``visem``."""
    predictor = constant() if method == "mean" else line()
    save_predictor(folder / method, predictor.with_origin(origin(method=method)))
    return folder / method


def test_a_finished_call_is_read_and_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(transfer.CONDITIONS, "home", TINY)
    mean = bundle(tmp_path)
    words = [str(tmp_path / "out"), "--json", str(tmp_path / "found.json"), "--model", f"mean={mean}", *WORDS]
    transfer.main(words)
    printed = capsys.readouterr().out
    content = (tmp_path / "found.json").read_bytes()
    found = json.loads(content)

    assert found["command"] == (
        "python -m benchmarks.transfer OUT --json FILE --model mean=BUNDLE --participants 2 --fields 1 --seconds 0.44 "
        "--seed 5 --conditions home"
    )
    assert found["conditions"]["home"]["um_per_px"] == 2.0
    assert found["models"]["mean"]["method"] == "mean" and found["models"]["mean"]["trained_on"]["name"] == "visem"
    assert len(found["models"]["builtin"]["digest"]) == 12
    rows = {row["model"]: row for row in found["rows"]}
    assert list(rows) == ["perfect sight", "builtin", "builtin, width estimated", "mean"]
    for row in rows.values():
        assert row["participants"] == 2 == row["predicted"] + len(row["refused"])
    exact = [read_truth(tmp_path / "out" / "home", i).exact.motility_pct for i in (1, 2)]
    assert rows["mean"]["mae_pct"] == pytest.approx(np.abs(MEAN_PCT - exact).mean(), abs=0.005)
    assert rows["perfect sight"]["mae_seen_pct"] < 5  # the middle frames of the stacks stand for all
    assert printed.startswith("| condition | perfect sight | builtin | builtin, width estimated | mean |\n")

    before = every_file(tmp_path / "out" / "home")
    monkeypatch.setattr(transfer, "predict_all", lambda *_: pytest.fail("predicted again"))
    transfer.main(words)
    again = json.loads((tmp_path / "found.json").read_bytes())
    assert every_file(tmp_path / "out" / "home") == before
    for row in (*again["rows"], *found["rows"]):
        row["cpu_s"] = 0
    assert again == found and capsys.readouterr().out == printed


def test_a_model_without_the_mean_of_its_training_data_is_refused(tmp_path: Path) -> None:
    words = "--model line was trained on visem, whose mean is not among the models; add --model mean=MEAN, made by "
    with pytest.raises(InputError, match=words):
        transfer.entries_of([f"line={bundle(tmp_path, method='line')}"])
    names = [
        entry.name for entry in transfer.entries_of([f"{m}={bundle(tmp_path, method=m)}" for m in ("line", "mean")])
    ]
    assert names == ["builtin", "line", "mean"]


@pytest.mark.parametrize("text", ["flow", "=b", "flow=", "builtin=b", "perfect sight=b"])
def test_a_model_has_a_name_of_its_own(text: str) -> None:
    with pytest.raises(InputError, match=f"--model {text}; allowed: NAME=BUNDLE, each name once"):
        transfer.entries_of([text])


def test_a_model_for_morphology_is_refused(tmp_path: Path) -> None:
    save_predictor(tmp_path / "m", ConstantPredictor(origin("morphology"), MEAN_PCT))
    with pytest.raises(MismatchError, match="is for morphology, not for motility"):
        transfer.entries_of([f"m={tmp_path / 'm'}"])


def test_all_conditions_show_about_the_same_field() -> None:
    for condition in transfer.CONDITIONS.values():
        height_um, width_um = (side * (condition.um_per_px or 0.495) for side in condition.size)
        assert (height_um, width_um) == pytest.approx((240, 320), rel=0.02)


def test_errors_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        transfer.main([str(tmp_path), "--json", str(tmp_path / "found.json"), "--model", f"m={tmp_path / 'none'}"])
    assert stopped.value.code == 1
    told = capsys.readouterr().err
    assert told.startswith("transfer: error: no model at ") and told.count("\n") == 1


def test_a_clip_needs_its_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        transfer.main([str(tmp_path), "--json", str(tmp_path / "found.json"), "--clip", "clip.mp4"])
    assert "--clip and --truth belong together; give both or none" in capsys.readouterr().err
