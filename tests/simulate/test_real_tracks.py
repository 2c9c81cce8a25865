"""Annotated tracks: three ways of filing them, one result; what cannot be right is said in a line."""

import gzip
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from motilens.errors import InputError, MissingError
from motilens.simulate.real_tracks import COLUMNS, RealVideo, read_real_tracks

HEADER = ",".join(COLUMNS)
Row = tuple[int, int, int, int, float, float]
"""Video, frame, track, class, x and y in pixels."""

ROWS: list[Row] = [
    *[(12, frame, 0, 0, 100 + 2 * frame, 200 - frame) for frame in range(5)],
    *[(12, frame, 1, 2, 300, 50 + frame / 2) for frame in (2, 3, 6)],  # frames 4 and 5 are left out
    (12, 1, 2, 1, 400, 400),  # a cluster
    (3, 10, 0, 0, 5, 6),
]


def table(rows: list[Row]) -> str:
    lines = [f"{v},{f},{t},{c},{x:.2f},{y:.2f},17.0,18.0" for v, f, t, c, x, y in rows]
    return "\n".join([HEADER, *lines]) + "\n"


def as_csv(folder: Path) -> Path:
    path = folder / "boxes.csv"
    path.write_text(table(ROWS))
    return path


def as_gzip(folder: Path) -> Path:
    path = folder / "boxes.csv.gz"
    path.write_bytes(gzip.compress(table(ROWS).encode("utf-8-sig")))
    return path


def as_folder(folder: Path, names: Mapping[int, str] | None = None) -> Path:
    for video, frame, track, kind, x, y in ROWS:
        file = folder / "Train" / str(video) / "labels_ftid" / f"{video}_frame_{frame}_with_ftid.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a") as lines:
            lines.write(f"{names[track] if names else track} {kind} {x / 640} {y / 480} {17 / 640} {18 / 480}\n")
    (folder / "Train" / "12" / "labels_ftid" / "12_frame_4711_with_ftid.txt").write_text("")  # nobody in view
    return folder


@pytest.fixture(params=[as_csv, as_gzip, as_folder], ids=["csv", "csv.gz", "folder"])
def videos(request: pytest.FixtureRequest, tmp_path: Path) -> dict[int, RealVideo]:
    return read_real_tracks(request.param(tmp_path))


def test_every_kind_of_file_reads_the_same(videos: dict[int, RealVideo]) -> None:
    assert list(videos) == [3, 12]
    video = videos[12]
    assert (video.participant, video.n_frames) == (12, 7)
    first, second = video.tracks  # no cluster
    assert (first.first_frame, first.end_frame) == (0, 5)
    np.testing.assert_allclose(first.places_px, [(100 + 2 * k, 200 - k) for k in range(5)], atol=0.01)
    assert (second.first_frame, second.end_frame) == (2, 7)
    assert (videos[3].n_frames, videos[3].tracks[0].first_frame) == (11, 10)


def test_frames_left_out_lie_on_the_line_between_their_neighbours(videos: dict[int, RealVideo]) -> None:
    """From (300, 51.5) in frame 3 to (300, 53) in frame 6: half a pixel a frame."""
    places = videos[12].tracks[1].places_px
    np.testing.assert_allclose(places, [(300, 50 + k / 2) for k in range(2, 7)], atol=0.01)


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "boxes.csv"
    path.write_text(table(ROWS[::-1]))
    places = read_real_tracks(path)[12].tracks[0].places_px
    np.testing.assert_allclose(places[:, 0], [100, 102, 104, 106, 108])


def broken(**changes: str) -> str:
    values = {**dict(zip(COLUMNS, ["12", "0", "0", "0", "5.0", "6.0", "17.0", "18.0"], strict=True)), **changes}
    return f"{HEADER}\n12,0,7,0,1.0,2.0,17.0,18.0\n{','.join(values.values())}\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEADER.replace("track,", "") + "\n", r"boxes\.csv has no column track; allowed: video_id,frame,track,class"),
        ("", r"boxes\.csv has no column video_id, frame, track"),
        (HEADER + "\n", r"boxes\.csv has no box of a cell \(class 0 or 2\); allowed: at least one track"),
        (broken(**{"class": "1", "track": "8"}).replace(",7,0,", ",7,1,"), "has no box of a cell"),
        (broken(frame="one"), r"boxes\.csv, line 3: .*'one'; allowed: whole numbers from 0 for video_id and frame"),
        (broken(video_id="12b"), r"line 3: .*'12b'"),
        (broken(cx_px="wide"), r"line 3: .*'wide'; allowed: .*numbers for cx_px and cy_px"),
        (broken(cy_px=""), r"line 3: "),
        (broken(cx_px="nan"), r"line 3: .*nan"),
        (broken(cy_px="inf"), r"line 3: .*inf"),
        (broken(frame="-4"), r"line 3: .*-4"),
        (broken(track="-1"), r"line 3: .*-1 .*; allowed: .*a number from 0 or a name for track"),
        (broken(track=""), r"line 3: .*a number from 0 or a name for track"),
        (f"{HEADER}\n12,0,7\n", r"line 2: "),
        (broken(track="7"), r"video 12 has two boxes of track 7 in frame 0; allowed: one; remove one"),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_right(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "boxes.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        read_real_tracks(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no gzip at all", r"boxes\.csv\.gz cannot be read as a table .*; allowed: CSV in UTF-8, or CSV\.gz"),
        (gzip.compress(table(ROWS).encode(), mtime=0)[:-20], "cannot be read as a table"),
        (gzip.compress(b"\xff\xfe\x00", mtime=0), "cannot be read as a table"),
    ],
)
def test_files_that_are_no_tables(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "boxes.csv.gz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        read_real_tracks(path)


def test_a_table_damaged_in_its_middle(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(table(ROWS).encode()))
    content[20:40] = b"\xff" * 20
    (tmp_path / "boxes.csv.gz").write_bytes(content)
    with pytest.raises(InputError, match="cannot be read as a table"):
        read_real_tracks(tmp_path / "boxes.csv.gz")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("12_frame_0_with_ftid.txt", "0 0 half 0.5 0.1 0.1", r"line 1: not a box .*; allowed: track class cx cy w h"),
        (
            "12_frame_0_with_ftid.txt",
            "0 0 0.5 0.5 0.1 0.1\n0 0",
            r"12_frame_0_with_ftid\.txt, line 2: not a box \('0 0'\)",
        ),
        ("twelve_with_ftid.txt", "0 0 0.5 0.5 0.1 0.1", r"twelve_with_ftid\.txt, line 1: not a box"),
        ("a_frame_1_with_ftid.txt", "0 0 0.5 0.5 0.1 0.1", r"a_frame_1_with_ftid\.txt, line 1"),
        ("12_frame_0_with_ftid.txt", "4 0 .5 .5 .1 .1\n4 0 .6 .5 .1 .1", "two boxes of track 4 in frame 0"),
        ("12_frame_0_with_ftid.txt", "4 0 nan .5 .1 .1", r"line 1: not a box"),
    ],
)
def test_folders_that_cannot_be_right(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=words):
        read_real_tracks(tmp_path)


def test_a_frame_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "12_frame_0_with_ftid.txt").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(InputError, match=r"12_frame_0_with_ftid\.txt"):
        read_real_tracks(tmp_path)


def test_the_published_folder(tmp_path: Path) -> None:
    """Tracks have the annotation tool's strings; frames without tracks lie beside, and what archives leave behind."""
    names = {0: "ckyz2d9zv00003b6gb1k0m2v8", 1: "cl1kumx5y00013b6dd6lr8l0x", 2: "7"}
    folder = as_folder(tmp_path / "visem", names)
    hidden = folder / "Train" / "12" / "labels_ftid" / "._12_frame_0_with_ftid.txt"
    hidden.write_bytes(b"\x00\x05\x16\x07\xff")
    plain = folder / "Train" / "12" / "labels" / "12_frame_0.txt"
    plain.parent.mkdir()
    plain.write_text("0 0.5 0.5 0.1 0.1\n")
    for path in (folder, folder / "Train"):
        videos = read_real_tracks(path)
        assert list(videos) == [3, 12]
        first, second = videos[12].tracks  # in the order of their names; the cluster is none
        assert (first.first_frame, first.end_frame) == (0, 5)
        assert (second.first_frame, second.end_frame) == (2, 7)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"no tracks at .*nowhere; allowed: a table \(CSV, CSV\.gz\) or a folder"):
        read_real_tracks(tmp_path / "nowhere")
    with pytest.raises(MissingError, match=r"no annotated frame in .*; allowed: files named <id>_frame_<n>_with_ftid"):
        read_real_tracks(tmp_path)


def test_the_tracks_of_visem(real_data: Path) -> None:
    path = real_data / "visem_tracking/head_boxes.csv.gz"
    if not path.exists():
        pytest.skip(f"no {path.name} in {real_data}")
    videos = read_real_tracks(path)
    assert len(videos) == 10
    for video in videos.values():
        assert 1000 < video.n_frames < 1600  # 30 s
        places = np.concatenate([track.places_px for track in video.tracks])
        assert places.min() > -20 and (places.max(axis=0) < [660, 500]).all()
