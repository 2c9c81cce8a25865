"""Inputs along real tracks that cannot be right, and the command: one line that says what is allowed."""

from pathlib import Path
from typing import Any

import pytest

from motilens.cli.main import main
from motilens.errors import InputError, LabelError, MissingError
from motilens.simulate.along_tracks import simulate_along_tracks
from motilens.simulate.settings import SimulationConfig
from tests.simulate.test_along_tracks import write_labels, write_table


@pytest.fixture
def inputs(tmp_path: Path) -> dict[str, Any]:
    """A table of tracks and the laboratory's, of one participant."""
    return {"tracks": write_table(tmp_path / "boxes.csv"), "labels": write_labels(tmp_path / "lab.csv")}


def test_participants_without_values_are_named(tmp_path: Path, inputs: dict[str, Any]) -> None:
    with pytest.raises(
        LabelError,
        match=r"other\.csv lacks values of 12, of whom boxes\.csv has tracks; allowed: motility, morph",
    ):
        labels = write_labels(tmp_path / "other.csv", participant=13)
        simulate_along_tracks(tmp_path / "set", tracks=inputs["tracks"], labels=labels)
    half = tmp_path / "half.csv"
    half.write_text(inputs["labels"].read_text(encoding="utf-8").replace("95,0;", "Not reported;"), encoding="utf-8")
    with pytest.raises(LabelError, match=r"half\.csv lacks values of 12"):
        simulate_along_tracks(tmp_path / "set", tracks=inputs["tracks"], labels=half)
    assert not (tmp_path / "set").exists()


def test_people_in_the_table_without_tracks_do_not_matter(tmp_path: Path, inputs: dict[str, Any]) -> None:
    """Whatever their IDs look like."""
    text = inputs["labels"].read_text(encoding="utf-8")
    row = text.splitlines()[1]
    inputs["labels"].write_text(text + row.replace("12;", "B7;", 1) + "\n", encoding="utf-8")
    assert simulate_along_tracks(tmp_path / "set", **inputs, size=(120, 160)).participants == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"size": (480, 480)}, r"size is 480x480; allowed along tracks: 4 to 3, such as 640x480 or 320x240"),
        ({"size": (119, 160)}, "height_px is 119: input should be a multiple of 2"),
        ({"codec": "gif"}, "codec is 'gif': .*'mjpeg', 'h264' or 'ffv1'"),
        ({"difficulty": "odd"}, "difficulty is 'odd'"),
        ({"fps_hz": 0.0}, r"fps_hz is 0\.0"),
        ({"workers": 0}, "workers is 0; allowed: at least 1"),
    ],
)
def test_settings_that_are_not_allowed(
    tmp_path: Path, inputs: dict[str, Any], settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        simulate_along_tracks(tmp_path / "set", **inputs, **settings)
    assert not (tmp_path / "set").exists()


def test_files_that_are_not_there(tmp_path: Path, inputs: dict[str, Any]) -> None:
    with pytest.raises(MissingError, match=r"no tracks at .*nowhere\.csv"):
        simulate_along_tracks(tmp_path / "set", tracks=tmp_path / "nowhere.csv", labels=inputs["labels"])
    with pytest.raises(MissingError, match=r"nowhere\.csv"):
        simulate_along_tracks(tmp_path / "set", tracks=inputs["tracks"], labels=tmp_path / "nowhere.csv")


def test_a_folder_in_the_place_of_the_table(tmp_path: Path, inputs: dict[str, Any]) -> None:
    """VISEM's folder, as other commands take it: either its table is taken, or a line says that a file is wanted."""
    visem = tmp_path / "visem"
    visem.mkdir()
    write_labels(visem / "semen_analysis_data.csv")
    try:
        made = simulate_along_tracks(tmp_path / "set", tracks=inputs["tracks"], labels=visem, size=(120, 160))
    except (InputError, MissingError) as error:
        assert "visem" in str(error) and "allowed" in str(error)
    else:
        assert made.participants == 1


# --- the command


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--tracks", "boxes.csv"], "put VISEM's semen_analysis_data.csv there; or name the table with --labels"),
        (["--labels", "lab.csv"], "--labels without --tracks; allowed: with --tracks"),
        (
            ["--set", "visem-sim-85", "--tracks", "boxes.csv", "--labels", "lab.csv"],
            "--tracks cannot be given together with --set; allowed with it: --labels, --fps, --size, --codec, "
            "--difficulty, --seed, --workers",
        ),
        (
            ["--tracks", "boxes.csv", "--labels", "lab.csv", "--participants", "30", "--table", "exact"],
            "--tracks cannot be given together with --participants, --table; allowed with it: --labels, --fps",
        ),
        (["--tracks", "boxes.csv", "--seconds", "2"], "--tracks cannot be given together with --seconds;"),
        (["--tracks", "boxes.csv", "--fields", "1"], "--tracks cannot be given together with --fields;"),
        (["--tracks", "boxes.csv", "--counted-cells", "9"], "--tracks cannot be given together with --counted-cells;"),
        (
            ["--set", "visem-sim-85", "--seed", "0", "--size", "64x48"],
            "--set cannot be given together with --size, --seed; allowed with it: --workers",
        ),
        (["--set", "visem-86"], "no data set named 'visem-86'; allowed: visem-sim-85"),
        (
            ["--tracks", "boxes.csv", "--labels", "lab.csv", "--size", "480x480"],
            "size is 480x480; allowed along tracks",
        ),
        (["--tracks", "nowhere", "--labels", "lab.csv"], "no tracks at"),
    ],
)
def test_the_command_refuses_in_one_line(
    tmp_path: Path, inputs: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    words: list[str], told: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(["simulate", "set", *words]) == 1
    complained = capsys.readouterr().err
    assert complained.startswith("motilens: error: ") and told in complained and complained.count("\n") == 1
    assert not (tmp_path / "set").exists()


def test_the_command_draws_a_named_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of a second's length in the place of the large one."""
    small = SimulationConfig(
        name="visem-sim-85-v0-seed1", participants=1, seconds=0.1, height_px=96, width_px=128, seed=1
    )
    monkeypatch.setattr("motilens.simulate.settings.NAMED_SETS", {"visem-sim-85": small})
    assert main(["simulate", str(tmp_path / "set"), "--set", "visem-sim-85", "--workers", "1"]) == 0
    assert "1 participants, 0.1 s each, 128x96" in capsys.readouterr().out
    assert '"name": "visem-sim-85-v0-seed1"' in (tmp_path / "set" / "truth" / "simulation.json").read_text()


def test_the_command(tmp_path: Path, inputs: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "simulate",
        str(tmp_path / "set"),
        "--tracks",
        str(inputs["tracks"]),
        "--labels",
        str(inputs["labels"]),
    ]
    settings = ["--size", "160x120", "--codec", "h264", "--seed", "0", "--difficulty", "visem", "--fps", "50"]
    assert main([*arguments, *settings]) == 0
    assert "1 participants, 1 s each, 160x120" in capsys.readouterr().out
    assert (tmp_path / "set" / "videos" / "12.mp4").is_file()
