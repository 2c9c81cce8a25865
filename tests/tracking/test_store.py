"""Tracks that are kept: used for the same video, settings and scale, and made again for any other."""

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from motilens.config import TrackingConfig
from motilens.errors import DataError, MissingError
from motilens.tracking import store as module
from motilens.tracking.store import track_into, track_videos, tracks_path
from motilens.tracking.track_file import TrackRecord, read_tracks
from motilens.tracking.tracks import Scale
from motilens.video.writer import write_video
from tests.tracking.scenes import SCALE, film, straight

CONFIG = TrackingConfig(seconds=2.0)


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("videos")
    write_video(root / "1.avi", film(straight(60, [30.0] * 4 + [0.0] * 4)), fps_hz=50.0, codec="ffv1")
    write_video(root / "2.avi", film(straight(60, [0.0] * 8)), fps_hz=50.0, codec="ffv1")
    (root / "3.avi").write_text("patient 3\n")
    write_video(root / "4.avi", film(straight(20, [0.0] * 8)), fps_hz=50.0, codec="ffv1")
    return {path.stem: path for path in sorted(root.glob("*.avi"))}


def jobs(videos: Mapping[str, Path], scale: Scale = SCALE) -> list[tuple[Path, Scale]]:
    return [(path, scale) for path in videos.values()]


@pytest.fixture(scope="module")
def kept(videos: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, TrackRecord]]:
    folder = tmp_path_factory.mktemp("tracks")
    return folder, track_videos(jobs(videos), folder, CONFIG, workers=1)


@pytest.fixture
def no_tracking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail when a video is tracked."""
    monkeypatch.setattr(module, "track_video", lambda *of: pytest.fail("tracked again"))


def test_every_video_has_a_record_and_those_without_tracks_a_reason(
    kept: tuple[Path, dict[str, TrackRecord]],
) -> None:
    folder, records = kept
    assert list(records) == ["1", "2", "3", "4"] and records["1"].file == "1.avi"
    assert [record.n_tracks for record in records.values()] == [8, 8, 0, 0]
    assert {i: record.problems for i, record in records.items() if record.problems} == {
        "3": ("3.avi is not a video that can be read: it holds text (it begins 'patient 3')",),
        "4": ("no segment of 1 s between stage moves; the longest has 20 frames",),
    }
    assert read_tracks(tracks_path(folder, "3")) == () and records["4"].n_short == 1
    assert records["1"].cpu_s > 0 and records["1"].scale == SCALE


@pytest.mark.usefixtures("no_tracking")
def test_what_is_kept_is_not_tracked_again(videos: dict[str, Path], kept: tuple[Path, dict[str, TrackRecord]]) -> None:
    folder, records = kept
    assert track_videos(jobs(videos), folder, CONFIG) == records
    tracks, record = track_into(videos["2"], SCALE, folder, CONFIG)
    assert record == records["2"] and [len(t) for t in tracks] == [8]
    assert track_into(videos["3"], SCALE, folder, CONFIG) == ((), records["3"])


def test_the_number_of_workers_changes_nothing(
    videos: dict[str, Path], kept: tuple[Path, dict[str, TrackRecord]], tmp_path: Path
) -> None:
    folder, records = kept
    for video_id, record in track_videos(jobs(videos), tmp_path, CONFIG, workers=2).items():
        assert record.model_copy(update={"cpu_s": 0}) == records[video_id].model_copy(update={"cpu_s": 0})
        one, other = (read_tracks(tracks_path(at, video_id)) for at in (folder, tmp_path))
        for a, b in zip(one, other, strict=True):
            assert np.array_equal(a.x_px, b.x_px) and np.array_equal(a.beat, b.beat, equal_nan=True)


def test_another_content_scale_or_setting_is_tracked_anew(videos: dict[str, Path], tmp_path: Path) -> None:
    changing, folder = tmp_path / "2.avi", tmp_path / "tracks"
    changing.write_bytes(videos["2"].read_bytes())
    assert track_into(changing, SCALE, folder, CONFIG)[1].n_tracks == 8
    write_video(changing, film(straight(60, [30.0] * 4)), fps_hz=50.0, codec="ffv1")
    assert track_into(changing, SCALE, folder, CONFIG)[1].n_tracks == 4
    (tracks,), record = track_into(changing, Scale(0.4, 50.0), folder, CONFIG)
    assert record.um_per_px == tracks.scale.um_per_px == 0.4
    shorter = TrackingConfig(seconds=1.0)
    assert track_into(changing, Scale(0.4, 50.0), folder, shorter)[1].tracked == ((5, 55),)
    assert [path.name for path in folder.iterdir()] == ["2.npz"]


def test_a_damaged_file_is_made_again_with_a_warning(
    videos: dict[str, Path], kept: tuple[Path, dict[str, TrackRecord]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    damaged = tracks_path(tmp_path, "2")
    damaged.write_bytes(tracks_path(kept[0], "2").read_bytes()[:500])
    with caplog.at_level(logging.WARNING, logger="motilens"):
        tracks, _ = track_into(videos["2"], SCALE, tmp_path, CONFIG)
    assert "2.npz does not hold tracks written by this version" in caplog.text
    assert [len(t) for t in tracks] == [len(t) for t in read_tracks(damaged)] == [8]


def test_without_a_folder_nothing_is_kept(
    videos: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tracks, record = track_into(videos["2"], SCALE, None, CONFIG)
    assert [len(t) for t in tracks] == [8] and record.n_tracks == 8 and list(tmp_path.iterdir()) == []


def test_missing_videos_and_two_of_one_name_are_refused(videos: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"no video at .*7.avi; correct the path"):
        track_videos([(tmp_path / "7.avi", SCALE)], tmp_path, CONFIG)
    with pytest.raises(DataError, match="2 videos with 1 different names; rename or remove those named alike"):
        track_videos([(videos["1"], SCALE), (videos["1"], SCALE)], tmp_path, CONFIG)
    with pytest.raises(MissingError, match=r"no tracks at .*9.npz; track the video first"):
        read_tracks(tracks_path(tmp_path, "9"))


def test_a_name_is_quoted_and_stays_in_the_folder(tmp_path: Path) -> None:
    assert tracks_path(tmp_path, "50% v/v..") == tmp_path / "50%25 v%2Fv...npz"
