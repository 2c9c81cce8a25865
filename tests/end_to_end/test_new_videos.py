"""``motilens train``, ``predict`` and ``features``: every method of the catalogue, from a table to a new video."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from motilens.methods.catalogue import METHODS
from tests.end_to_end.conftest import SETTINGS, one_line, result_of, video_of
from tests.program import Run

QUICK = [*SETTINGS, "--preset", "demo", "--accelerator", "cpu", "--workers", "1"]


@pytest.fixture(scope="module")
def whole(_simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An evaluation of every method on motility in two folds, models kept."""
    from motilens.cli.main import main

    out = tmp_path_factory.mktemp("runs")
    folds = out / "folds.csv"
    folds.write_text("id,fold\n" + "".join(f"{i},{1 + i % 2}\n" for i in range(1, 10)))
    words = ["evaluate", _simulated, "--out", out / "run", "--methods", "all", "--targets", "motility"]
    words += ["--folds", folds, "--keep-models", *QUICK]
    assert main([str(word) for word in words]) == 0
    return out / "run"


@pytest.fixture(scope="module")
def model(whole: Path) -> Path:
    """A model of 18 frames."""
    return whole / "models" / "stable-I4-r1-f1-motility"


@pytest.mark.parametrize("name", METHODS)
def test_a_saved_predictor_predicts_what_it_predicted_in_the_evaluation(
    name: str, whole: Path, shared_data: Path, tmp_path: Path, run: Run
) -> None:
    result = result_of(whole)
    (job,) = [job for job in result.jobs if (job.method, job.fold) == (name, 1)]
    assert len(job.predictions) == 4
    people = {p.participant: p for p in result.participants}
    truths = {i: json.loads((shared_data / "truth" / f"{i}.json").read_text()) for i in people}
    for prediction in job.predictions[:2]:
        participant = people[prediction.participant]
        out = tmp_path / "lines.json"
        words = ["predict", video_of(shared_data, int(participant.participant)), "--out", out]
        words += ["--model", whole / "models" / f"{name}-r1-f1-motility"]
        words += ["--um-per-px", truths[participant.participant]["um_per_px"]]
        words += ["--concentration", participant.concentration]
        code, _, errors = run(*words)
        assert code == 0, errors
        (line,) = json.loads(out.read_text())
        # The job ran with one thread, this process may have more: sums differ in their last digits.
        assert line["predicted_pct"] == pytest.approx(prediction.predicted_pct, abs=1e-3)
        assert line["sd_pct"] == (pytest.approx(prediction.sd_pct, abs=1e-3) if prediction.n_parts > 1 else None)
        assert line["parts"] == prediction.n_parts
        assert line["method"] == name
        assert line["model"]


@pytest.mark.parametrize("name", ["median", "count", "moments", "stable-I3", "tracks-bow", "tracks-physics", "cnn3d"])
def test_train_leaves_the_model_and_nothing_else(name: str, shared_data: Path, tmp_path: Path, run: Run) -> None:
    code, printed, errors = run("train", shared_data, "--method", name, "--out", tmp_path / "out" / "model", *QUICK)
    assert code == 0, errors
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["model"]
    assert {p.suffix for p in (tmp_path / "out" / "model").iterdir()} == {".json", ".safetensors"}
    origin = json.loads((tmp_path / "out" / "model" / "bundle.json").read_text())["origin"]
    assert origin["method"] == name
    assert origin["data"]["participants"] == 9
    assert origin["versions"]["torch"]
    seen = {i for fit in origin["fits"] for i in fit["ids"]}
    # In the tiny video of participant 8 no cell can be followed.
    assert seen | ({"8"} if "tracks" in METHODS[name].needs else set()) == {str(i) for i in range(1, 10)}
    if METHODS[name].cost == "costly":
        assert all(len(curve["epochs"]) >= 1 for curve in origin["curves"])
        assert origin["curves"]
    # What it prints is a command that works.
    (words,) = [line.split() for line in printed.splitlines() if line.strip().startswith("motilens predict")]
    video = video_of(shared_data, 1)
    given = {"VIDEO": str(video), "X": "0.5", "predictions.csv": str(tmp_path / "lines.csv")}
    code, _, errors = run(*(given.get(word, word) for word in words[1:]))
    assert code == 0, errors
    assert len((tmp_path / "lines.csv").read_text().splitlines()) == 2


def test_train_goes_on_after_an_interruption_with_the_labels_of_now(
    data: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stop a training, correct the table, give the same command: nothing of the old labels is left."""
    import motilens.methods.train
    from tests.end_to_end.conftest import rewrite

    words = ("--method", "stable-I1", *QUICK, "--set", "regressor.choose_epoch=false")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(motilens.methods.train, "save_predictor", stop)
        assert run("train", data, *words, "--out", tmp_path / "stopped")[0] == 130
    assert list((tmp_path / "stopped.work").rglob("last.ckpt"))
    for row in range(9):
        rewrite(data, row, Progressive="90", Non="5", Immotile="5")
    assert run("train", data, *words, "--out", tmp_path / "stopped")[0] == 0
    assert run("train", data, *words, "--out", tmp_path / "fresh")[0] == 0
    for name in ("autoencoder.safetensors", "regressor.safetensors"):
        assert (tmp_path / "stopped" / name).read_bytes() == (tmp_path / "fresh" / name).read_bytes()


def test_rows_in_are_rows_out(data: Path, model: Path, tmp_path: Path, run: Run) -> None:
    folder = data / "videos"
    (folder / "text.avi").write_text("this is no video")
    good = sorted(p for p in folder.iterdir() if p.name != "text.avi")
    (folder / "cut.mp4").write_bytes(good[0].read_bytes()[:600])
    out = tmp_path / "lines.json"
    code, printed, errors = run("predict", folder, good[0], "--model", model, "--out", out)
    assert code == 3, errors
    n = len(good) + 2  # the first video is given twice, and is one
    assert f"{n} videos, 2 left out; {n} lines in {out}." in printed
    lines = json.loads(out.read_text())
    assert len(lines) == n
    by_name = {line["video"]: line for line in lines}
    assert by_name["text.avi"]["predicted_pct"] is None
    assert "text.avi" in by_name["text.avi"]["left_out"]
    assert "text.avi: left out:" in printed
    line = by_name[good[0].name]
    assert sum(line["predicted_pct"]) == pytest.approx(100, abs=1e-3)
    assert (line["parts"], line["part"]) == (2, "stack")
    assert line["time_used"][0]["end_s"] > line["time_used"][0]["start_s"]
    assert line["names"] == ["progressive", "non-progressive", "immotile"]


def test_csv_has_the_same_numbers(shared_data: Path, model: Path, tmp_path: Path, run: Run) -> None:
    video = video_of(shared_data, 1)
    for ending in ("csv", "json"):
        assert run("predict", video, "--model", model, "--out", tmp_path / f"lines.{ending}", "--stacks", 3)[0] == 0
    (row,) = csv.DictReader((tmp_path / "lines.csv").read_text(encoding="utf-8").splitlines())
    (line,) = json.loads((tmp_path / "lines.json").read_text())
    assert float(row["progressive (%)"]) == pytest.approx(line["predicted_pct"][0], abs=0.006)
    assert (row["parts"], row["part"]) == ("3", "stack")
    assert row["left out"] == ""


def test_what_a_model_needs_must_be_given(shared_data: Path, whole: Path, tmp_path: Path, run: Run) -> None:
    video = video_of(shared_data, 1)
    for name, option in (("tracks-physics", "--um-per-px"), ("count-lab", "--concentration")):
        kept = whole / "models" / f"{name}-r1-f1-motility"
        code, _, errors = run("predict", video, "--model", kept, "--out", tmp_path / "x.csv")
        assert code == 1
        assert f"give it with {option}" in one_line(errors)
        assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize(("name", "channels"), [("stable-I4", 3), ("moments", 3), ("flow", 5), ("paper-I1", 3)])
def test_features_writes_pictures_arrays_and_an_overview(
    name: str, channels: int, shared_data: Path, whole: Path, tmp_path: Path, run: Run
) -> None:
    kept = whole / "models" / f"{name}-r1-f1-motility"
    code, _, errors = run("features", video_of(shared_data, 1), "--model", kept, "--out", tmp_path / "out")
    assert code == 0, errors
    said = json.loads((tmp_path / "out" / "features.json").read_text())
    with np.load(tmp_path / "out" / "features.npz") as arrays:
        images = arrays["images"]
        assert images.shape == (2, channels, 32, 32)
        assert arrays["frame_idx"].tolist() == said["frame_idx"]
    picture = np.asarray(Image.open(tmp_path / "out" / "000_feature.png"))
    low, high = said["feature_grey_0_at"][0], said["feature_grey_255_at"][0]
    if high > low:  # a dead channel is black
        expected = np.clip((images[0, 0] - low) / (high - low), 0, 1) * 255
        assert np.abs(picture[..., 0] - expected).max() <= 1
    with Image.open(tmp_path / "out" / "overview.gif") as overview:
        assert getattr(overview, "n_frames") == 2 * 18  # noqa: B009 - only GIFs have it
        assert overview.size[0] > 3 * 32


def test_features_of_a_method_without_images_is_refused(
    shared_data: Path, whole: Path, tmp_path: Path, run: Run
) -> None:
    kept = whole / "models" / "tracks-physics-r1-f1-motility"
    code, _, errors = run("features", video_of(shared_data, 1), "--model", kept, "--out", tmp_path / "out")
    assert code == 1
    assert "a model of method tracks-physics makes no feature-images; allowed: models of methods" in one_line(errors)


def test_a_model_without_a_target_makes_feature_images_and_predicts_nothing(
    shared_data: Path, tmp_path: Path, run: Run
) -> None:
    words = ("train", shared_data, "--method", "stable-I3", "--target", "none", "--out", tmp_path / "images", *QUICK)
    code, printed, errors = run(*words)
    assert code == 0, errors
    assert "motilens features VIDEO" in printed
    video = video_of(shared_data, 1)
    assert run("features", video, "--model", tmp_path / "images", "--out", tmp_path / "pictures")[0] == 0
    code, _, errors = run("predict", video, "--model", tmp_path / "images", "--out", tmp_path / "x.csv")
    assert code == 1
    assert "this model makes feature-images only; train one with --target motility or morphology" in one_line(errors)


def test_a_video_too_short_is_a_line_with_the_reason(shared_data: Path, model: Path, tmp_path: Path, run: Run) -> None:
    from motilens.video.writer import write_video

    frames = (np.full((96, 128), 80, np.uint8) for _ in range(10))
    write_video(tmp_path / "short.mp4", frames, fps_hz=50.0, codec="h264")
    assert run("predict", tmp_path / "short.mp4", "--model", model, "--out", tmp_path / "x.json")[0] == 3
    (line,) = json.loads((tmp_path / "x.json").read_text())
    assert line["parts"] == 0
    assert "10" in line["left_out"]
    assert "18" in line["left_out"]


def test_a_frame_rate_that_is_too_low_is_on_the_line(shared_data: Path, model: Path, tmp_path: Path, run: Run) -> None:
    from motilens.video.writer import write_video

    frames = (np.full((96, 128), 80, np.uint8) for _ in range(60))
    write_video(tmp_path / "slow.mp4", frames, fps_hz=25.0, codec="h264")
    words = ("predict", tmp_path / "slow.mp4", "--model", model, "--out", tmp_path / "x.json", "--force-slow")
    code, printed, errors = run(*words)
    assert code == 0, errors
    (line,) = json.loads((tmp_path / "x.json").read_text())
    (shown,) = [text for text in printed.splitlines() if text.startswith("slow.mp4: ")]
    assert any("25" in problem for problem in line["problems"])
    assert shown.endswith("; ".join(line["problems"]))
    assert "1 video, none left out; 1 line in" in printed
