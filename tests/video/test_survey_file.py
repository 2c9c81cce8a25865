"""Kept surveys: read instead of made, and made again when the content, the reading or the file itself changed."""

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from motilens.config import ReadingConfig
from motilens.errors import MissingError, StorageError
from motilens.video import survey_file
from motilens.video.source import VideoFile
from motilens.video.survey import Survey, survey
from motilens.video.survey_file import surveyed
from tests.video.avi import avi, dib
from tests.video.scenes import make_video, numbered


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the videos that were surveyed."""
    names: list[str] = []

    def counted(path: Path, *arguments: object, **options: object) -> Survey:
        names.append(path.name)
        return survey(path, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(survey_file, "survey", counted)
    return names


def rich_video(path: Path) -> Path:
    """A video with a lost frame, and one that repeats the one before."""
    drawn = [dib(np.repeat(pixels[:, :, None], 3, axis=2)) for pixels in numbered(40)]
    drawn[21] = drawn[20]
    path.write_bytes(avi(drawn, width=128, height=96, empty=[10]))
    return path


def same(one: Survey, other: Survey) -> bool:
    return all(np.array_equal(getattr(one, each.name), getattr(other, each.name)) for each in fields(Survey))


def test_a_kept_survey_is_the_same_survey(tmp_path: Path, made: list[str]) -> None:
    video = VideoFile.of(rich_video(tmp_path / "v.avi"))
    first = surveyed(video, tmp_path / "kept")
    assert (first.lost, first.repeated) == (((10, 11),), (21,))
    again = surveyed(VideoFile.of(video.path), tmp_path / "kept")
    assert same(first, again)
    assert [type(getattr(again, each.name)) for each in fields(Survey)] == [
        type(getattr(first, each.name)) for each in fields(Survey)
    ]
    for name in ("number", "time_s", "moved", "gap"):
        assert getattr(again, name).dtype == getattr(first, name).dtype
    assert made == ["v.avi"]


def test_without_a_folder_nothing_is_kept(tmp_path: Path, made: list[str]) -> None:
    video = VideoFile.of(make_video(tmp_path / "v.avi", 5))
    assert same(surveyed(video, None), surveyed(video, None))
    assert made == ["v.avi", "v.avi"]
    assert list(tmp_path.iterdir()) == [video.path]


def test_other_content_is_surveyed_again(tmp_path: Path, made: list[str]) -> None:
    path = make_video(tmp_path / "v.avi", 5)
    surveyed(VideoFile.of(path), tmp_path / "kept")
    make_video(path, 7)
    assert len(surveyed(VideoFile.of(path), tmp_path / "kept").number) == 7
    assert len(surveyed(VideoFile.of(path), tmp_path / "kept").number) == 7
    assert made == ["v.avi", "v.avi"]


def test_another_reading_is_surveyed_again(tmp_path: Path, made: list[str]) -> None:
    path = make_video(tmp_path / "v.avi", 5)
    for reading in (ReadingConfig(), ReadingConfig(fps_hz=25.0), ReadingConfig(deinterlace=True)):
        found = surveyed(VideoFile.of(path, reading), tmp_path / "kept")
        assert (found.reading, found.info.fps_hz) == (reading, pytest.approx(reading.fps_hz or found.info.fps_hz))
    assert len(made) == 3


def test_a_video_that_was_moved_keeps_its_survey(tmp_path: Path, made: list[str]) -> None:
    path = make_video(tmp_path / "v.avi", 5)
    surveyed(VideoFile.of(path), tmp_path / "kept")
    (tmp_path / "elsewhere").mkdir()
    path = path.rename(tmp_path / "elsewhere/v.avi")
    assert surveyed(VideoFile.of(path), tmp_path / "kept").path == path
    assert made == ["v.avi"]


def test_another_version_is_surveyed_again(tmp_path: Path, made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    video = VideoFile.of(make_video(tmp_path / "v.avi", 5))
    surveyed(video, tmp_path / "kept")
    monkeypatch.setattr(survey_file, "SURVEY_VERSION", survey_file.SURVEY_VERSION + 1)
    surveyed(video, tmp_path / "kept")
    assert len(made) == 2


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        "null",
        "7",
        "\x00\xff",
        {"info": None},
        {"info": {}},
        {"lost": [1]},
        {"skipped": None},
        {"time_s": ["x"]},
        {"number": [0, 1]},
        {"moved": []},
        {"time_s": [[0.0]]},
    ],
    ids=str,
)
def test_a_damaged_survey_is_made_again(tmp_path: Path, made: list[str], damage: str | dict[str, object]) -> None:
    video = VideoFile.of(make_video(tmp_path / "v.avi", 5))
    first = surveyed(video, tmp_path / "kept")
    (file,) = (tmp_path / "kept").iterdir()
    whole = file.read_text()
    file.write_text(damage if isinstance(damage, str) else json.dumps(json.loads(whole) | damage), encoding="latin-1")
    assert same(surveyed(video, tmp_path / "kept"), first)
    assert made == ["v.avi", "v.avi"]
    assert file.read_text() == whole


def test_every_missing_value_is_noticed(tmp_path: Path, made: list[str]) -> None:
    video = VideoFile.of(make_video(tmp_path / "v.avi", 5))
    surveyed(video, tmp_path / "kept")
    (file,) = (tmp_path / "kept").iterdir()
    values = json.loads(file.read_text())
    for name in values:
        file.write_text(json.dumps({key: value for key, value in values.items() if key != name}))
        surveyed(video, tmp_path / "kept")
    assert len(made) == 1 + len(values)


def test_a_missing_video_is_missing_also_if_its_survey_is_kept(tmp_path: Path) -> None:
    path = make_video(tmp_path / "v.avi", 5)
    surveyed(VideoFile.of(path), tmp_path / "kept")
    path.unlink()
    with pytest.raises(MissingError, match=r"no such file: .*v\.avi; name a video that exists"):
        surveyed(VideoFile.of(path), tmp_path / "kept")


def test_a_disk_that_may_not_be_written_is_said(tmp_path: Path, read_only_disk: Path) -> None:
    with pytest.raises(StorageError, match="the file system is read-only"):
        surveyed(VideoFile.of(make_video(tmp_path / "v.avi", 5)), read_only_disk / "kept")
