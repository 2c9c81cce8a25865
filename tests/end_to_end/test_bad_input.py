"""One clear line for everything that can be wrong: what came, what is allowed, what to do. Nothing is half-written."""

import os
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from motilens.errors import InputError
from tests.end_to_end.conftest import SETTINGS, one_line, rewrite, video_of
from tests.program import Run

Evaluate = Callable[..., tuple[int, str, str]]


@pytest.fixture
def evaluate(run: Run, tmp_path: Path) -> Evaluate:
    """Evaluate the mean and one CNN on motility."""

    def call(data: Path, *words: object) -> tuple[int, str, str]:
        out = [] if "--out" in words else ["--out", tmp_path / "run"]
        return run(
            "evaluate", data, "--methods", "mean,raw", "--targets", "motility", "--preset", "demo", "--workers", 1,
            *SETTINGS, *out, *words,
        )  # fmt: skip

    return call


def test_no_such_folder(evaluate: Evaluate) -> None:
    code, _, complained = evaluate(Path("nowhere"))
    assert code == 1
    assert "nowhere" in one_line(complained)


def test_a_folder_without_videos(evaluate: Evaluate, data: Path) -> None:
    for video in (data / "videos").iterdir():
        video.unlink()
    code, _, complained = evaluate(data)
    assert code == 1
    assert "no video" in one_line(complained)
    assert ".avi" in complained


def test_percentages_that_do_not_sum(evaluate: Evaluate, data: Path) -> None:
    rewrite(data, 2, Progressive="90", Non="30", Immotile="10")
    code, _, complained = evaluate(data)
    assert code == 1
    line = one_line(complained)
    assert "ID 3: motility 90 + 30 + 10 sums to 130 %; allowed: 100 +- 1" in line
    assert "--exclude 3" in line


def test_a_percentage_out_of_range(evaluate: Evaluate, data: Path) -> None:
    rewrite(data, 0, Progressive="-5", Non="55", Immotile="50")
    assert "ID 1: progressive is -5 %; allowed: 0 to 100" in one_line(evaluate(data)[2])


def test_two_rows_of_one_participant(evaluate: Evaluate, data: Path) -> None:
    rewrite(data, 4, ID="4")
    line = one_line(evaluate(data)[2])
    assert "semen_analysis_data.csv" in line
    assert "4" in line


def test_a_column_that_is_not_known(evaluate: Evaluate, data: Path) -> None:
    table = data / "semen_analysis_data.csv"
    table.write_text(
        table.read_text(encoding="utf-8-sig").replace("Progressive motility (%)", "Forward swimmers"),
        encoding="utf-8-sig",
    )
    line = one_line(evaluate(data)[2])
    assert "Progressive motility (%)" in line
    assert "has no column" in line


def test_an_unlabelled_video_and_a_row_without_a_video_are_listed(
    evaluate: Evaluate, data: Path, tmp_path: Path
) -> None:
    table = data / "semen_analysis_data.csv"
    lines = table.read_text(encoding="utf-8-sig").splitlines()
    table.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8-sig")
    (data / "videos.csv").unlink()
    first = video_of(data, 1)
    first.unlink()
    code, _, complained = evaluate(data)
    assert code == 0, complained
    assert "no label" in (tmp_path / "run" / "table.md").read_text()
    assert "participant 1" in (tmp_path / "run" / "table.md").read_text()


def test_a_broken_video_is_left_out_by_name_and_the_rest_goes_on(
    evaluate: Evaluate, data: Path, tmp_path: Path
) -> None:
    first = video_of(data, 1)
    first.write_text("not a video at all")
    code, _, complained = evaluate(data)
    assert code == 0, complained
    assert first.stem in (tmp_path / "run" / "table.md").read_text()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            "id,fold\n" + "".join(f"{i},{1 if i < 9 else 2}\n" for i in range(1, 10)),
            "has 1 participant in its training part (9)",
        ),
        ('{"1": ["1","2","3"], "2": ["3","4","5"], "3": ["6","7","8","9"]}', "3"),
        ("id,fold,colour\n1,1,red\n", "colour"),
    ],
)
def test_folds_that_cannot_be(evaluate: Evaluate, shared_data: Path, tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / ("folds.json" if content.startswith("{") else "folds.csv")
    file.write_text(content)
    code, _, complained = evaluate(shared_data, "--folds", file)
    assert code == 1
    assert words in one_line(complained)
    assert not (tmp_path / "run" / "result.json").exists()


def test_weights_that_are_not_there(evaluate: Evaluate, shared_data: Path, tmp_path: Path) -> None:
    code, _, complained = evaluate(shared_data, "--set", "regressor.weights=lost.safetensors")
    assert code == 1
    assert "no weight file lost.safetensors; allowed: 'imagenet'" in one_line(complained)
    assert not (tmp_path / "run" / "cache").exists()


CANNOT_WORK = [
    (("--accelerator", "tpu"), "cannot train with accelerator 'tpu', devices 1"),
    (("--accelerator", "cpu", "--precision", "16-mixed"), "precision is '16-mixed', which a CPU does not have"),
    (("--set", "regressor.backbone=resnet35"), "no backbone 'resnet35' in timm"),
    (("--set", "regressor.backbone=inception_v3"), "cannot take images of 3 channels and 32 x 32 pixels"),
    (("--set", "stacks.size_px=66"), "stacks.size_px got 66: Input should be a multiple of 4"),
    (("--set", "regressor.batch_size=1"), "regressor.batch_size got 1"),
]
"""Options, and what the one line about them says."""


@pytest.mark.parametrize(("options", "told"), CANNOT_WORK)
def test_what_cannot_be_trained_is_said_before_a_video_is_read(
    run: Run, shared_data: Path, tmp_path: Path, options: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("motilens.stacks.extract_videos.extract_stacks", lambda *a, **k: pytest.fail("decoded"))
    for command in (("evaluate", "--methods", "mean,raw", "--workers", 1), ("train", "--method", "raw")):
        name, *own = command
        code, _, complained = run(name, shared_data, *own, *SETTINGS, "--out", tmp_path / "out", *options)
        assert code == 1
        assert told in one_line(complained)
        assert not list(tmp_path.rglob("cache"))


def test_too_few_participants_are_said_before_a_video_is_read(
    evaluate: Evaluate, run: Run, shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("motilens.stacks.extract_videos.extract_stacks", lambda *a, **k: pytest.fail("decoded"))
    without = [word for i in range(1, 9) for word in ("--exclude", i)]
    code, _, complained = evaluate(shared_data, *without[:8])
    assert code == 1
    assert "5 participants are too few for 3 folds" in one_line(complained)
    code, _, complained = run("train", shared_data, "--method", "raw", *SETTINGS, *without, "--out", tmp_path / "model")
    assert code == 1
    assert "method raw got 1 participant with a video and a label; allowed: at least 2" in one_line(complained)


def test_a_name_that_is_mistyped(run: Run, shared_data: Path, tmp_path: Path) -> None:
    code, _, complained = run("evaluate", shared_data, "--methods", "maen", "--out", tmp_path / "run")
    assert code == 1
    assert "no method 'maen'; allowed: all, cheap, costly, mean, " in one_line(complained)
    for command in ("evaluate", "train"):
        code, _, complained = run(command, shared_data, "--preset", "dmeo", "--out", tmp_path / "run")
        assert code == 2
        assert "'dmeo' is not one of" in complained and "'benchmark'" in complained
    assert not (tmp_path / "run").exists()


def test_devices_beside_parallel_jobs(evaluate: Evaluate, shared_data: Path) -> None:
    code, _, complained = evaluate(shared_data, "--devices", 2, "--workers", 2)
    assert code == 1
    assert "--devices 2 on a CPU, where 2 jobs run in parallel; allowed: --devices 1" in one_line(complained)


def test_parallel_jobs_train_with_the_precision_that_was_asked_for(
    evaluate: Evaluate, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def caught(*_: object, start: partial[None], **__: object) -> None:
        raise InputError(start.args[0].runtime.precision)

    monkeypatch.setattr("motilens.evaluation.run.run_parallel", caught)
    code, _, complained = evaluate(shared_data, "--workers", 2, "--precision", "bf16-mixed")
    assert (code, one_line(complained)) == (1, "motilens: error: bf16-mixed")


def test_a_setting_that_does_not_exist(evaluate: Evaluate, shared_data: Path) -> None:
    code, _, complained = evaluate(shared_data, "--set", "autoencoder.epoch=3")
    assert code == 1
    assert "no setting 'autoencoder.epoch=3'; allowed: NAME=VALUE with NAME one of" in one_line(complained)
    assert "autoencoder.epochs" in complained


def test_a_setting_with_a_value_that_is_not_allowed(evaluate: Evaluate, shared_data: Path) -> None:
    code, _, complained = evaluate(shared_data, "--set", "autoencoder.epochs=0", "--set", "regressor.head=round")
    assert code == 1
    line = one_line(complained)
    assert "autoencoder.epochs got 0" in line
    assert "regressor.head got 'round'" in line


def test_debug_keeps_the_traceback(run: Run, tmp_path: Path) -> None:
    from motilens.errors import MissingError

    with pytest.raises(MissingError):
        run("--debug", "report", tmp_path)


Mount = Callable[..., Path]


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """Mount a small file system; skipped where that is not permitted."""
    mounted: list[Path] = []

    def make(options: str) -> Path:
        place = tmp_path / f"disk{len(mounted)}"
        place.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, check=False
        )
        if done.returncode != 0:
            pytest.skip("mounting a small file system needs a right that this user does not have")
        mounted.append(place)
        return place

    yield make
    for place in mounted:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.skipif(os.name != "posix", reason="mounts a tmpfs")
def test_a_full_disk_is_one_line_and_what_was_finished_is_kept(
    evaluate: Evaluate, shared_data: Path, mount: Mount
) -> None:
    place = mount("size=400k")
    code, _, complained = evaluate(shared_data, "--out", place / "run")
    assert code == 1
    line = one_line(complained)
    assert "the disk is full; free some space or choose another place with --out" in line
    assert not list(place.rglob("result.json"))
    subprocess.run(["mount", "-o", "remount,size=2g", str(place)], check=True)
    code, _, complained = evaluate(shared_data, "--out", place / "run")
    assert code == 0, complained
    assert (place / "run" / "result.json").is_file()


@pytest.mark.skipif(os.name != "posix", reason="mounts a tmpfs")
def test_a_read_only_folder_is_one_line(evaluate: Evaluate, shared_data: Path, mount: Mount) -> None:
    place = mount("size=1m,ro")
    code, _, complained = evaluate(shared_data, "--out", place / "run")
    assert code == 1
    assert "the file system is read-only; choose another place with --out" in one_line(complained)


def test_an_output_path_that_is_a_file(evaluate: Evaluate, shared_data: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("something of yours")
    code, _, complained = evaluate(shared_data, "--out", tmp_path / "taken")
    assert code == 1
    assert "a file of that name is in the way" in one_line(complained)
    assert (tmp_path / "taken").read_text() == "something of yours"
