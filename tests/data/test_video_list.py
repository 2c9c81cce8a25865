from pathlib import Path

import pytest

from motilens.data.video_list import VideoList, read_video_list
from motilens.errors import LabelError
from tests.data.folders import write


def read(folder: Path, text: str) -> VideoList:
    return read_video_list(write(folder / "videos.csv", text))


@pytest.mark.parametrize(
    ("written", "video_id"),
    [
        ("1_x.avi", "1_x"),
        ("1_09.09.02_SSW", "1_09.09.02_SSW"),
        ("1_09.09.02_SSW.AVI", "1_09.09.02_SSW"),
        ("D:\\VISEM\\videos\\1_x.avi", "1_x"),
        ("\\\\server\\share\\1_x.Mp4", "1_x"),
        ("videos/day 1/1_x.avi", "1_x"),
        ("./1.avi", "1"),
        ("Mu\u0308ller.avi", "M\u00fcller"),
    ],
)
def test_a_video_is_named_by_its_file(tmp_path: Path, written: str, video_id: str) -> None:
    assert read(tmp_path, f"ID;video\n07;{written}\n").participants == {video_id: "7"}


def test_a_video_is_found_by_its_name_or_by_the_only_one_of_other_case() -> None:
    videos = VideoList({"a_1": "1", "A_1": "2", "b_1": "3", "M\u00fcller": "4"}, {})
    assert [videos.find(name) for name in ("a_1", "A_1", "B_1", "Mu\u0308ller", "mu\u0308ller")] == [
        "a_1", "A_1", "b_1", "M\u00fcller", "M\u00fcller",
    ]  # fmt: skip
    assert videos.find("c_1") is None
    assert VideoList({"a_x": "1", "A_x": "2"}, {}).find("a_X") is None


def test_rows_without_a_video_say_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "ID;video\n1;\n2;Not reported\n3;a.avi\n4;\n").participants == {"a": "3"}


@pytest.mark.parametrize(
    "header",
    [
        "fps",
        "FPS (Hz)",
        "Frame rate",
        "frame_rate [1/s]",
        "Frames per second",
        "framerate",
        "fps_hz",
        "Frame\u00a0rate",
    ],
)
def test_frame_rates(tmp_path: Path, header: str) -> None:
    videos = read(tmp_path, f"ID;video;{header}\n1;x/a.avi;50\n2;b;50,18\n3;c.avi;\n4;d.avi;Not reported\n5;;25\n")
    assert videos.fps_hz == {"a": 50.0, "b": 50.18}
    assert tuple(videos.participants) == ("a", "b", "c", "d")


@pytest.mark.parametrize("rate", ["0", "-50", "fast", "1e999", "50 fps", "inf"])
def test_frame_rates_that_cannot_be_right_are_refused(tmp_path: Path, rate: str) -> None:
    with pytest.raises(
        LabelError,
        match=rf"videos\.csv, line 2: frame rate is '{rate}'; allowed: a finite number above 0, in",
    ):
        read(tmp_path, f"ID,video,frame rate\n1,a.avi,{rate}\n")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("1;a.avi;50\n2;a.avi;50\n", "line 3: video 'a' is given to participants 1 and 2; allowed: one; remove a line"),
        ("1;a.avi;50\n1;b/a.mp4;25\n", "line 3: video 'a' has frame rates 50 and 25; allowed: one; remove a line"),
        (";a.avi;50\n", "line 2: no ID beside video 'a'; add its participant or remove the line"),
    ],
)
def test_videos_that_cannot_be_right_are_refused(tmp_path: Path, rows: str, words: str) -> None:
    with pytest.raises(LabelError, match=r"videos\.csv, " + words):
        read(tmp_path, "ID;video;fps\n" + rows)
