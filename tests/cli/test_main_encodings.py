"""No terminal and no file name ends a command in a UnicodeEncodeError."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from motilens.predictors.bundle import save_predictor
from tests.predictors import made
from tests.recordings.films import write_film

ENVIRONMENTS = {
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "utf-8": {"PYTHONIOENCODING": "utf-8"},
}

NAMES = {"accents": "1_été.avi".encode(), "other scripts": "1_日本\u2212±.avi".encode(), "no UTF-8": b"1_caf\xe9.avi"}


def run(*words: object, environment: dict[str, str]) -> tuple[int, str, str]:
    """Run the program in a process of its own; what it prints is read as Latin-1, in which every byte is a letter."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from motilens.cli.main import main; sys.exit(main())",
            *(os.fsencode(str(word)) for word in words),
        ],
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )
    return done.returncode, done.stdout.decode("latin-1"), done.stderr.decode("latin-1")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "model"
    save_predictor(path, made.image_cnn("moments"))
    return path


def film(folder: Path, name: bytes) -> Path:
    """A video of this name; the test is skipped where names are always text."""
    path = folder / os.fsdecode(name)
    try:
        write_film(folder / "x.avi").rename(path)
    except (OSError, UnicodeEncodeError):
        pytest.skip("the file system does not allow such names")
    return path


@pytest.mark.parametrize("environment", ENVIRONMENTS.values(), ids=list(ENVIRONMENTS))
def test_predictions(environment: dict[str, str], model: Path, tmp_path: Path) -> None:
    for name in NAMES.values():
        film(tmp_path / "videos", name)
    (tmp_path / "videos" / os.fsdecode(b"2_" + NAMES["no UTF-8"])).write_text("no video")
    for out in (tmp_path / os.fsdecode(NAMES["no UTF-8"]) / "lines.json", tmp_path / "\u2212.csv"):
        code, printed, errors = run(
            "predict", tmp_path / "videos", "--model", model, "--out", out, environment=environment
        )
        assert code == 3, errors
        assert "Error" not in errors + printed
        assert "4 videos, " in printed and "; 4 lines in" in printed
        assert out.is_file()
    lines = json.loads((tmp_path / os.fsdecode(NAMES["no UTF-8"]) / "lines.json").read_text(encoding="utf-8"))
    # Bytes that are no UTF-8 are written as numbers, whatever the encoding of the terminal.
    assert {line["video"] for line in lines} == {
        "1_\u00e9t\u00e9.avi",
        "1_\u65e5\u672c\u2212\u00b1.avi",
        r"1_caf\xe9.avi",
        r"2_1_caf\xe9.avi",
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS.values(), ids=list(ENVIRONMENTS))
def test_an_error_is_one_line(environment: dict[str, str], tmp_path: Path) -> None:
    missing = "\u2212".join(os.fsdecode(name) for name in NAMES.values())
    code, _, errors = run("inspect", tmp_path / missing, environment=environment)
    assert code == 1
    assert errors.startswith("motilens: error: no such file: ")
    assert len(errors.splitlines()) == 1


def test_inspection_and_tracks_of_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    video = film(tmp_path, NAMES["no UTF-8"])
    code, printed, errors = run("inspect", video, "--json", environment=ENVIRONMENTS["utf-8"])
    assert code == 0, errors
    assert json.loads(printed)["file"] == r"1_caf\xe9.avi"
    for ending in ("csv", "parquet"):
        out = tmp_path / f"tracks.{ending}"
        words = ("track", video, "--um-per-px", 0.5, "--out", out, "--workers", 1)
        code, _, errors = run(*words, environment=ENVIRONMENTS["ascii"])
        assert code in (0, 3), errors
        assert "caf\\xe9.avi" in (tmp_path / "tracks.summary.csv").read_text(encoding="utf-8")


def test_what_still_cannot_be_written_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from motilens.cli.main import main

    def fail(*given: object, **named: object) -> None:
        "caf\udce9".encode()

    monkeypatch.setattr("motilens.recordings.inspect.inspect_video", fail)
    assert main(["inspect", "x.avi"]) == 1
    assert capsys.readouterr().err == (
        "motilens: error: 'caf\\udce9' cannot be written as utf-8; allowed: names of files and folders that are valid "
        "text; rename the file or folder\n"
    )
