"""Finding videos in files and folders."""

import os
from pathlib import Path

import pytest

from motilens.config import ReadingConfig
from motilens.errors import MissingError
from motilens.video.source import VideoFile, find_videos
from motilens.video.survey import survey
from tests.video.scenes import make_video


def files(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")


def names(root: Path) -> list[str]:
    return [video.name for video in find_videos(root).videos]


def test_a_folder_is_searched_through_in_natural_order(tmp_path: Path) -> None:
    files(tmp_path, "10_a.avi", "2_lots of debris_SSW.AVI", "deep/1/1.mp4", "notes.txt", ".hidden.avi", ".trash/3.avi")
    assert names(tmp_path) == ["deep/1/1.mp4", "2_lots of debris_SSW.AVI", "10_a.avi"]


def test_visem_root_takes_its_videos_alone(tmp_path: Path) -> None:
    files(tmp_path, "videos/1_x.avi", "videos/2_x.avi", "pictures/3.avi", "videos.csv")
    assert names(tmp_path) == ["videos/1_x.avi", "videos/2_x.avi"]


def test_fold_folders(tmp_path: Path) -> None:
    files(tmp_path, "fold_1/2.avi", "fold_2/1.avi", "fold_10/3.avi", "extra/4.avi")
    assert names(tmp_path) == ["fold_2/1.avi", "fold_1/2.avi", "fold_10/3.avi"]


def test_a_file_may_have_any_ending(tmp_path: Path) -> None:
    files(tmp_path, "odd.ending")
    (video,) = find_videos(tmp_path / "odd.ending").videos
    assert (video.path, video.video_id, video.name) == (tmp_path / "odd.ending", "odd", "odd.ending")


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no such file or folder: .*nowhere; name a video or a folder with videos"):
        find_videos(tmp_path / "nowhere")


def test_a_folder_without_videos(tmp_path: Path) -> None:
    files(tmp_path, "table.csv")
    with pytest.raises(MissingError, match=r"no video in .*: its only file is not a video; put videos there, such as"):
        find_videos(tmp_path)


def ids(*given: Path) -> list[str]:
    return [video.video_id for video in find_videos(given).videos]


def test_videos_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    files(tmp_path, "p1/video.avi", "p2/video.avi", "p2/other.avi", "p3/x/video.avi")
    assert ids(tmp_path) == ["other", "p1/video", "p2/video", "p3/x/video"]
    assert names(tmp_path) == ["p2/other.avi", "p1/video.avi", "p2/video.avi", "p3/x/video.avi"]


def test_videos_of_one_name_and_place_are_told_apart_by_their_endings(tmp_path: Path) -> None:
    files(tmp_path, "7.avi", "7.mp4", "8.avi")
    assert ids(tmp_path) == ["7.avi", "7.mp4", "8"]


def test_files_of_one_name_given_alone_are_told_apart_by_their_whole_paths(tmp_path: Path) -> None:
    files(tmp_path, "a/7.avi", "b/7.avi")
    given = (tmp_path / "a/7.avi", tmp_path / "b/7.avi")
    assert ids(*given) == [str(path) for path in given]
    assert [video.name for video in find_videos(given).videos] == [str(path) for path in given]


def test_a_file_given_twice_is_one_video(tmp_path: Path) -> None:
    files(tmp_path, "7.avi")
    assert ids(tmp_path, tmp_path / "7.avi") == ["7"]


def test_content_decides_and_the_rest_is_listed(tmp_path: Path) -> None:
    make_video(tmp_path / "v.avi", 5).rename(tmp_path / "abcd1234")
    make_video(tmp_path / "v.mkv", 5).rename(tmp_path / "v.dat")
    files(tmp_path, "table.csv", "deep/photo.jpg", "broken.m2ts")
    found = find_videos(tmp_path)
    assert [video.name for video in found.videos] == ["abcd1234", "broken.m2ts", "v.dat"]
    assert found.passed_over == ("table.csv", "deep/photo.jpg")


def test_linked_folders_are_followed_and_loops_are_not(tmp_path: Path) -> None:
    files(tmp_path, "data/own.avi", "elsewhere/linked.avi")
    (tmp_path / "data/batch2").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/back").symlink_to(tmp_path / "data")
    (tmp_path / "data/gone.avi").symlink_to(tmp_path / "nowhere.avi")
    assert names(tmp_path / "data") == ["gone.avi", "batch2/linked.avi", "own.avi"]


def test_a_named_pipe_is_not_opened(tmp_path: Path) -> None:
    files(tmp_path, "1.avi")
    os.mkfifo(tmp_path / "pipe.avi")
    found = find_videos(tmp_path)
    assert ([video.name for video in found.videos], found.passed_over) == (["1.avi"], ("pipe.avi",))


def test_a_name_that_is_no_text_is_shown_and_read(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/pati\xebnt 1.avi"))
    make_video(tmp_path / "v.avi", 5).rename(path)
    (video,) = find_videos(tmp_path).videos
    assert (video.video_id, video.name) == ("pati\\xebnt 1", "pati\\xebnt 1.avi")
    assert len(survey(video.path).number) == 5


def test_how_a_video_is_read_is_a_part_of_its_fingerprint(tmp_path: Path) -> None:
    files(tmp_path, "1.avi", "2.avi")
    plain, other = find_videos(tmp_path).videos
    given = VideoFile.of(tmp_path / "1.avi", ReadingConfig(fps_hz=25.0))
    assert plain.fingerprint == other.fingerprint != given.fingerprint
    with pytest.raises(MissingError, match=r"no such file: .*3\.avi"):
        VideoFile.of(tmp_path / "3.avi").fingerprint  # noqa: B018 - read for its error
