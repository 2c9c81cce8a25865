"""The report on a video, and the command that prints it."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from motilens.cli.main import main
from motilens.recordings.inspect import VideoReport, inspect_video
from motilens.video.writer import write_video
from tests.video.scenes import make_video, scene


def test_report_of_a_video_with_a_move(tmp_path: Path) -> None:
    camera_px = np.where(np.arange(100)[:, None] >= 40, [700.0, 0.0], 0.0)
    write_video(tmp_path / "v.mp4", scene(100, camera_px=camera_px), fps_hz=50.0, codec="h264")
    report = inspect_video(tmp_path / "v.mp4")
    assert (report.file, report.frames_decoded, report.lost_frames) == ("v.mp4", 100, ())
    assert (report.stage_moves, report.problems) == (((40, 41),), ())


def test_a_damaged_video_is_reported_not_refused(tmp_path: Path) -> None:
    path = make_video(tmp_path / "v.avi", 100)
    os.truncate(path, path.stat().st_size // 2)
    report = inspect_video(path)
    assert 40 < report.frames_decoded < 60
    assert report.problems[0].startswith("the header says 100 frames, the file holds")


def test_progress_counts_every_frame(tmp_path: Path) -> None:
    class Counter:
        done = 0

        def task(self, name: str, total: int) -> "Counter":
            assert (name, total) == ("examine v.avi", 123)
            return self

        def __enter__(self) -> "Counter":
            return self

        def __exit__(self, *error: object) -> None: ...

        def advance(self, steps: int = 1, *, note: str = "") -> None:
            self.done += steps

    counter = Counter()
    inspect_video(make_video(tmp_path / "v.avi", 123), progress=counter)
    assert counter.done == 123


def test_command_prints_lines_or_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = make_video(tmp_path / "v.avi", 60)
    assert main(["inspect", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "codec        mjpeg (yuvj420p, 8 bits)" in lines
    assert "frames       60 decoded of 60 in the file" in lines
    assert "stage moves  none found" in lines
    assert "problem      none" in lines
    assert lines[-1] == "fit for      I1 (60 different stacks), I2 (60), I3 (52), I4 (43)"
    assert main(["inspect", str(path), "--json"]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed)["frames_decoded"] == 60
    assert VideoReport.model_validate_json(printed) == inspect_video(path)


def test_command_says_one_line_for_what_is_no_video(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.avi").write_text("patient 7\n")
    assert main(["inspect", str(tmp_path / "notes.avi")]) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("motilens: error: notes.avi is not a video that can be read: it holds text")
    assert main(["inspect", str(tmp_path / "none.avi")]) == 1
    assert "motilens: error: no such file" in capsys.readouterr().err
