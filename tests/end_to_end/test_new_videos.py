import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from motilens.prediction.predict import joined_ranges
from tests.end_to_end.conftest import TINY, Run


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, _simulated: Path) -> Path:
    """An I4 motility model trained in seconds."""
    from motilens.config import changed, preset
    from motilens.training.final import TrainRequest, train_model
    from motilens.training.runtime import Runtime

    out = tmp_path_factory.mktemp("models") / "model"
    request = TrainRequest(_simulated, out, changed(preset("demo", "I4"), *TINY), "motility")
    train_model(request, runtime=Runtime("cpu"), workers=1)
    return out


def test_train_leaves_the_model_and_nothing_else(model: Path) -> None:
    assert [p.name for p in model.parent.iterdir()] == ["model"]
    card = json.loads((model / "bundle.json").read_text())
    assert card["provenance"]["participants"] == 9
    assert sorted(card["provenance"]["regressor_fitted_to"]) == sorted(str(i) for i in range(1, 10))
    assert set(card["provenance"]["epochs_chosen_on"]) < {str(i) for i in range(1, 10)}


def test_train_from_the_command_line_goes_on_after_an_interruption(
    shared_data: Path, tmp_path: Path, run: Run, tiny: list[str], model: Path
) -> None:
    from motilens.config import changed, preset
    from motilens.stacks.folder import extract_folder

    # What an interrupted run leaves: stacks, no model yet.
    extract_folder(
        shared_data, changed(preset("demo", "I4"), *TINY).stacks, tmp_path / "again.work" / "stacks", workers=1
    )
    code, said, complained = run(
        "train", shared_data, "--input", "I4", "--target", "motility", "--preset", "demo", "--accelerator", "cpu",
        "--workers", 1, "--out", tmp_path / "again", *tiny,
    )  # fmt: skip
    assert code == 0, complained
    assert "motilens predict VIDEO --model" in said
    for name in ("autoencoder.safetensors", "regressor.safetensors"):
        assert (tmp_path / "again" / name).read_bytes() == (model / name).read_bytes()


def test_rows_in_are_rows_out(data: Path, model: Path, tmp_path: Path, run: Run) -> None:
    folder = data / "videos"
    (folder / "text.avi").write_text("this is no video")
    good = sorted(p for p in folder.iterdir() if p.name != "text.avi")
    (folder / "cut.mp4").write_bytes(good[0].read_bytes()[:600])
    out = tmp_path / "lines.json"
    code, said, complained = run("predict", folder, good[0], "--model", model, "--out", out)
    assert code == 0, complained
    lines = json.loads(out.read_text())
    assert len(lines) == len(good) + 3
    by_name = {line["video"]: line for line in lines}
    assert by_name["text.avi"]["predicted_pct"] is None
    assert "text.avi" in by_name["text.avi"]["left_out"]
    assert "text.avi: left out:" in said
    line = by_name[good[0].name]
    assert sum(line["predicted_pct"]) == pytest.approx(100, abs=1e-3)
    assert line["stacks_used"] == 2
    assert line["time_used"][0]["end_s"] > line["time_used"][0]["start_s"]
    assert line["names"] == ["progressive", "non-progressive", "immotile"]
    assert line["input_type"] == "I4"
    assert line["model"]


def test_csv_has_the_same_numbers(shared_data: Path, model: Path, tmp_path: Path, run: Run) -> None:
    video = sorted((shared_data / "videos").iterdir())[0]
    for ending in ("csv", "json"):
        assert run("predict", video, "--model", model, "--out", tmp_path / f"lines.{ending}", "--stacks", 3)[0] == 0
    (row,) = csv.DictReader((tmp_path / "lines.csv").read_text(encoding="utf-8").splitlines())
    (line,) = json.loads((tmp_path / "lines.json").read_text())
    assert float(row["progressive (%)"]) == pytest.approx(line["predicted_pct"][0], abs=0.006)
    assert row["stacks used"] == "3"
    assert row["left out"] == ""


def test_another_ending_is_refused_before_anything_is_read(
    shared_data: Path, model: Path, tmp_path: Path, run: Run
) -> None:
    code, _, complained = run("predict", shared_data, "--model", model, "--out", tmp_path / "lines.xlsx")
    assert code == 1
    assert "--out lines.xlsx ends in .xlsx; allowed: .json or .csv" in complained


def test_features_writes_pictures_arrays_and_an_overview(
    shared_data: Path, model: Path, tmp_path: Path, run: Run
) -> None:
    video = sorted((shared_data / "videos").iterdir())[0]
    code, _, complained = run("features", video, "--model", model, "--out", tmp_path / "out")
    assert code == 0, complained
    said = json.loads((tmp_path / "out" / "features.json").read_text())
    with np.load(tmp_path / "out" / "features.npz") as arrays:
        images = arrays["images"]
        assert images.shape == (2, 3, 32, 32)
        assert arrays["frame_idx"].tolist() == said["frame_idx"]
    picture = np.asarray(Image.open(tmp_path / "out" / "000_feature.png"))
    low, high = said["feature_grey_0_at"][0], said["feature_grey_255_at"][0]
    expected = np.clip((images[0, 0] - low) / (high - low), 0, 1) * 255
    assert np.abs(picture[..., 0] - expected).max() <= 1
    with Image.open(tmp_path / "out" / "overview.gif") as overview:
        assert getattr(overview, "n_frames") == 2 * 18  # noqa: B009 - only GIFs have it
        assert overview.size[0] > 3 * 32


def test_a_model_without_a_target_makes_feature_images_and_predicts_nothing(
    shared_data: Path, tmp_path: Path, run: Run, tiny: list[str]
) -> None:
    code, _, complained = run(
        "train", shared_data, "--input", "I3", "--target", "none", "--preset", "demo", "--accelerator", "cpu",
        "--workers", 1, "--out", tmp_path / "eyes", *tiny,
    )  # fmt: skip
    assert code == 0, complained
    video = sorted((shared_data / "videos").iterdir())[0]
    assert run("features", video, "--model", tmp_path / "eyes", "--out", tmp_path / "pictures")[0] == 0
    code, _, complained = run("predict", video, "--model", tmp_path / "eyes", "--out", tmp_path / "x.csv")
    assert code == 1
    assert "this model makes feature-images only; train one with --target motility or morphology" in complained


def test_a_video_too_short_is_a_line_with_the_reason(shared_data: Path, model: Path, tmp_path: Path, run: Run) -> None:
    from motilens.video.writer import write_video

    frames = (np.full((96, 128), 80, np.uint8) for _ in range(10))
    write_video(tmp_path / "short.mp4", frames, fps_hz=50.0, codec="h264")
    assert run("predict", tmp_path / "short.mp4", "--model", model, "--out", tmp_path / "x.json")[0] == 0
    (line,) = json.loads((tmp_path / "x.json").read_text())
    assert line["stacks_used"] == 0
    assert "10" in line["left_out"]
    assert "18" in line["left_out"]


def test_ranges_are_joined() -> None:
    ranges = joined_ranges([(2.0, 2.36), (0.0, 0.36), (0.36, 0.72), (0.5, 0.6)])
    assert [(r.start_s, r.end_s) for r in ranges] == [(0.0, 0.72), (2.0, 2.36)]


def test_a_damaged_model_is_one_line(shared_data: Path, model: Path, tmp_path: Path, run: Run) -> None:
    broken = Path(shutil.copytree(model, tmp_path / "broken"))
    (broken / "regressor.safetensors").write_bytes(b"0" * 100)
    code, _, complained = run("predict", shared_data, "--model", broken, "--out", tmp_path / "x.csv")
    assert code == 1
    assert "regressor.safetensors is damaged" in complained
    assert not (tmp_path / "x.csv").exists()
