import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import motilens.prediction.predict
from motilens.errors import InputError, MismatchError, MissingError, StorageError
from motilens.prediction.predict import (
    VideoPrediction,
    check_ending,
    joined_ranges,
    predict_recording,
    predict_videos,
    with_stack_choice,
    write_predictions,
)
from motilens.predictors.bundle import LoadedModel
from motilens.predictors.counting import CountingPredictor
from motilens.predictors.predictor import Predictor
from motilens.progress import Progress, SilentTask
from motilens.recordings.recording import Recording
from motilens.video.source import VideoFile
from motilens.video.writer import write_video
from tests.networks.counters import constant_counter
from tests.predictors import made
from tests.recordings.fakes import FakeRecording
from tests.recordings.films import write_broken, write_film
from tests.video.long_films import film

MODEL = LoadedModel(made.image_cnn("moments"), "0123456789ab")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two films, one of them too short, and a text."""
    write_film(tmp_path / "videos" / "2_x.avi")
    write_film(tmp_path / "videos" / "10_short.avi", n_frames=10)
    write_broken(tmp_path / "videos" / "1_text.avi")
    return tmp_path / "videos"


def test_rows_in_are_rows_out(folder: Path) -> None:
    film = folder / "2_x.avi"
    lines = predict_videos([folder, film], MODEL)  # the film is there twice, and one video
    assert [line.video for line in lines] == ["1_text.avi", "2_x.avi", "10_short.avi"]
    assert {(line.target, line.names, line.method, line.model) for line in lines} == {
        ("motility", ("progressive", "non-progressive", "immotile"), "by hand", "0123456789ab")
    }
    good = lines[1]
    assert (good.left_out, good.parts, good.part) == (None, 2, "stack")
    assert good.predicted_pct is not None and good.sd_pct is not None
    assert sum(good.predicted_pct) == pytest.approx(100, abs=1e-3)  # float32
    record = Recording(film).stack_record(made.SETTINGS.stacks)
    assert tuple((time.start_s, time.end_s) for time in good.time_used) == record.stack_times_s
    assert len(record.stack_times_s) == 2


def test_a_video_that_cannot_be_used_is_a_line_with_the_reason(folder: Path) -> None:
    text, _, short = predict_videos([folder], MODEL)
    assert text.left_out is not None and text.left_out.startswith("1_text.avi is not a video that can be read")
    assert short.left_out is not None and short.left_out.startswith(
        "10_short.avi has 10 usable frames, a stack needs 18 "
    )
    for line in (text, short):
        assert (line.predicted_pct, line.sd_pct, line.parts, line.part) == (None, None, 0, None)
        assert line.time_used == line.problems == ()


def test_a_line_says_what_the_predictor_said() -> None:
    predictor, recording = made.video_cnn(), made.fake_recording()
    line, prediction = predict_recording(recording, predictor), predictor.predict(recording)
    assert line.predicted_pct == tuple(prediction.predicted_pct)
    assert line.sd_pct == tuple(prediction.sd_pct)
    assert (line.video, line.target, line.problems, line.model) == ("1_a.avi", "morphology", ("dust",), "")
    whole = predict_recording(recording, made.constant())
    assert (whole.predicted_pct, whole.sd_pct) == ((50, 20, 30), None)
    assert (whole.parts, whole.part, whole.time_used) == (1, "recording", ())


def test_a_path_that_is_not_there_is_said_before_any_video_is_read(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*args: object, **named: object) -> None:
        pytest.fail("a video was read")

    monkeypatch.setattr(motilens.prediction.predict, "predict_recording", read)
    with pytest.raises(MissingError, match=r"no such file or folder: .*nowhere\.avi"):
        predict_videos([folder, tmp_path / "nowhere.avi"], MODEL)


def test_a_recording_is_told_what_was_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = []

    def fake(video: VideoFile, *, um_per_px: float | None, concentration: float | None, sparse: bool) -> FakeRecording:
        given.append((um_per_px, concentration))
        assert sparse
        found = made.fake_recording()
        found.video, found.um_per_px, found.concentration = video, um_per_px, concentration
        return found

    monkeypatch.setattr(motilens.prediction.predict, "Recording", fake)
    by_concentration = LoadedModel(made.line("log concentration"), "")
    (line,) = predict_videos([folder / "2_x.avi"], by_concentration, concentration=1.0)
    assert line.predicted_pct == (50, 20, 30)
    with pytest.raises(MismatchError, match=r"needs the laboratory's concentration of 2_x\.avi, which is not known"):
        predict_videos([folder / "2_x.avi"], by_concentration)
    predict_videos([folder / "2_x.avi"], by_concentration, um_per_px=0.5, concentration=40.0)
    assert given == [(None, 1.0), (None, None), (0.5, 40.0)]


def test_a_line_says_whether_all_frames_were_surveyed(tmp_path: Path) -> None:
    write_video(tmp_path / "1_long.avi", film(), fps_hz=50.0, codec="mjpeg", quality=2)
    write_video(tmp_path / "2_coded.mp4", film(60), fps_hz=50.0, codec="h264")
    write_broken(tmp_path / "3_text.avi")
    assert [line.survey for line in predict_videos([tmp_path], MODEL)] == ["sparse", "full", None]


def test_a_model_of_feature_images_alone_predicts_nothing() -> None:
    with pytest.raises(MismatchError, match="this model makes feature-images only; train one with --target motility"):
        predict_recording(made.fake_recording(), made.image_cnn(target=None))


class Told:
    """Progress that writes down what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def task(self, name: str, total: int) -> "Told":
        self.lines.append(f"{name} {total}")
        return self

    def __enter__(self) -> "Told":
        return self

    def __exit__(self, *error: object) -> None:
        self.lines.append("end")

    def advance(self, steps: int = 1, *, note: str = "") -> None:
        self.lines.append(f"{steps} {note}")


def test_progress_is_told_of_every_video(folder: Path) -> None:
    told = Told()
    assert isinstance(told, Progress) and isinstance(told, type(SilentTask()) | Told)
    predict_videos([folder], MODEL, progress=told)
    assert told.lines == ["predict 3", "1 1_text.avi", "1 2_x.avi", "1 10_short.avi", "end"]


def test_another_number_of_stacks() -> None:
    predictor = made.image_cnn("moments")
    assert with_stack_choice(predictor) is predictor
    changed = with_stack_choice(predictor, stacks=3)
    config = predictor.origin.settings.stacks
    assert changed.origin.settings.stacks == config.model_copy(update={"stacks_per_video": 3})
    assert predictor.origin.settings.stacks.stacks_per_video == 2
    assert changed.origin.fits == predictor.origin.fits
    forced = with_stack_choice(predictor, force_slow=True)
    assert forced.origin.settings.stacks == config.model_copy(update={"force_slow": True})
    # A model that was trained on slow videos goes on taking them.
    assert with_stack_choice(forced, stacks=3).origin.settings.stacks.force_slow
    assert with_stack_choice(made.constant(), stacks=3).predict(made.fake_recording()).predicted_pct[0] == 50


def test_another_number_of_stacks_is_used(folder: Path) -> None:
    (line,) = predict_videos([folder / "2_x.avi"], MODEL, stacks=3)
    assert line.parts == 3
    (one,) = predict_videos([folder / "2_x.avi"], MODEL, stacks=1)
    assert (one.parts, one.sd_pct) == (1, None)


def test_another_number_of_stacks_for_a_model_that_counts_cells() -> None:
    predictor = made.counting()
    before = predictor.stacks
    changed = with_stack_choice(predictor, stacks=3)
    assert isinstance(changed, CountingPredictor)
    assert changed.stacks == before.model_copy(update={"stacks_per_video": 3})
    forced = with_stack_choice(predictor, force_slow=True)
    assert isinstance(forced, CountingPredictor)
    assert forced.stacks == before.model_copy(update={"force_slow": True})
    assert predictor.stacks == before


def test_cells_are_counted_at_the_width_of_a_pixel_that_was_given(folder: Path) -> None:
    predictor, film = made.counting(regression=False), folder / "2_x.avi"
    given, estimated = (
        predict_videos([film], LoadedModel(predictor, ""), um_per_px=um_per_px)[0] for um_per_px in (0.5, None)
    )
    recording = Recording(film, um_per_px=0.5)
    assert given.predicted_pct == tuple(predictor.predict(recording).predicted_pct)
    assert (given.left_out, given.parts, given.part, given.sd_pct) == (None, 1, "recording", None)
    assert given.problems == ()
    times_s = recording.cell_counts(predictor.counter, predictor.stacks).times_s
    assert given.time_used == joined_ranges(times_s) and len(times_s) == 2
    assert estimated.problems == Recording(film).scale.problems != ()
    assert estimated.predicted_pct != given.predicted_pct


def test_a_video_without_cells_is_left_out_by_a_model_that_knows_no_mean(folder: Path) -> None:
    model = LoadedModel(replace(made.counting(mean=False), counter=constant_counter((0.0,) * 6, "I3")), "")
    (line,) = predict_videos([folder / "2_x.avi"], model, um_per_px=0.5)
    assert line.predicted_pct is None
    assert line.left_out is not None and line.left_out.startswith("no cells were found in 2_x.avi, so there is no")


def test_a_video_whose_width_of_a_pixel_cannot_be_estimated_is_left_out(tmp_path: Path) -> None:
    write_film(tmp_path / "1_empty.avi", ())
    (line,) = predict_videos([tmp_path], LoadedModel(made.counting(), ""))
    assert line.left_out is not None and line.left_out.startswith("the width of a pixel of 1_empty.avi is not known")


@pytest.mark.parametrize(
    ("times_s", "expected"),
    [
        ([], []),
        ([(0.0, 0.5)], [(0.0, 0.5)]),
        ([(2.0, 2.36), (0.0, 0.36), (0.36, 0.72), (0.5, 0.6)], [(0.0, 0.72), (2.0, 2.36)]),
        ([(0.0, 0.1), (0.1 + 1e-4, 0.2)], [(0.0, 0.1), (0.1, 0.2)]),
    ],
)
def test_stretches_that_overlap_or_touch_are_joined(
    times_s: list[tuple[float, float]], expected: list[tuple[float, float]]
) -> None:
    assert [(time.start_s, time.end_s) for time in joined_ranges(times_s)] == expected


def test_json_and_csv_have_the_same_numbers(folder: Path, tmp_path: Path) -> None:
    lines = predict_videos([folder], MODEL)
    for ending in ("json", "csv"):
        write_predictions(tmp_path / "new" / f"lines.{ending}", lines)
    content = json.loads((tmp_path / "new" / "lines.json").read_text(encoding="utf-8"))
    assert tuple(map(VideoPrediction.model_validate, content)) == lines
    rows = list(csv.DictReader((tmp_path / "new" / "lines.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == len(lines)
    for row, line in zip(rows, lines, strict=True):
        for words, values in ((" (%)", line.predicted_pct), (" SD (points)", line.sd_pct)):
            cells = [row[f"{name}{words}"] for name in line.names]
            if values is None:
                assert cells == ["", "", ""]
            else:
                assert [float(cell) for cell in cells] == pytest.approx(values, abs=0.005001)
        assert row["survey"] == (line.survey or "")
        assert (row["video"], row["target"], row["parts"]) == (line.video, line.target, str(line.parts))
        assert (row["left out"], row["problems"]) == (line.left_out or "", "; ".join(line.problems))
        assert (row["method"], row["model"], row["motilens"]) == (line.method, line.model, line.motilens_version)
        assert row["time used (s)"] == " ".join(f"{time.start_s:g}-{time.end_s:g}" for time in line.time_used)


def test_nothing_to_write_is_a_table_without_rows(tmp_path: Path) -> None:
    write_predictions(tmp_path / "none.csv", [])
    write_predictions(tmp_path / "none.json", [])
    assert len((tmp_path / "none.csv").read_text(encoding="utf-8").splitlines()) == 1
    assert json.loads((tmp_path / "none.json").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(("name", "words"), [("x.xlsx", r"ends in \.xlsx"), ("x", "has no extension")])
def test_another_ending_is_refused(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(InputError, match=rf"{name} {words}; allowed: \.json or \.csv"):
        check_ending(tmp_path / name)
    with pytest.raises(InputError, match=rf"{name} {words}; allowed: \.json or \.csv"):
        write_predictions(tmp_path / name, [])
    assert list(tmp_path.iterdir()) == []


def test_a_line_holds_no_number_that_json_has_not() -> None:
    line = predict_recording(made.fake_recording(), made.constant())
    with pytest.raises(ValueError, match="finite number"):
        VideoPrediction.model_validate({**line.model_dump(), "predicted_pct": (np.nan, 0, 0)})


def test_lines_are_written_as_they_come(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, seen = predict_recording, []

    def fails_at_the_third(recording: Recording, predictor: Predictor, *, model: str) -> VideoPrediction:
        seen.append(recording.path.name)
        if len(seen) == 3:
            raise RuntimeError("a defect")
        return real(recording, predictor, model=model)

    monkeypatch.setattr(motilens.prediction.predict, "predict_recording", fails_at_the_third)
    with pytest.raises(RuntimeError, match="a defect"):
        predict_videos([folder], MODEL, out=tmp_path / "new" / "lines.json")
    lines = json.loads((tmp_path / "new" / "lines.json").read_text(encoding="utf-8"))
    assert [line["video"] for line in lines] == seen[:2] == ["1_text.avi", "2_x.avi"]
    assert lines[1]["predicted_pct"] is not None


def test_a_video_that_has_gone_is_a_line(folder: Path) -> None:
    line = predict_recording(Recording(folder / "3_gone.avi"), MODEL.predictor)
    assert line.left_out is not None and line.left_out.startswith("no such file: ")


@pytest.mark.parametrize("ending", ["json", "csv"])
def test_a_place_that_cannot_be_written_is_said_before_any_video_is_read(
    ending: str, folder: Path, tmp_path: Path, read_only_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*args: object, **named: object) -> None:
        pytest.fail("a video was read")

    monkeypatch.setattr(motilens.prediction.predict, "predict_recording", read)
    (tmp_path / f"taken.{ending}").mkdir()
    (tmp_path / "file").write_text("yours")
    wrong = {
        tmp_path / f"taken.{ending}": "a folder of that name is in the way",
        tmp_path / "file" / f"lines.{ending}": "a file of that name is in the way|a part of that path is a file",
        read_only_disk / f"lines.{ending}": "the file system is read-only",
        tmp_path / f"{'x' * 300}.{ending}": "the name is too long",
    }
    for out, told in wrong.items():
        with pytest.raises(StorageError, match=told):
            predict_videos([folder], MODEL, out=out)
