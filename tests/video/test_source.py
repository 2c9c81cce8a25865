"""Finding videos in files and folders."""

from pathlib import Path

import pytest

from motilens.errors import DataError, MissingError
from motilens.video.source import find_videos


def files(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")


def names(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in find_videos(root)]


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
    assert find_videos(tmp_path / "odd.ending") == [tmp_path / "odd.ending"]


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no such file or folder: .*nowhere; name a video or a folder with videos"):
        find_videos(tmp_path / "nowhere")


def test_a_folder_without_videos(tmp_path: Path) -> None:
    files(tmp_path, "table.csv")
    with pytest.raises(
        MissingError, match=r"no video in .*; looked, in all folders below it, for files that end in \.avi"
    ):
        find_videos(tmp_path)


def test_two_videos_of_one_id(tmp_path: Path) -> None:
    files(tmp_path, "a/7.avi", "b/7.mp4")
    with pytest.raises(DataError, match=r"two videos with the id '7': a/7\.avi and b/7\.mp4; rename or remove one"):
        find_videos(tmp_path)
