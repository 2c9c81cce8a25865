"""``motilens track`` on a video whose cells are known."""

import csv
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from motilens.cli.track import track
from motilens.errors import ConfigError, InputError
from motilens.video.writer import write_video
from tests.tracking.scenes import film, straight

app = typer.Typer()
app.command()(track)


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("videos")
    write_video(folder / "1.avi", film(straight(60, [30.0, 30.0, 10.0, 0.0])), fps_hz=50.0, codec="ffv1")
    (folder / "2.avi").write_text("no video\n")
    return folder


def run(*arguments: object, code: int = 0) -> str:
    """What is printed; errors of ours are raised."""
    result = CliRunner().invoke(app, [str(each) for each in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout


def test_table_summary_and_what_is_printed(videos: Path, tmp_path: Path) -> None:
    out = tmp_path / "tracks.csv"
    lines = run(videos, "--um-per-px", 0.5, "--out", out, "--workers", 1, code=3).splitlines()
    assert lines == [
        "1.avi: rapid 50.0 %, slow 25.0 %, non-progressive 0.0 %, immotile 25.0 % of 5 cell-seconds (4 tracks)",
        "1.avi: note: at 50 frames/s VCL, ALH and BCF come out too small",
        "2.avi: left out: 2.avi is not a video that can be read: it holds text (it begins 'no video')",
        "Research use: not a diagnosis.",
        f"2 videos, 1 left out; 4 tracks in {out}, 2 rows in {tmp_path / 'tracks.summary.csv'}.",
    ]
    with out.open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 4


def test_a_part_of_the_video_and_other_settings(videos: Path, tmp_path: Path) -> None:
    out = tmp_path / "tracks.csv"
    chosen = ["--seconds", 0.6, "--set", "tracking.link.least_frames=30", "--set", "tracking.detect.diameter_px=9"]
    printed = run(videos / "1.avi", "--um-per-px", 0.5, "--out", out, *chosen)
    assert "(4 tracks)" in printed
    with out.open(newline="") as file:
        assert {(row["first_frame"], row["last_frame"]) for row in csv.DictReader(file)} == {("15", "44")}


def test_wrong_settings_are_refused(videos: Path, tmp_path: Path) -> None:
    base = [videos, "--um-per-px", 0.5, "--out", tmp_path / "t.csv"]
    with pytest.raises(InputError, match=r"--set seed=3 is no setting of tracking; allowed: tracking.NAME=VALUE"):
        run(*base, "--set", "seed=3")
    with pytest.raises(ConfigError, match=r"no setting 'tracking.speed=3'; allowed: NAME=VALUE with NAME one of"):
        run(*base, "--set", "tracking.speed=3")
    with pytest.raises(ConfigError, match=r"tracking.seconds got -1.0: Input should be greater than 0"):
        run(*base, "--seconds", -1)
    assert not (tmp_path / "t.csv").exists()
