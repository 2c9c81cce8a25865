import re
from pathlib import Path

import pytest

import motilens.stacks.extract_videos
from motilens.data.dataset import open_dataset
from motilens.errors import BundleError, ConfigError, InputError, LabelError, MismatchError
from motilens.files import fingerprint
from motilens.methods.catalogue import METHODS
from motilens.methods.method import Method, TrainingSet, Workspace
from motilens.methods.train import TrainRequest, lacking, scale_source, train
from motilens.predictors.bundle import load_predictor
from motilens.predictors.predictor import Predictor
from motilens.recordings.recording import Recording
from motilens.training.runtime import Runtime
from tests.data.folders import Row, semen_table, write
from tests.recordings.films import write_broken, write_film

CPU = Runtime("cpu")

ROWS: dict[str, Row] = {
    "1": ("97,5", 90, 10, 10, 10, 20, 70),
    "2": ("Not reported", 90, 10, 10, 40, 20, 40),
    "3": ("3,8", "Not reported", 10, 10, 70, 26, 4),
}

CELLS = {"1": 1, "2": 3, "3": 7}
"""Heads in view; their logs, plus 1, are 1, 2 and 3 times log 2."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three participants; the second has two recordings, of which one is no video."""
    write(tmp_path / "visem" / "semen_analysis_data.csv", semen_table(ROWS))
    for i, n in CELLS.items():
        write_film(tmp_path / "visem" / "videos" / f"{i}_x.avi", [0.0] * n)
    write_broken(tmp_path / "visem" / "videos" / "2_y.avi")
    return tmp_path / "visem"


def request(data: Path, method: str = "count", **changes: object) -> TrainRequest:
    given = {
        "data": data,
        "out": data.parent / "model",
        "method": method,
        "overrides": ("stacks.size_px=16", "stacks.stacks_per_video=2"),
    }
    return TrainRequest(**{**given, **changes})  # pyright: ignore[reportArgumentType]


def trained(data: Path, method: str = "count", **changes: object) -> Predictor:
    return train(request(data, method, **changes), runtime=CPU, workers=1)


def test_a_method_is_fitted_to_everyone_and_saved(data: Path) -> None:
    predictor = trained(data)
    saved = load_predictor(data.parent / "model")
    assert saved.origin == predictor.origin
    origin = saved.origin
    assert (origin.method, origin.target, origin.settings.preset) == ("count", "motility", "cpu")
    assert [fit.ids for fit in origin.fits] == [("1", "2", "3")]
    left_out = origin.data.pop("left_out")
    assert [(line["name"], line["reason"][:19]) for line in left_out] == [("2_y", "2_y.avi is not a vi")]
    dataset = open_dataset(data).without({"2_y": "no video"})
    assert origin.data == {"name": "visem", "fingerprint": dataset.fingerprint, "participants": 3, "recordings": 3}
    assert origin.trained_on == tuple(sorted(fingerprint(data / "videos" / f"{i}_x.avi") for i in CELLS))
    assert "torch" in origin.versions
    assert str(data.parent) not in (data.parent / "model" / "bundle.json").read_text(encoding="utf-8")
    assert sorted(path.name for path in data.parent.iterdir()) == ["model", "visem"]
    # On the doublings of cells + 1 the slopes are 30, 3 and -33, through 40, 22 and 38 at 3 cells.
    new = write_film(data.parent / "new.avi", [0.0] * 3)
    assert saved.predict(Recording(new)).predicted_pct == pytest.approx([40, 22, 38])


def test_after_an_interruption_it_goes_on_with_the_videos_that_are_there_then(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(training: TrainingSet, settings: object, workspace: Workspace) -> Predictor:
        assert workspace.folder.is_dir() and training.ids == ("1", "2", "3")
        raise KeyboardInterrupt

    count = METHODS["count"]
    monkeypatch.setitem(METHODS, "count", Method("count", "stops", "cheap", ("stacks",), interrupted))
    with pytest.raises(KeyboardInterrupt):
        trained(data)
    assert not (data.parent / "model").exists()
    monkeypatch.setitem(METHODS, "count", count)
    monkeypatch.setattr(motilens.stacks.extract_videos, "extract_stacks", lambda *a, **k: pytest.fail("decoded again"))
    (data / "videos" / "1_x.avi").unlink()
    origin = trained(data).origin
    assert [fit.ids for fit in origin.fits] == [("2", "3")]
    nobody = {"name": "participant 1", "reason": "a row in semen_analysis_data.csv, but no video"}
    assert nobody in origin.data["left_out"]
    assert sorted(path.name for path in data.parent.iterdir()) == ["model", "visem"]


def test_who_has_no_label_of_the_target_is_not_fitted_to(data: Path) -> None:
    origin = trained(data, "mean", target="morphology").origin
    assert [fit.ids for fit in origin.fits] == [("1", "2")]
    assert origin.data["participants"] == 2


def test_a_concentration_that_is_not_known_is_told_with_the_way_on(data: Path) -> None:
    with pytest.raises(
        MismatchError,
        match="method count-lab cannot be trained: laboratory concentration above 0 not known of participants 2; "
        "leave them out with --exclude",
    ):
        trained(data, "count-lab")
    origin = trained(data, "count-lab", exclude=("2",)).origin
    assert [fit.ids for fit in origin.fits] == [("1", "3")]


def test_what_data_lacks_for_a_method(data: Path) -> None:
    dataset = open_dataset(data)
    assert lacking(dataset, METHODS["count-lab"], dataset.participants) == (
        "laboratory concentration above 0 not known of participants 2"
    )
    assert lacking(dataset, METHODS["count-lab"], ("1", "3")) is None
    assert lacking(dataset, METHODS["count"], dataset.participants) is None


def test_what_cannot_be_trained_is_refused_before_anything_is_written(data: Path) -> None:
    write(data.parent / "photos" / "holiday.jpg", "palms")
    wrong = [
        (request(data, target=None), MismatchError, "method count makes no feature-images; allowed: --target motility"),
        (request(data, "cuont"), InputError, "no method 'cuont'; allowed: mean, "),
        (request(data, "cheap"), InputError, "no method 'cheap'; allowed: mean, "),
        (request(data, out=data.parent / "photos"), BundleError, "photos exists and is not a model; choose another"),
    ]
    for asked, error, words in wrong:
        with pytest.raises(error, match=words):
            train(asked, runtime=CPU, workers=1)
    assert sorted(path.name for path in data.parent.iterdir()) == ["photos", "visem"]
    assert (data.parent / "photos" / "holiday.jpg").read_text(encoding="utf-8") == "palms"


def test_a_table_without_the_target_is_refused_before_a_video_is_read(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(motilens.stacks.extract_videos, "extract_stacks", lambda *a, **k: pytest.fail("decoded"))
    write(data / "semen_analysis_data.csv", semen_table(ROWS).replace("Tail defects (%)", "Rest"))
    with pytest.raises(LabelError, match=re.escape("no column 'Tail defects (%)'")):
        trained(data, "count", target="morphology")


def test_the_width_of_a_pixel_is_the_one_given_or_the_simulators(tmp_path: Path) -> None:
    assert scale_source(tmp_path, 0.5)("1") == 0.5
    assert scale_source(tmp_path, None)("1") is None


@pytest.mark.parametrize("changes", [{"method": "median"}, {"target": "morphology"}])
def test_a_model_of_another_kind_is_not_replaced(data: Path, changes: dict[str, str]) -> None:
    trained(data, "mean")
    before = {path: path.read_bytes() for path in (data.parent / "model").rglob("*") if path.is_file()}
    with pytest.raises(ConfigError, match=r"model holds a model of mean for motility, not of .*; choose another --out"):
        trained(data, **{"method": "mean", **changes})
    assert {path: path.read_bytes() for path in before} == before
    trained(data, "mean")  # the same again is allowed
