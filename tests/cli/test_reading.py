"""``--fps``, ``--stream`` and ``--deinterlace`` of each command that reads videos."""

import json
from pathlib import Path

import numpy as np
import pytest
import zarr

from motilens.video.source import FoundVideos
from tests.program import Run
from tests.video.scenes import make_video, scene
from tests.video.test_container import write_streams
from tests.video.test_deinterlace import TOP, write


def report(run: Run, *words: object) -> dict[str, object]:
    code, printed, _ = run("inspect", *words, "--json")
    assert code == 0
    return json.loads(printed)


def test_inspect_takes_the_users_rate(tmp_path: Path, run: Run) -> None:
    path = make_video(tmp_path / "v.avi", 60, fps_hz=25.0)
    assert report(run, path)["fps_hz"] == 25.0
    told = report(run, path, "--fps", 50)
    assert (told["fps_hz"], told["header_fps_hz"], told["rate_from"]) == (50.0, 25.0, "user")
    assert told["in_the_way"] == ""
    lines = run("inspect", path, "--fps", 50)[1].splitlines()
    assert "rate         50 frames a second, as given (25 by its header)" in lines


def test_inspect_takes_a_stream(tmp_path: Path, run: Run) -> None:
    path = write_streams(tmp_path / "v.mkv", (20, 48), (30, 96))
    for stream, height, frames in ((0, 48, 20), (1, 96, 30)):
        told = report(run, path, "--stream", stream)
        assert (told["stream"], told["height_px"], told["frames_decoded"]) == (stream, height, frames)
        problem = f"the file has more than one video; stream {stream} is read, allowed: --stream {1 - stream}"
        assert told["problems"] == [problem]
    code, _, errors = run("inspect", path, "--stream", 5)
    assert (code, errors) == (1, "motilens: error: v.mkv has no video stream 5; allowed: --stream 0, 1\n")


def test_inspect_separates_fields(tmp_path: Path, run: Run) -> None:
    path = write(tmp_path / "v.mkv", list(scene(60)), TOP)
    plain, separated = report(run, path), report(run, path, "--deinterlace")
    assert (plain["fps_hz"], plain["n_frames"], plain["interlaced"]) == (25.0, 30, True)
    assert (separated["fps_hz"], separated["n_frames"], separated["interlaced"]) == (50.0, 60, False)
    assert "25 frames a second, 50 are needed" in str(plain["in_the_way"])
    assert separated["in_the_way"] == ""


@pytest.mark.parametrize(("fps", "shown"), [(0, "0"), (-25, "-25"), ("nan", "nan"), ("inf", "inf")])
def test_a_rate_that_none_can_be_is_refused(tmp_path: Path, run: Run, fps: object, shown: str) -> None:
    code, _, errors = run("inspect", make_video(tmp_path / "v.avi", 5), "--fps", fps)
    assert (code, errors) == (1, f"motilens: error: --fps is {shown}; allowed: above 0\n")


def extract(run: Run, out: Path, *words: object) -> tuple[int, str]:
    code, printed, _ = run("extract", *words, "--out", out, "--stacks", 2, "--size", 32, "--workers", 1)
    return code, printed


def stacks_in(store: Path) -> np.ndarray:
    """Pixels of the stacks of the only video of a store."""
    pixels = zarr.open_group(store / "videos", mode="r")["v/pixels"]
    assert isinstance(pixels, zarr.Array)
    return np.asarray(pixels[:])


def test_extract_reads_as_told_and_again_when_told_otherwise(tmp_path: Path, run: Run) -> None:
    path, store = write(tmp_path / "v.mkv", list(scene(80)), TOP), tmp_path / "store"
    code, printed = extract(run, store, path)
    assert code == 3
    assert "25 frames a second, 50 are needed" in printed
    code, printed = extract(run, store, path, "--deinterlace")
    assert code == 0
    assert "2 stacks in" in printed
    fields = stacks_in(store)
    assert extract(run, store, path, "--fps", 50)[0] == 0
    assert not np.array_equal(stacks_in(store), fields)


def test_extract_takes_a_stream(tmp_path: Path, run: Run) -> None:
    path = write_streams(tmp_path / "v.mkv", (5, 48), (60, 96))
    code, printed = extract(run, tmp_path / "store", path, "--stream", 0)
    assert code == 3
    assert "v.mkv has 5 usable frames" in printed
    assert extract(run, tmp_path / "store", path, "--stream", 1)[0] == 0


def test_predict_and_track_hand_on_what_they_are_told(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, told = make_video(tmp_path / "v.avi", 5), []

    def workflow(found: FoundVideos, *_: object, **__: object) -> list[object]:
        told.extend(video.reading.model_dump() for video in found.videos)
        return []

    monkeypatch.setattr("motilens.prediction.predict.predict_videos", workflow)
    monkeypatch.setattr("motilens.predictors.builtin.open_model", lambda model, target: None)
    monkeypatch.setattr("motilens.tracking.track_table.track_table", workflow)
    as_told = ("--fps", 60, "--stream", 1, "--deinterlace")
    run("predict", path, "--model", tmp_path, "--out", tmp_path / "x.json", *as_told)
    run("track", path, "--um-per-px", 0.5, "--out", tmp_path / "x.csv", *as_told)
    assert told == [{"fps_hz": 60.0, "stream": 1, "deinterlace": True}] * 2
