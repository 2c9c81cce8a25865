"""Tracks that are kept: used for the same video, settings and scale, and made again for any other."""

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from motilens.config import TrackingConfig
from motilens.errors import MissingError, UndecodableError
from motilens.tracking import store as module
from motilens.tracking.store import TrackJob, track_into, track_videos, tracks_path
from motilens.tracking.track_file import TrackRecord, read_tracks
from motilens.video.source import VideoFile
from motilens.video.writer import write_video
from tests.tracking.scenes import SCALE, film, straight

CONFIG = TrackingConfig(seconds=2.0)


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("videos")
    write_video(root / "1.avi", film(straight(60, [30.0] * 4 + [0.0] * 4)), fps_hz=50.0, codec="ffv1")
    write_video(root / "2.avi", film(straight(60, [0.0] * 8)), fps_hz=50.0, codec="ffv1")
    write_video(root / "4.avi", film(straight(20, [0.0] * 8)), fps_hz=50.0, codec="ffv1")
    return {path.stem: path for path in sorted(root.glob("*.avi"))}


def job(
    video: Path, folder: Path | None, *, um_per_px: float = SCALE.um_per_px, config: TrackingConfig = CONFIG
) -> TrackJob:
    return TrackJob(VideoFile.of(video), um_per_px, config, folder, None)


def jobs(videos: Mapping[str, Path], folder: Path) -> list[TrackJob]:
    return [job(path, folder) for path in videos.values()]


@pytest.fixture(scope="module")
def kept(videos: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, TrackRecord]]:
    folder = tmp_path_factory.mktemp("tracks")
    return folder, track_videos(jobs(videos, folder), workers=1)


@pytest.fixture
def no_tracking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail when a video is tracked."""
    monkeypatch.setattr(module, "track_video", lambda *of: pytest.fail("tracked again"))


def test_every_video_has_a_record_and_those_without_tracks_a_reason(
    kept: tuple[Path, dict[str, TrackRecord]],
) -> None:
    folder, records = kept
    assert list(records) == ["1", "2", "4"] and records["1"].file == "1.avi"
    assert [record.n_tracks for record in records.values()] == [8, 8, 0]
    assert {i: record.problems for i, record in records.items() if record.problems} == {
        "4": ("no segment of 1 s between stage moves; the longest has 20 frames",),
    }
    assert read_tracks(tracks_path(folder, "4")) == () and records["4"].n_short == 1
    assert records["1"].cpu_s > 0 and records["1"].scale == SCALE


@pytest.mark.usefixtures("no_tracking")
def test_what_is_kept_is_not_tracked_again(videos: dict[str, Path], kept: tuple[Path, dict[str, TrackRecord]]) -> None:
    folder, records = kept
    assert track_videos(jobs(videos, folder)) == records
    tracks, record = track_into(job(videos["2"], folder))
    assert record == records["2"] and [len(t) for t in tracks] == [8]
    assert track_into(job(videos["4"], folder)) == ((), records["4"])


def test_the_number_of_workers_changes_nothing(
    videos: dict[str, Path], kept: tuple[Path, dict[str, TrackRecord]], tmp_path: Path
) -> None:
    folder, records = kept
    for video_id, record in track_videos(jobs(videos, tmp_path), workers=2).items():
        assert record.model_copy(update={"cpu_s": 0}) == records[video_id].model_copy(update={"cpu_s": 0})
        one, other = (read_tracks(tracks_path(at, video_id)) for at in (folder, tmp_path))
        for a, b in zip(one, other, strict=True):
            assert np.array_equal(a.x_px, b.x_px) and np.array_equal(a.beat, b.beat, equal_nan=True)


def test_another_content_scale_or_setting_is_tracked_anew(videos: dict[str, Path], tmp_path: Path) -> None:
    changing, folder = tmp_path / "2.avi", tmp_path / "tracks"
    changing.write_bytes(videos["2"].read_bytes())
    assert track_into(job(changing, folder))[1].n_tracks == 8
    write_video(changing, film(straight(60, [30.0] * 4)), fps_hz=50.0, codec="ffv1")
    assert track_into(job(changing, folder))[1].n_tracks == 4
    (tracks,), record = track_into(job(changing, folder, um_per_px=0.4))
    assert record.um_per_px == tracks.scale.um_per_px == 0.4
    shorter = TrackingConfig(seconds=1.0)
    assert track_into(job(changing, folder, um_per_px=0.4, config=shorter))[1].tracked == ((5, 55),)
    assert [path.name for path in folder.iterdir()] == ["2.npz"]


def test_a_damaged_file_is_made_again_with_a_warning(
    videos: dict[str, Path], kept: tuple[Path, dict[str, TrackRecord]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    damaged = tracks_path(tmp_path, "2")
    damaged.write_bytes(tracks_path(kept[0], "2").read_bytes()[:500])
    with caplog.at_level(logging.WARNING, logger="motilens"):
        tracks, _ = track_into(job(videos["2"], tmp_path))
    assert "2.npz does not hold tracks written by this version" in caplog.text
    assert [len(t) for t in tracks] == [len(t) for t in read_tracks(damaged)] == [8]


def test_without_a_folder_nothing_is_kept(
    videos: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tracks, record = track_into(job(videos["2"], None))
    assert [len(t) for t in tracks] == [8] and record.n_tracks == 8 and list(tmp_path.iterdir()) == []


def test_what_cannot_be_tracked_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"no such file: .*7\.avi"):
        track_videos([job(tmp_path / "7.avi", tmp_path)])
    (tmp_path / "3.avi").write_text("patient 3\n")
    with pytest.raises(UndecodableError, match=r"3\.avi is not a video that can be read: it holds text"):
        track_into(job(tmp_path / "3.avi", tmp_path))
    with pytest.raises(MissingError, match=r"no tracks at .*9.npz; track the video first"):
        read_tracks(tracks_path(tmp_path, "9"))


def test_a_name_stays_in_the_folder_and_is_not_made_longer(tmp_path: Path) -> None:
    assert tracks_path(tmp_path, "2_x SSW") == tmp_path / "2_x SSW.npz"
    for name in ("../50% v/v..", "患者" * 40, "p" * 240):
        path = tracks_path(tmp_path, name)
        assert path.parent == tmp_path and len(path.name) <= 104
