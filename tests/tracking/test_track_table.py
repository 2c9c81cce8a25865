"""The table of tracks of videos whose cells are known."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from motilens.config import DetectConfig, TrackingConfig
from motilens.errors import InputError, MissingError
from motilens.tracking.kinematics import QUANTITIES
from motilens.tracking.table_files import write_csv
from motilens.tracking.track_table import TrackRow, VideoSummary, summary_path, track_rows, track_table
from motilens.tracking.tracks import Scale
from motilens.video.writer import write_video
from tests.tracking.scenes import SCALE, film, straight, tracks_at


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


# --- rows


def test_a_row_has_the_means_over_seconds_and_the_class_of_most_of_them() -> None:
    # Two seconds at 10 um/s, then one second at 40: straight all the way.
    steps_um = np.repeat([10.0, 40.0], [100, 50]) / SCALE.fps_hz
    x_px = 30 + np.concatenate([[0], np.cumsum(steps_um)]) / SCALE.um_per_px
    places = np.stack([x_px, np.full(151, 20.0)], axis=1)[:, None]
    (row,) = track_rows("a.avi", tracks_at(places), numbers=200 + np.arange(len(places)), first_track=7)
    assert (row.video, row.track, row.first_frame, row.last_frame, row.duration_s) == ("a.avi", 7, 200, 350, 3.0)
    assert (row.mean_x_um, row.mean_y_um) == pytest.approx((x_px.mean() * 0.5, 10.0))
    assert [getattr(row, name) for name in QUANTITIES] == pytest.approx([20, 20, 20, 1, 1, 1, 0, 0], abs=1e-9)
    assert row.motility_class == "slow"
    assert (row.rapid_s, row.slow_s, row.non_progressive_s, row.immotile_s) == pytest.approx((1, 2, 0, 0))


def test_beating_and_still_cells_are_told_by_their_class() -> None:
    tracks = tracks_at(straight(51, [0.0, 0.0]))
    beating = replace(tracks, beat=np.where(tracks.track == 0, 2.0, 1.0))
    assert [row.motility_class for row in track_rows("a", beating, numbers=np.arange(51), first_track=0)] == [
        "non_progressive",
        "immotile",
    ]


# --- files


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("videos")
    write_video(folder / "1.avi", film(straight(60, [30.0, 30.0, 10.0, 0.0])), fps_hz=50.0, codec="ffv1")
    write_video(folder / "2.avi", film(straight(20, [30.0])), fps_hz=50.0, codec="ffv1")
    (folder / "3.avi").write_text("no video\n")
    return folder


@pytest.fixture(scope="module")
def table(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[VideoSummary, ...]]:
    out = tmp_path_factory.mktemp("out") / "tracks.csv"
    return out, track_table([videos], out, um_per_px=SCALE.um_per_px, workers=1)


def test_the_table_has_a_row_for_each_track(table: tuple[Path, tuple[VideoSummary, ...]]) -> None:
    rows = rows_of(table[0])
    assert list(rows[0]) == list(TrackRow.model_fields)
    assert [(row["video"], row["track"]) for row in rows] == [("1.avi", str(k)) for k in range(4)]
    by_height = sorted(rows, key=lambda row: float(row["mean_y_um"]))
    assert [float(row["vsl_um_s"]) for row in by_height] == pytest.approx([30, 30, 10, 0], abs=0.5)
    assert [row["motility_class"] for row in by_height] == ["rapid", "rapid", "slow", "immotile"]
    assert {(row["first_frame"], row["last_frame"], row["duration_s"]) for row in rows} == {("0", "59", "1.18")}


def test_the_summary_has_a_row_for_each_video(table: tuple[Path, tuple[VideoSummary, ...]]) -> None:
    out, summaries = table
    assert summary_path(out).name == "tracks.summary.csv"
    assert [row["video"] for row in rows_of(summary_path(out))] == ["1.avi", "2.avi", "3.avi"]
    one, short, text = summaries
    shares = one.rapid_pct, one.slow_pct, one.non_progressive_pct, one.immotile_pct
    assert shares == pytest.approx((50, 25, 0, 25)) and one.n_tracks == 4
    assert one.cell_seconds == pytest.approx(4 * 59 / 50) and one.tracked_s == pytest.approx(60 / 50)
    assert one.left_out is None and one.notes == "at 50 frames/s VCL, ALH and BCF come out too small"
    assert short.left_out == "no segment of 1 s between stage moves; the longest has 20 frames"
    assert text.left_out is not None and "3.avi is not a video" in text.left_out
    for nothing in (short, text):
        assert (nothing.n_tracks, nothing.rapid_pct, nothing.notes) == (0, None, "")


def test_parquet_holds_the_same_and_workers_change_nothing(
    videos: Path, table: tuple[Path, tuple[VideoSummary, ...]], tmp_path: Path
) -> None:
    from pyarrow import parquet

    out = tmp_path / "new" / "tracks.parquet"
    assert track_table([videos], out, um_per_px=SCALE.um_per_px, workers=2) == table[1]
    assert {path.name for path in out.parent.iterdir()} == {"tracks.parquet", "tracks.summary.csv"}
    rows = [TrackRow.model_validate(row) for row in parquet.read_table(out).to_pylist()]
    assert len(rows) == 4
    write_csv(tmp_path / "again.csv", TrackRow, rows)
    assert (tmp_path / "again.csv").read_text() == table[0].read_text()


def test_dark_heads_are_tracked_when_asked_for(tmp_path: Path) -> None:
    dark = 255 - film(straight(60, [30.0, 0.0]))
    write_video(tmp_path / "dark.avi", dark, fps_hz=60.0, codec="ffv1")
    config = TrackingConfig(detect=DetectConfig(polarity="dark"))
    (found,) = track_table([tmp_path / "dark.avi"], tmp_path / "t.csv", um_per_px=0.5, config=config)
    assert (found.n_tracks, found.rapid_pct, found.immotile_pct, found.notes) == (2, 50, 50, "")


def test_a_video_without_cells_says_so(tmp_path: Path) -> None:
    noise = film(np.zeros((30, 0, 2)))
    write_video(tmp_path / "none.avi", noise, fps_hz=25.0, codec="ffv1")
    (found,) = track_table([tmp_path / "none.avi"], tmp_path / "t.csv", um_per_px=0.5)
    assert (found.left_out, found.cell_seconds, found.fps_hz) == ("no head was followed for 25 frames", 0, 25)
    assert rows_of(tmp_path / "t.csv") == []


def test_what_cannot_be_is_refused_before_a_video_is_read(
    videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("motilens.tracking.track_table.surveyed", lambda *of: pytest.fail("a video was read"))
    for name, told in (("t.xlsx", "ends in .xlsx"), ("t", "has no extension")):
        with pytest.raises(InputError, match=f"--out {name} {told}; allowed: .csv or .parquet"):
            track_table([videos], tmp_path / name, um_per_px=0.5)
    with pytest.raises(InputError, match="um_per_px is 0.0; allowed: above 0"):
        track_table([videos], tmp_path / "t.csv", um_per_px=0.0)
    with pytest.raises(MissingError, match="no such file or folder"):
        track_table([tmp_path / "9.avi"], tmp_path / "t.csv", um_per_px=0.5)
    assert list(tmp_path.iterdir()) == []


def test_the_scale_of_lengths_is_what_was_given(tmp_path: Path) -> None:
    places = straight(51, [30.0], scale=Scale(0.5, 50.0))
    half, whole = (
        next(track_rows("a", tracks_at(places, scale=Scale(um, 50.0)), numbers=np.arange(51), first_track=0))
        for um in (0.5, 1.0)
    )
    assert (whole.vsl_um_s, whole.mean_x_um) == pytest.approx((2 * half.vsl_um_s, 2 * half.mean_x_um))
