import logging
from pathlib import Path

import pytest

from motilens.config import Settings
from motilens.errors import StorageError
from motilens.runs.artefacts import kept, read_artefact, write_artefact


class Score(Settings):
    """Something that is worth keeping."""

    name: str
    values: tuple[float, ...] = ()


SCORE = Score(name="mean", values=(1.0, 2.5))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "jobs" / "mean.json"
    write_artefact(path, SCORE, "a digest")
    return path


def test_an_artefact_comes_back_for_the_same_inputs_alone(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert read_artefact(file, Score, "a digest") == SCORE
    assert read_artefact(file, Score, "another digest") is None
    assert read_artefact(file.with_name("nothing.json"), Score, "a digest") is None
    assert caplog.records == []


@pytest.mark.parametrize(
    "content",
    [
        "",
        '{"made_from": "a dig',
        "[1, 2]",
        '{"value": {"name": "mean"}}',
        '{"made_from": "a digest"}',
        '{"made_from": "a digest", "value": {"name": "mean", "colour": "blue"}}',
        '{"made_from": "a digest", "value": {"values": [1]}}',
    ],
)
def test_a_damaged_artefact_is_none_with_a_warning(file: Path, content: str, caplog: pytest.LogCaptureFixture) -> None:
    file.write_text(content, encoding="utf-8")
    with caplog.at_level(logging.WARNING, logger="motilens"):
        assert read_artefact(file, Score, "a digest") is None
    (record,) = caplog.records
    assert record.getMessage().startswith(f"{file} is damaged (")
    assert record.getMessage().endswith("); it is made again")
    assert "\n" not in record.getMessage()


def test_bytes_that_are_no_text_are_damage(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    file.write_bytes(b"\xff\xfe\x00")
    assert read_artefact(file, Score, "a digest") is None
    assert len(caplog.records) == 1


def test_what_is_kept_is_made_once_for_each_digest(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    made: list[str] = []

    def make(name: str) -> Score:
        made.append(name)
        return Score(name=name)

    file = tmp_path / "score.json"
    for digest in ("a", "a", "b", "b", "a"):
        assert kept(file, Score, digest, lambda digest=digest: make(digest)).name == digest
    assert made == ["a", "b", "a"]
    file.write_text("{", encoding="utf-8")
    assert kept(file, Score, "a", lambda: make("mended")).name == "mended"
    assert kept(file, Score, "a", lambda: make("again")).name == "mended"
    assert made == ["a", "b", "a", "mended"]
    assert [path.name for path in tmp_path.iterdir()] == ["score.json"]


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match=r"cannot write .*file"):
        write_artefact(tmp_path / "file" / "x.json", SCORE, "a digest")
