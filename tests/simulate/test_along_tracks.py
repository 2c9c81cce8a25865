"""Data sets along real tracks: cells where people saw heads, classes by speed and the laboratory's ratio."""

import gzip
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from motilens.data.visem import read_participants
from motilens.errors import ConfigError, InputError
from motilens.simulate.along_tracks import simulate_along_tracks
from motilens.simulate.real_tracks import COLUMNS, read_real_tracks
from motilens.simulate.tables import tables
from motilens.simulate.truth import labels_path, read_cells, read_truth
from tests.simulate.factories import every_file, truth
from tests.simulate.scenes import UM_PER_PX, boxes, decoded

N_FRAMES = 40
Path2 = list[tuple[float, float]]
"""Places in pixels of 640 x 480, one a frame."""


def straight(x: float, y: float, px_per_frame: float) -> Path2:
    return [(x + px_per_frame * k, y) for k in range(N_FRAMES)]


TRACKS: list[tuple[int, Path2]] = [
    (0, straight(100, 100, 1.0)),  # 24.75 um/s
    (0, straight(500, 300, -0.5)),  # 12.4 um/s
    (0, straight(200, 400, 0.15)),  # 3.7 um/s: not progressive
    (0, straight(300, 200, 0.1)),
    (10, straight(400, 250, 0.02)),
    (0, straight(450, 60, 0.0)),
]
"""First frame and places. Two progressive tracks; of the four that stand, two are livelier than the others."""


def write_table(path: Path, tracks: list[tuple[int, Path2]] = TRACKS, video: int = 12) -> Path:
    rows = [
        f"{video},{first + k},{track},0,{x:.3f},{y:.3f},17.0,18.0"
        for track, (first, places) in enumerate(tracks)
        for k, (x, y) in enumerate(places)
    ]
    path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
    return path


def write_labels(path: Path, participant: int = 12, **changes: object) -> Path:
    """The laboratory's row: 40.5 % progressive, 30 % non-progressive, 29.5 % immotile, or as changed."""
    known = truth(participant)
    exact = known.exact.model_copy(update=changes)
    text = tables([known.model_copy(update={"exact": exact})], "exact")["semen_analysis_data.csv"]
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def inputs(tmp_path: Path) -> dict[str, Any]:
    return {"tracks": write_table(tmp_path / "boxes.csv"), "labels": write_labels(tmp_path / "lab.csv")}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("along")
    made = simulate_along_tracks(
        folder / "set",
        tracks=write_table(folder / "boxes.csv"),
        labels=write_labels(folder / "lab.csv"),
        codec="ffv1",
        difficulty="easy",
    )
    assert (made.participants, made.n_made, made.length_s) == (1, 1, 1.0)  # 10 + 40 frames
    return folder / "set"


def test_heads_are_bright_where_the_tracks_are(drawn: Path) -> None:
    """5 x 5 pixels on each place are far above the median; the beat moves heads by a few pixels at most."""
    known = read_truth(drawn, 12)
    grey = decoded(drawn / "videos" / known.video)
    assert grey.shape == (50, 480, 640)
    above = []
    for first, places in TRACKS:
        for k in range(0, N_FRAMES, 5):
            x, y = (int(v) for v in places[k])
            above.append(grey[first + k, y - 3 : y + 4, x - 3 : x + 4].max() - float(np.median(grey[first + k])))
    assert (np.array(above) > 25).mean() > 0.95


def test_boxes_follow_the_tracks(drawn: Path) -> None:
    """Their mean over the frames is the track's: the beat goes to both sides; 3 um is the widest that it goes."""
    frames = boxes(drawn, 12)
    for track, (first, places) in enumerate(TRACKS):
        there = [
            (x * 640, y * 480) for frame in frames[first : first + N_FRAMES] for t, _, x, y, *_ in frame if t == track
        ]
        assert len(there) == N_FRAMES
        apart = np.array(there) - places
        assert np.abs(apart).max() < 3 / UM_PER_PX + 1
        np.testing.assert_allclose(apart.mean(axis=0), 0, atol=1.5)
    assert all(t != 4 for frame in frames[:10] for t, *_ in frame)  # not there before its first frame
    assert [t for t, *_ in frames[-1]] == [4]  # and the others not after their last


def test_classes_follow_speed_and_the_laboratorys_ratio(drawn: Path) -> None:
    """30 to 29.5: half of the frames of those that stand, and it is the livelier half that beats."""
    cells = {cell.track: cell for cell in read_cells(drawn, 12)}
    assert [cells[k].kind for k in range(6)] == [
        "progressive", "progressive", "non-progressive", "non-progressive", "immotile", "immotile",
    ]  # fmt: skip
    for k, speed_px in ((0, 1.0), (1, 0.5), (2, 0.15)):
        assert cells[k].vap_um_s == pytest.approx(speed_px * 50 * UM_PER_PX, rel=0.15)
    assert cells[0].gait == "straight" and cells[5].gait == "still"
    assert all((cell.beat_hz == 0) == (cell.kind == "immotile") for cell in cells.values())
    seen = read_truth(drawn, 12).seen.motility_pct
    assert seen == pytest.approx((100 / 3, 100 / 3, 100 / 3))


@pytest.mark.parametrize(
    ("motility", "kinds"),
    [
        ((50.0, 0.0, 50.0), "iiii"),
        ((50.0, 50.0, 0.0), "nnnn"),
        ((50.0, 12.5, 37.5), "niii"),
        ((100.0, 0.0, 0.0), "iiii"),
    ],
)
def test_other_ratios(tmp_path: Path, motility: tuple[float, float, float], kinds: str) -> None:
    labels = write_labels(tmp_path / "lab.csv", motility_pct=motility)
    simulate_along_tracks(tmp_path / "set", tracks=write_table(tmp_path / "boxes.csv"), labels=labels, size=(120, 160))
    cells = sorted(read_cells(tmp_path / "set", 12), key=lambda cell: cell.track)
    assert "".join(cell.kind[0] for cell in cells) == "pp" + kinds


def test_the_laboratorys_values_are_copied_not_drawn(drawn: Path) -> None:
    known, (row,) = read_truth(drawn, 12), read_participants(drawn).rows.values()
    assert row.motility == known.exact.motility_pct == known.counted.motility_pct == (40.5, 30.0, 29.5)
    assert row.morphology == known.exact.morphology_pct == (95.0, 20.25, 10.0)
    assert (row.participant, row.concentration, known.counted_cells) == ("12", 12.5, None)
    assert (drawn / "videos" / "12.avi").is_file() and known.stage_moves == ()


def test_workers_and_further_participants_change_nothing(tmp_path: Path, inputs: dict[str, Any]) -> None:
    """The same bytes from two processes as from one, and for participant 12 with a second one beside."""
    both = tmp_path / "both.csv"
    more = write_table(tmp_path / "more.csv", TRACKS[:2], video=3).read_text().splitlines()[1:]
    both.write_text(inputs["tracks"].read_text() + "\n".join(more) + "\n")
    rows = [write_labels(tmp_path / f"{n}.csv", n).read_text(encoding="utf-8-sig").splitlines() for n in (3, 12)]
    labels = tmp_path / "labels.csv"
    labels.write_text("\n".join([rows[0][0], rows[0][1], rows[1][1]]) + "\n", encoding="utf-8")
    simulate_along_tracks(tmp_path / "one", **inputs, size=(120, 160))
    for workers in (1, 2):
        simulate_along_tracks(tmp_path / f"w{workers}", tracks=both, labels=labels, size=(120, 160), workers=workers)
    one, two, alone = (every_file(tmp_path / name) for name in ("w1", "w2", "one"))
    assert one == two
    for name in ("videos/12.avi", "truth/12.json", "truth/12_cells.csv", "truth/12_labels.zip"):
        assert one[name] == alone[name]


def test_it_goes_on_and_refuses_other_settings(tmp_path: Path, inputs: dict[str, Any]) -> None:
    out = tmp_path / "set"
    simulate_along_tracks(out, **inputs, size=(120, 160))
    assert simulate_along_tracks(out, **inputs, size=(120, 160)).n_found == 1
    with pytest.raises(ConfigError, match=r"another seed \(0 there, 1 now\)"):
        simulate_along_tracks(out, **inputs, size=(120, 160), seed=1)
    write_table(inputs["tracks"], TRACKS[:3])
    with pytest.raises(ConfigError, match=r"another tracks \(.* there, .* now\)"):
        simulate_along_tracks(out, **inputs, size=(120, 160))


def test_only_some_of_those_that_have_tracks(tmp_path: Path, inputs: dict[str, Any]) -> None:
    other = tmp_path / "both.csv"
    more = write_table(tmp_path / "more.csv", TRACKS[:2], video=3).read_text().splitlines()[1:]
    other.write_text(inputs["tracks"].read_text() + "\n".join(more) + "\n")  # 3 has no values, and need not have
    made = simulate_along_tracks(tmp_path / "set", tracks=other, labels=inputs["labels"], only=[12], size=(120, 160))
    assert made.participants == 1
    with pytest.raises(InputError, match=r"both\.csv has no tracks of participants \[7\]; allowed: some of \[3, 12\]"):
        simulate_along_tracks(tmp_path / "other", tracks=other, labels=inputs["labels"], only=[7, 12])


def unpack(out: Path, to: Path, *participants: int) -> Path:
    for participant in participants:
        with zipfile.ZipFile(labels_path(out, participant)) as labels:
            labels.extractall(to)
    return to


def test_our_own_truth_reads_back_as_tracks(drawn: Path, tmp_path: Path) -> None:
    (video,) = read_real_tracks(unpack(drawn, tmp_path, 12)).values()
    assert (video.participant, video.n_frames, len(video.tracks)) == (12, 50, 6)
    for track, (first, places) in zip(video.tracks, TRACKS, strict=True):
        assert (track.first_frame, track.end_frame) == (first, first + N_FRAMES)
        assert np.abs(track.places_px - places).max() < 3 / UM_PER_PX + 1


def test_a_simulated_set_can_be_drawn_once_more_along_its_own_tracks(filmed: Path, tmp_path: Path) -> None:
    tracks = unpack(filmed, tmp_path / "tracks", 1, 2)
    out = tmp_path / "again"
    labels = filmed / "semen_analysis_data.csv"
    made = simulate_along_tracks(out, tracks=tracks, labels=labels, size=(120, 160), difficulty="easy")
    assert (made.participants, made.length_s) == (2, 2.4)
    assert read_participants(out).rows == read_participants(filmed).rows


@pytest.mark.parametrize("named", [".", "Train"])
def test_the_published_folder_with_its_own_table(drawn: Path, tmp_path: Path, named: str) -> None:
    """VISEM-Tracking as it is unpacked: ``Train/<id>/labels_ftid`` and the table beside ``Train``."""
    unpack(drawn, tmp_path / "visem" / "Train", 12)
    write_labels(tmp_path / "visem" / "semen_analysis_data_Train.csv")
    made = simulate_along_tracks(tmp_path / "set", tracks=tmp_path / "visem" / named, size=(120, 160))
    assert (made.participants, made.n_made) == (1, 1)
    assert read_participants(tmp_path / "set").rows["12"].motility == (40.5, 30.0, 29.5)


def test_a_folder_of_tracks_that_changed_is_another_input(drawn: Path, tmp_path: Path) -> None:
    tracks, labels = unpack(drawn, tmp_path / "tracks", 12), write_labels(tmp_path / "lab.csv")
    simulate_along_tracks(tmp_path / "set", tracks=tracks, labels=labels, size=(120, 160))
    (tracks / "12" / "labels_ftid" / "12_frame_3_with_ftid.txt").write_text("0 0 0.5 0.5 0.03 0.03\n")
    with pytest.raises(ConfigError, match="another tracks"):
        simulate_along_tracks(tmp_path / "set", tracks=tracks, labels=labels, size=(120, 160))


def test_real_tracks_with_real_values(real_data: Path, tmp_path: Path) -> None:
    """The first 30 frames of two videos of VISEM-Tracking: a bright head in nearly every annotated box.

    Not in all of them: where an annotation jumps, the cell goes there smoothly.
    """
    whole, labels = (real_data / "visem_tracking" / name for name in ("head_boxes.csv.gz", "semen_analysis_data.csv"))
    if not (whole.exists() and labels.exists()):
        pytest.skip(f"no tracks or table in {real_data}")
    lines = gzip.decompress(whole.read_bytes()).decode("utf-8-sig").splitlines()
    cut = [line for line in lines[1:] if line.split(",")[0] in ("21", "82") and int(line.split(",")[1]) < 30]
    tracks = tmp_path / "cut.csv"
    tracks.write_text("\n".join([lines[0], *cut]) + "\n")
    out = tmp_path / "set"
    made = simulate_along_tracks(out, tracks=tracks, labels=labels, codec="ffv1", difficulty="easy")
    assert made.participants == 2
    for participant, row in read_participants(out).rows.items():
        assert row == read_participants(labels).rows[participant]
        grey = decoded(out / "videos" / f"{participant}.avi")
        above = []
        for line in cut:
            video, frame, _, kind, x, y = line.split(",")[:6]
            at = (round(float(x)), round(float(y)))
            if video == participant and kind == "0" and 5 < at[0] < 635 and 5 < at[1] < 475:
                near = grey[int(frame), at[1] - 4 : at[1] + 5, at[0] - 4 : at[0] + 5]
                above.append(near.max() - float(np.median(grey[int(frame)])))
        assert len(above) > 100 and (np.array(above) > 25).mean() > 0.9
