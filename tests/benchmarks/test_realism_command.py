"""The realism benchmark as a command: what it writes, and what it says to bad input."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from motilens.video.writer import write_video

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "realism"


def video(path: Path, *, seed: int, grey: int, fps_hz: float = 50.0, n_frames: int = 110) -> Path:
    """Cells that swim in noise."""
    rng = np.random.default_rng(seed)
    at, step = rng.uniform(0, [256, 128], (8, 2)), rng.normal(0, 0.6, (8, 2))
    frames = []
    for number in range(n_frames):
        frame = np.full((128, 256), 90, np.uint8)
        for x, y in (at + step * number) % [256, 128]:
            cv2.circle(frame, (round(x * 16), round(y * 16)), 64, (grey,), -1, cv2.LINE_AA, 4)
        frames.append(cv2.add(frame, rng.integers(0, 3, frame.shape).astype(np.uint8)))
    write_video(path, frames, fps_hz=fps_hz, codec="ffv1")
    return path


def run(*arguments: str | float | Path) -> subprocess.CompletedProcess[str]:
    """As from a shell."""
    command = [sys.executable, "-W", "error", str(BENCHMARK), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("realism")
    real = video(folder / "real.mkv", seed=0, grey=200)
    (folder / "simulated" / "deep").mkdir(parents=True)
    for number in (1, 2):
        video(folder / "simulated" / "deep" / f"{number}.mkv", seed=number, grey=190)
    yardstick = video(folder / "yardstick.mkv", seed=4, grey=10, fps_hz=60.0)
    done = run(
        *("--real", real, "--simulated", folder / "simulated", "--yardstick", yardstick, "--out", folder / "out"),
        *("--steps", 2, "--train-patches", 24, "--test-patches", 24, "--yardstick-um-per-px", 1.0),
    )
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "out"


def test_everything_is_written_with_its_origin(written: Path) -> None:
    result = json.loads((written / "realism.json").read_text())
    assert result["command"].startswith("python benchmarks/realism --real real.mkv --simulated simulated")
    assert result["settings"]["seed"] == 0 and result["versions"]["motilens"]
    clips = {name: source["clips"] for name, source in result["sources"].items()}
    assert [clip["name"] for clip in clips["simulated"]] == ["1.mkv", "2.mkv"]
    assert all(len(clip["fingerprint"]) == 32 for found in clips.values() for clip in found)
    assert clips["yardstick"][0]["fps_hz"] == pytest.approx(60, abs=0.1)  # Matroska rounds times to milliseconds
    assert {clip["frames"] for found in clips.values() for clip in found} == {110}
    assert [clips[name][0]["um_per_px"] for name in clips] == [0.495, 0.495, 1.0]
    assert [clips[name][0]["head_polarity"] for name in clips] == ["bright", "bright", "dark"]
    assert {path.name for path in written.iterdir()} == {"realism.json", "realism.md", *result["figures"]}


def test_every_row_is_measured_or_explained(written: Path) -> None:
    result = json.loads((written / "realism.json").read_text())
    for row in result["rows"]:
        for name, values in row["percentiles_5_50_95"].items():
            curve = row["key"] in result["curve_axes"]
            assert (values is None and not curve) == (name in row["reasons"] and not curve), row["key"]
    by_key = {row["key"]: row for row in result["rows"]}
    assert by_key["head_centre_grey"]["nearer"] is True
    assert "4 s are needed" in by_key["temporal_sd_grey"]["reasons"]["real"]
    assert sum(result["verdict"].values()) == len(result["rows"])


def test_the_discriminator_reports_every_view(written: Path) -> None:
    found = json.loads((written / "realism.json").read_text())["discriminator"]
    assert set(found) == {"simulated", "yardstick"}
    for told in found.values():
        assert {*told["auc"], *told["reasons"]} == {"whole", "frame", "motion", "coarse", "fine", "headless"}
        assert told["giveaways"][0]["auc"] >= told["giveaways"][-1]["auc"] >= 0.5


def test_the_table_reads(written: Path) -> None:
    text = (written / "realism.md").read_text()
    assert "| row | unit | real | simulated | yardstick | distance simulated | distance yardstick | nearer? |" in text
    assert "Simulated is nearer to real than the yardstick on" in text
    assert "nan" not in text.lower().replace("nanometre", "")
    for name in ("frames.jpg", "crops.jpg", "temporal.jpg", "curves.png"):
        assert f"![{name}]({name})" in text
        assert (written / name).stat().st_size < 600_000
        assert cv2.imread(str(written / name)) is not None


def test_without_yardstick_and_discriminator(tmp_path: Path) -> None:
    real = video(tmp_path / "real.mkv", seed=0, grey=200, n_frames=40)
    done = run("--real", real, "--simulated", real, "--out", tmp_path / "out", "--no-discriminator")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads((tmp_path / "out" / "realism.json").read_text())
    assert result["discriminator"] == {}
    distances = [row["distance_to_real"]["simulated"] for row in result["rows"]]
    assert {value for value in distances if value is not None} == {0.0}  # the same clip
    assert "nearer?" not in (tmp_path / "out" / "realism.md").read_text()


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (["--real", "absent.mp4"], "absent.mp4 is not there; name a video or a folder of videos"),
        (
            ["--real", "notes.txt"],
            "notes.txt is no video by its ending; allowed are .avi, .mp4, .mov, .mkv and folders",
        ),
        (["--real", "empty"], "empty holds no video; looked for .avi, .mp4, .mov, .mkv; name another folder"),
        (["--real", "broken.mp4"], "broken.mp4"),
        (["--seconds", "0"], "--seconds 0.0 came; allowed is above 0"),
        (["--seconds", "0.2"], "at least 25 of 96x96 are needed"),
        (["--um-per-px", "-1"], "-1.0 um a pixel came; both must be above 0"),
        (["--yardstick", "real.mkv", "--yardstick-um-per-px", "0"], "0.0 um a pixel came; both must be above 0"),
        (["--seed", "-1"], "--seed -1 came; allowed is 0 or above"),
        (["--steps", "0"], "--steps 0 came; allowed is above 0"),
    ],
)
def test_bad_input_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], bad: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(BENCHMARK.parent))
    Path("notes.txt").write_text("no video")
    Path("broken.mp4").write_bytes(b"no video")
    Path("empty").mkdir()
    good = str(video(Path("real.mkv"), seed=0, grey=200, n_frames=30))
    from realism.command import main  # pyright: ignore[reportMissingImports] - the folder is on no checker's path

    assert main(["--real", good, "--simulated", good, "--out", "out", *bad]) == 1
    error = capsys.readouterr().err
    assert error.startswith("realism: ") and error.count("\n") == 1
    assert says in error
    assert not Path("out/realism.json").exists()


def test_wrong_usage_exits_with_2() -> None:
    done = run("--real", "a.mp4")
    assert done.returncode == 2
    assert "--simulated" in done.stderr
