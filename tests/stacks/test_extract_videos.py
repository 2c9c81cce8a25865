"""Whole folders: one line out for every video in, several at a time, resumable, and the same whatever happens."""

import hashlib
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from motilens.cli.main import main
from motilens.config import StackConfig
from motilens.errors import BusyError, ConfigError, DataError, MissingError, StorageError
from motilens.runs.lock import LOCK_FILE
from motilens.stacks import extract_videos as extract_videos_module
from motilens.stacks.extract_videos import extract_folder, extract_into, extract_videos, stack_config
from motilens.stacks.record import VideoRecord
from motilens.stacks.store import StackStore
from motilens.video.source import VideoFile
from motilens.video.writer import write_video
from tests.video.scenes import make_video, number_in

CONFIG = StackConfig(input_type="I3", stacks_per_video=4, size_px=64)


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    (root / "videos").mkdir()
    make_video(root / "videos/1_a.avi", 60)
    make_video(root / "videos/2_b.mp4", 70, codec="h264")
    make_video(root / "videos/10_slow.avi", 60, fps_hz=25.0)
    make_video(root / "videos/11_short.avi", 5)
    (root / "videos/12_text.avi").write_text("patient 12\n")
    return root


def digest(store: Path) -> dict[str, str]:
    return {
        file.relative_to(store).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in store.rglob("*")
        if file.is_file()
    }


def lines(records: list[VideoRecord]) -> list[str]:
    return [record.line() for record in records]


LINES = [
    "videos/1_a.avi: extracted, 4 of 4 stacks",
    "videos/2_b.mp4: extracted, 4 of 4 stacks",
    "videos/10_slow.avi: left out: 10_slow.avi has 25 frames a second, 50 are needed (at least 47.5); "
    "use all of its frames nevertheless with --force-slow, or give the true rate with --fps",
    "videos/11_short.avi: left out: 11_short.avi has 5 usable frames, a stack needs 9 consecutive ones; "
    "record a longer video, or use an input type with fewer frames",
    "videos/12_text.avi: left out: 12_text.avi is not a video that can be read: it holds text (it begins 'patient 12')",
]


def test_every_video_has_a_line_and_a_second_run_does_nothing(
    videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = extract_folder(videos, CONFIG, tmp_path / "store", workers=1)
    assert lines(records) == LINES
    assert [record.file for record in records][:2] == ["videos/1_a.avi", "videos/2_b.mp4"]
    store = StackStore.open(tmp_path / "store")
    assert store.video_ids == ("1_a", "2_b")
    batch = store.read("2_b")
    assert [[number_in(frame) for frame in stack] for stack in batch.pixels] == batch.frame_idx.tolist()
    before = written(store.path)
    monkeypatch.setattr(extract_videos_module, "extract_stacks", None)  # would fail if it were called
    assert lines(extract_folder(videos, CONFIG, tmp_path / "store", workers=1)) == LINES
    assert written(store.path) == before


def written(folder: Path) -> dict[Path, int]:
    """When each file was last written, but for the lock, which some releases of filelock write each time."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != LOCK_FILE]
    return {path: path.stat().st_mtime_ns for path in files}


def test_workers_change_nothing(videos: Path, tmp_path: Path) -> None:
    extract_folder(videos, CONFIG, tmp_path / "one", workers=1)
    extract_folder(videos, CONFIG, tmp_path / "two", workers=2)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_a_changed_video_is_cut_anew(videos: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    make_video(data / "1.avi", 60)
    make_video(data / "2.avi", 60)
    extract_folder(data, CONFIG, tmp_path / "store", workers=1)
    make_video(data / "1.avi", 90)
    (data / "2.avi").write_text("gone")
    assert lines(extract_folder(data, CONFIG, tmp_path / "store", workers=1)) == [
        "1.avi: extracted, 4 of 4 stacks",
        "2.avi: left out: 2.avi is not a video that can be read: it holds text (it begins 'gone')",
    ]
    store = StackStore.open(tmp_path / "store")
    assert store.read("1").frame_idx.max() > 60
    assert store.video_ids == ("1",)


RUN = """
import sys
from pathlib import Path
from motilens.config import StackConfig
from motilens.stacks.extract_videos import extract_folder
if __name__ == "__main__":
    config = StackConfig(input_type="I3", stacks_per_video=4, size_px=64)
    extract_folder(Path(sys.argv[1]), config, Path(sys.argv[2]), workers=int(sys.argv[3]))
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_and_resumed_ends_with_the_same_store(tmp_path: Path, workers: int) -> None:
    data, script = noise(tmp_path / "data", 6), tmp_path / "run.py"
    script.write_text(RUN)
    killed = subprocess.Popen([sys.executable, str(script), str(data), str(tmp_path / "store"), str(workers)])
    records = tmp_path / "store/records"
    while killed.poll() is None and len(list(records.glob("[0-9]*.json"))) < 2:
        time.sleep(0.005)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert 2 <= len(StackStore.open(tmp_path / "store").video_ids) < 6
    extract_folder(data, CONFIG, tmp_path / "store", workers=1)
    extract_folder(data, CONFIG, tmp_path / "uninterrupted", workers=1)
    assert digest(tmp_path / "store") == digest(tmp_path / "uninterrupted")


def noise(data: Path, n_videos: int) -> Path:
    """Videos that take a while."""
    data.mkdir()
    pixels = np.random.default_rng(0).integers(0, 255, (480, 640), np.uint8)
    for number in range(n_videos):
        write_video(data / f"{number}.avi", (np.roll(pixels, shift, 1) for shift in range(80)), fps_hz=50.0, quality=10)
    return data


def test_a_second_process_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    data, store, script = noise(tmp_path / "data", 6), tmp_path / "store", tmp_path / "run.py"
    script.write_text(RUN)
    first = subprocess.Popen([sys.executable, str(script), str(data), str(store), "1"])
    while first.poll() is None and not list(store.glob("records/[0-9]*.json")):
        time.sleep(0.005)
    with pytest.raises(BusyError, match=rf"store is in use by process {first.pid} on .* since .* \(run\.py .*\); wait"):
        extract_folder(data, CONFIG, store, workers=1)
    assert first.poll() is None, "the first process ended too early to show anything"
    assert first.wait() == 0
    extract_folder(data, CONFIG, tmp_path / "alone", workers=1)
    assert digest(store) == digest(tmp_path / "alone")


def test_only_videos_that_are_there_now_are_given(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for number in (1, 2, 3):
        make_video(data / f"{number}.avi", 60)
    extract_folder(data, CONFIG, tmp_path / "store", workers=1)
    (data / "2.avi").unlink()
    assert [record.video_id for record in extract_folder(data, CONFIG, tmp_path / "store", workers=1)] == ["1", "3"]
    assert StackStore.open(tmp_path / "store").video_ids == ("1", "2", "3")


def test_one_video_is_cut_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    video, store = VideoFile.of(make_video(tmp_path / "1.avi", 60)), StackStore.create(tmp_path / "store", CONFIG)
    record = extract_into(video, store)
    assert (record.status, record.file, store.record("1")) == ("extracted", "1.avi", record)
    monkeypatch.setattr(extract_videos_module, "extract_stacks", None)  # would fail if it were called
    assert extract_into(video, store) == record


def test_one_video_that_cannot_be_used(tmp_path: Path) -> None:
    store = StackStore.create(tmp_path / "store", CONFIG)
    path = make_video(tmp_path / "1.avi", 60)
    extract_into(VideoFile.of(path), store)
    make_video(path, 5)
    record = extract_into(VideoFile(path, "1", "below/1.avi"), store)
    assert record.line().startswith("below/1.avi: left out: 1.avi has 5 usable frames")
    assert (record.file, store.record("1"), store.video_ids) == ("below/1.avi", record, ())
    with pytest.raises(MissingError, match="no such file"):
        extract_into(VideoFile.of(tmp_path / "2.avi"), store)


def test_videos_from_several_folders(tmp_path: Path) -> None:
    """As those of a data set: in the order given, and one that has gone is left out with its reason."""
    store = StackStore.create(tmp_path / "store", CONFIG)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    paths = [make_video(tmp_path / "b/2.avi", 60), tmp_path / "b/3.avi", make_video(tmp_path / "a/1.avi", 60)]
    videos = [VideoFile.of(path) for path in paths]
    records = extract_videos(videos, store, workers=1)
    assert list(records) == ["2", "3", "1"]
    assert [record.status for record in records.values()] == ["extracted", "left_out", "extracted"]
    assert "no such file" in records["3"].reason


def test_another_config(videos: Path, tmp_path: Path) -> None:
    extract_folder(videos, CONFIG, tmp_path / "store", workers=1)
    with pytest.raises(ConfigError, match="made with other settings: stacks_per_video was 4 and is now 5"):
        extract_folder(videos, CONFIG.model_copy(update={"stacks_per_video": 5}), tmp_path / "store")


def test_a_folder_of_something_else_is_left_alone(videos: Path, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"x")
    with pytest.raises(DataError, match="exists and is not a stack store; name a new or an empty folder"):
        extract_folder(videos, CONFIG, tmp_path, workers=1)
    assert [path.name for path in tmp_path.iterdir()] == ["photo.jpg"]


def test_nothing_to_do_with(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no such file or folder"):
        extract_folder(tmp_path / "nowhere", CONFIG, tmp_path / "store")
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingError, match="no video in"):
        extract_folder(tmp_path / "empty", CONFIG, tmp_path / "store")
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_full_disk_stops_at_once_and_keeps_what_is_finished(tmp_path: Path, small_disk: Path, workers: int) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for number in range(8):
        write_video(
            data / f"{number}.avi",
            (np.random.default_rng(frame).integers(0, 255, (64, 64), np.uint8) for frame in range(40)),
            fps_hz=50.0,
            quality=2,
        )
    with pytest.raises(StorageError, match="the disk is full"):
        extract_folder(data, CONFIG, small_disk / "store", workers=workers)
    done = StackStore.open(small_disk / "store").video_ids
    assert 0 < len(done) < 8
    assert all(len(StackStore.open(small_disk / "store").read(video_id)) == 4 for video_id in done)


def test_a_read_only_place(videos: Path, read_only_disk: Path) -> None:
    with pytest.raises(StorageError, match="read-only"):
        extract_folder(videos, CONFIG, read_only_disk / "store")


# --- stacks with pixels of a given width in um

IN_UM = CONFIG.model_copy(update={"um_per_px": 1.0})


def forbid_cutting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract_videos_module, "extract_stacks", None)  # would fail if it were called


@pytest.mark.parametrize("workers", [1, 2])
def test_each_video_has_the_size_that_its_width_of_a_pixel_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    store = StackStore.create(tmp_path / "store", IN_UM)
    videos = [VideoFile.of(make_video(tmp_path / name, 60)) for name in ("1.avi", "2.avi")]  # 96 x 128 pixels
    widths = {"1": 0.5, "2": 0.75}
    records = extract_videos(videos, store, um_per_px=widths, workers=workers)
    assert {video_id: record.um_per_px for video_id, record in records.items()} == widths
    assert {video_id: record.size_px for video_id, record in records.items()} == {"1": (48, 64), "2": (72, 96)}
    for video_id, record in records.items():
        pixels = store.read(video_id).pixels
        assert pixels.shape[2:] == record.size_px and pixels.nbytes == store.n_bytes(record)
    forbid_cutting(monkeypatch)
    assert extract_videos(videos, store, um_per_px=widths, workers=1) == records


def test_another_width_of_a_pixel_is_another_extraction_of_that_video_alone(tmp_path: Path) -> None:
    store = StackStore.create(tmp_path / "store", IN_UM)
    videos = [VideoFile.of(make_video(tmp_path / name, 60)) for name in ("1.avi", "2.avi")]
    extract_videos(videos, store, um_per_px={"1": 0.5, "2": 0.5}, workers=1)
    before = written(store.path / "videos" / "1")
    records = extract_videos(videos, store, um_per_px={"1": 0.5, "2": 1.0}, workers=1)
    assert (records["2"].um_per_px, records["2"].size_px) == (1.0, (96, 128))
    assert store.read("2").pixels.shape[2:] == (96, 128)
    assert written(store.path / "videos" / "1") == before


def test_squares_are_the_same_whatever_the_width_of_a_pixel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, video = StackStore.create(tmp_path / "store", CONFIG), VideoFile.of(make_video(tmp_path / "1.avi", 60))
    record = extract_into(video, store, um_per_px=0.5)
    assert (record.um_per_px, record.size_px) == (None, (64, 64))
    forbid_cutting(monkeypatch)
    assert extract_into(video, store, um_per_px=0.7) == record


def test_a_video_that_was_left_out_is_not_tried_again_at_the_same_width_of_a_pixel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = StackStore.create(tmp_path / "store", IN_UM)
    video = VideoFile.of(make_video(tmp_path / "1.avi", 60))
    record = extract_into(video, store, um_per_px=0.1)
    assert record.line() == (
        "1.avi: left out: 1.avi has 128 x 96 pixels of 0.1 um, which makes stacks of 13 x 10 pixels of 1 um; allowed: "
        "at least 32 on each side, and 16777216 in all; give the true width of a pixel with --um-per-px"
    )
    with monkeypatch.context() as patch:
        forbid_cutting(patch)
        assert extract_into(video, store, um_per_px=0.1) == record
    assert extract_into(video, store, um_per_px=0.5).status == "extracted"


def test_videos_whose_width_of_a_pixel_is_not_known_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    make_video(tmp_path / "data" / "1.avi", 60)
    (record,) = extract_folder(tmp_path / "data", IN_UM, tmp_path / "store", workers=1)
    assert record.line() == (
        "1.avi: left out: the width of a pixel of 1.avi is not known, and stacks with pixels of 1 um need it; give it "
        "as Recording(..., um_per_px=...), or choose stacks of a given size_px"
    )


def test_settings_that_are_not_allowed_are_told_at_once() -> None:
    with pytest.raises(
        ConfigError, match="cannot cut such stacks: stacks_per_video is 0: .*; size_px is 99: .*multiple of 4"
    ):
        stack_config(stacks_per_video=0, size_px=99)


def test_command(videos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["extract", str(videos), "--input", "I3", "--stacks", "4", "--size", "64", "--workers", "1"]
    assert main([*command, "--out", str(tmp_path / "store")]) == 3
    *lines, last = capsys.readouterr().out.splitlines()
    assert lines == LINES
    assert last == f"5 videos, 3 left out; 8 stacks in {tmp_path / 'store'}."
    assert main([*command, "--out", str(tmp_path / "store"), "--force-slow"]) == 1
    assert "force_slow was False and is now True" in capsys.readouterr().err
    assert main([*command, "--out", str(tmp_path / "forced"), "--force-slow"]) == 3
    assert (
        "videos/10_slow.avi: extracted, 4 of 4 stacks; forced: all frames are used although there are 25 a second"
        in capsys.readouterr().out
    )
    assert main(["extract", str(videos), "--size", "30", "--out", str(tmp_path / "s")]) == 1
    assert "motilens: error: cannot cut such stacks: size_px is 30" in capsys.readouterr().err
    assert main(["extract", str(videos), "--input", "I5", "--out", str(tmp_path / "s")]) == 2
